export { readAnswerRows, readTrainingAnswers } from './answer-rows.js';
export {
  type EndpointAnswerer,
  type EndpointAnswererOptions,
  endpointAnswerer,
} from './endpoint-answerer.js';
export { readGroups } from './group-csv.js';
export { type JudgedAnswers, type JudgeOptions, judgeAnswers } from './openai-judge.js';
export { type PictureRow, pictureRow, writePictureTable } from './picture-table.js';
export {
  type PairedFolders,
  type PairScoring,
  type PredictionPair,
  pairByStem,
  scorePair,
} from './prediction-pairs.js';
export { type PredictionsAnswerer, PredictionsError, predictionsAnswerer } from './predictions-answerer.js';
export type { ImageToPredict } from './predictions-answerer-names.js';
export { REPORT_FILES, type ReportOptions, writeReport } from './report-folder.js';
export { openRun, readRunRecord } from './run-folder.js';
export { createRunWriter, maskFileOf, type RunWriter, type RunWriterOptions } from './run-writer.js';
export { readWordNet } from './wordnet.js';
