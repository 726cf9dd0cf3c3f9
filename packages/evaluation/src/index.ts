export { type AnswerRow, judgeRow, type RowVerdict, readReference } from './answers/answer-row.js';
export {
  type BaselineName,
  commonestZone,
  predictBaseline,
  type TrainingAnswer,
} from './answers/baselines.js';
export { corpusBleu4, sentenceBleu } from './answers/bleu.js';
export { JUDGEMENTS, type JudgeFigures, summarizeJudgements } from './answers/judge.js';
export {
  JUDGE_PROMPT_VERSION,
  type JudgedRow,
  type Judgement,
  judgePrompt,
  readJudgement,
} from './answers/judge-prompt.js';
export { meteor, type Synonyms } from './answers/meteor.js';
export { rougeL, rougeN } from './answers/rouge.js';
export {
  type AnswerFigures,
  type AnswerScores,
  type AnswerScoring,
  scoreAnswers,
} from './answers/score-answers.js';
export type { Answer, Answerer, AskedImage, KeepAnswer } from './ask/answerer.js';
export { type ChosenPair, choosePairs } from './ask/choose-pairs.js';
export { makePredictionRow } from './ask/prediction-row.js';
export { chooseWordings, parseWordings, type Wording } from './ask/wordings.js';
export { type BlindBaseline, blindAnswerer } from './baselines/blind.js';
export { learnTrainingSet, type TrainingSet } from './baselines/training-set.js';
export { EvaluationError } from './evaluation-error.js';
export type { RunGroup, ScoredRun } from './report/scored-run.js';
export type { Breakdown } from './run/breakdown.js';
export type { Calibration, CalibrationBin } from './run/calibration.js';
export {
  type Compared,
  type CorrectedComparison,
  comparePairedRuns,
  type RunComparison,
  type RunComparisons,
} from './run/compare-runs.js';
export type { PresenceFigures, PresenceScores } from './run/presence.js';
export type { ReferringFigures, ReferringScores, ReferringSummary } from './run/referring.js';
export type { RowScore } from './run/row-score.js';
export type { Run } from './run/run.js';
export {
  type PredictionRow,
  predictionRow,
  RUN_FILES,
  RUN_VERSION,
  type RunRecord,
  runRecord,
  type Subject,
  type TrainingRow,
  trainingRow,
} from './run/schema.js';
export {
  type AgreementFigures,
  type RunScores,
  type RunScoring,
  type RunSegmentation,
  scoreRun,
} from './run/score-run.js';
export type { SaidZone, ZoneConfusion, ZoneConfusions } from './run/zone-confusion.js';
export {
  collectSegmentation,
  type SegmentationCollector,
  type SegmentationFigures,
} from './segmentation/figures.js';
export { hausdorff95 } from './segmentation/hausdorff.js';
export type { Prediction } from './segmentation/prediction.js';
export { type ImageScore, scoreImage } from './segmentation/score-image.js';
export { type SegmentationSummary, summarizeImage, summarizeSegmentation } from './segmentation/summarize.js';
export { bootstrapMean, type Interval, type ResamplingOptions } from './statistics/bootstrap.js';
export { comparePaired, correctHolm, type PairedComparison } from './statistics/paired.js';
export { areaUnderCurve } from './statistics/ranking.js';
