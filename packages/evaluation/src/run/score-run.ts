import type { Mask } from '@prs-med/imaging';
import { decodeRle, parseZones, RleError } from '@prs-med/posmed';
import { judgeRow } from '../answers/answer-row.js';
import type { TrainingAnswer } from '../answers/baselines.js';
import type { Synonyms } from '../answers/meteor.js';
import { type AnswerScores, scoreAnswers } from '../answers/score-answers.js';
import { EvaluationError } from '../evaluation-error.js';
import { collectSegmentation, type SegmentationFigures } from '../segmentation/figures.js';
import { scoreImage } from '../segmentation/score-image.js';
import { summarizeImage } from '../segmentation/summarize.js';
import type { ResamplingOptions } from '../statistics/bootstrap.js';
import { agreesWithMask } from './answer-agreement.js';
import { type Breakdown, breakDown, shareOf } from './breakdown.js';
import { type Calibration, collectCalibration } from './calibration.js';
import { overlapOf } from './map-overlap.js';
import { type PresenceScores, scorePresence } from './presence.js';
import { type ReferringScores, scoreReferring } from './referring.js';
import type { RowScore } from './row-score.js';
import type { Run } from './run.js';
import type { PredictionRow, RunRecord } from './schema.js';
import { confuseZones, type ZoneConfusions } from './zone-confusion.js';

/** All figures of a run; plain data that JSON can hold. */
export interface RunScores {
  readonly record: RunRecord;
  /** Rows that were answered; fewer than `record.pairs` where the run was stopped. */
  readonly answered: number;
  /** Over rows with `whole`, each a picture's whole target; null where none of them has a map. */
  readonly segmentation: RunSegmentation | null;
  /** Over rows with an answer; null without any. */
  readonly answers: (AnswerScores & { readonly baselinesLearnedFrom: 'training' | 'references' }) | null;
  readonly agreement: Breakdown<AgreementFigures>;
  readonly referring: ReferringScores;
  readonly presence: PresenceScores;
  /** Over the same rows as `segmentation`. */
  readonly calibration: Calibration | null;
  readonly confusion: ZoneConfusions;
  /** Every row, in the order of the run. */
  readonly rows: readonly RowScore[];
}

export interface RunSegmentation extends Breakdown<SegmentationFigures> {
  /** By modality and target, in the order in which they come. */
  readonly targets: readonly (SegmentationFigures & { readonly modality: string; readonly target: string })[];
}

/** Whether answers say where their own masks are. */
export interface AgreementFigures {
  /** Rows with a map and an answer that names a zone or denies. */
  readonly rows: number;
  /** The share of them that agree, 0 to 1; null without any. */
  readonly agree: number | null;
  /** Rows with a map whose answer neither names a zone nor denies. */
  readonly silent: number;
}

export interface RunScoring extends ResamplingOptions {
  readonly synonyms: Synonyms;
  readonly signal?: AbortSignal;
  /** Told after each row. */
  readonly onRow?: () => void;
}

/**
 * Scores a run in one pass over its rows; one map at a time is in memory.
 * @throws EvaluationError for a run without answers, or a row whose masks are broken, and what reading rows and maps throws
 * @throws the signal's reason when it aborts
 */
export async function scoreRun(run: Run, scoring: RunScoring): Promise<RunScores> {
  const rows: RowScore[] = [];
  const segmentation = segmentationOf();
  const calibration = collectCalibration();
  for await (const row of run.predictions()) {
    scoring.signal?.throwIfAborted();
    rows.push(await scoreRow(run, row, segmentation, calibration));
    scoring.onRow?.();
  }
  if (rows.length === 0) {
    throw new EvaluationError(run.record.data.name, 'the run has no answers yet', 'go on with it first');
  }
  return {
    record: run.record,
    answered: rows.length,
    segmentation: segmentation.figures(scoring),
    answers: await answersOf(run, rows, scoring),
    agreement: breakDown(rows, agreementOf),
    referring: scoreReferring(rows),
    presence: scorePresence(rows),
    calibration: calibration.calibration(),
    confusion: confuseZones(rows),
    rows,
  };
}

async function scoreRow(
  run: Run,
  row: PredictionRow,
  segmentation: ReturnType<typeof segmentationOf>,
  calibration: ReturnType<typeof collectCalibration>,
): Promise<RowScore> {
  const truth = maskOf(row, 'truth');
  const rest = maskOf(row, 'rest');
  const map = row.mask === null ? null : await run.readMask(row);
  const overlap = map && overlapOf(map, truth, rest);
  const image = map && row.whole ? scoreImage(map, truth) : null;
  if (map && image) {
    segmentation.add(row, image);
    calibration.add(map, truth);
  }
  const said = row.prediction === null ? null : parseZones(row.prediction);
  const means = image && summarizeImage(image);
  return {
    id: row.id,
    image: row.image,
    file: row.file,
    source: row.source,
    group: row.group,
    modality: row.modality,
    target: row.target,
    kind: row.kind,
    whole: row.whole,
    question: row.question,
    answer: row.answer,
    prediction: row.prediction,
    zones: row.zones,
    presence: row.presence,
    predictedPresent: row.predictedPresent,
    mask: row.mask,
    milliseconds: row.milliseconds,
    truthPixels: truth.data.reduce((sum, value) => sum + value, 0),
    predictedPixels: overlap?.predictedPixels ?? null,
    maskZone: overlap?.zone ?? null,
    dice: overlap?.dice ?? null,
    iou: overlap?.iou ?? null,
    restDice: overlap?.restDice ?? null,
    hd95: image?.hd95 ?? null,
    meanDic: means?.meanDic ?? null,
    meanIoU: means?.meanIoU ?? null,
    verdict: row.prediction === null ? null : judgeRow({ ...row, prediction: row.prediction }),
    saidZones: said?.zones ?? null,
    denies: said?.negated ?? null,
    agrees: said && map && overlap ? agreesWithMask(said, overlap.zone, map) : null,
  };
}

function maskOf(row: PredictionRow, which: 'truth' | 'rest'): Mask {
  try {
    return decodeRle(row[which], row.width, row.height);
  } catch (error) {
    if (!(error instanceof RleError)) throw error;
    throw new EvaluationError(`pair ${row.id}`, `its ${which}: ${error.message}`, 'run prs-med eval again', {
      cause: error,
    });
  }
}

/** Gathers the pictures of each modality and target. */
function segmentationOf() {
  const overall = collectSegmentation();
  const modalities = new Map<string, ReturnType<typeof collectSegmentation>>();
  const targets = new Map<
    string,
    Pick<PredictionRow, 'modality' | 'target'> & { collector: typeof overall }
  >();
  let any = false;
  return {
    add(row: PredictionRow, image: ReturnType<typeof scoreImage>): void {
      const { modality, target, group } = row;
      any = true;
      overall.add(image, group);
      if (!modalities.has(modality)) modalities.set(modality, collectSegmentation());
      modalities.get(modality)!.add(image, group);
      const key = JSON.stringify([modality, target]);
      if (!targets.has(key)) targets.set(key, { modality, target, collector: collectSegmentation() });
      targets.get(key)!.collector.add(image, group);
    },
    figures(options: ResamplingOptions): RunSegmentation | null {
      if (!any) return null;
      return {
        overall: overall.figures(options),
        modalities: Object.fromEntries(
          [...modalities].map(([name, collector]) => [name, collector.figures(options)]),
        ),
        targets: [...targets.values()].map(({ modality, target, collector }) => ({
          modality,
          target,
          ...collector.figures(options),
        })),
      };
    },
  };
}

async function answersOf(
  run: Run,
  rows: readonly RowScore[],
  scoring: RunScoring,
): Promise<RunScores['answers']> {
  const answered = rows.flatMap(({ prediction, ...row }) =>
    prediction === null ? [] : [{ ...row, prediction }],
  );
  if (answered.length === 0) return null;
  const training: TrainingAnswer[] = [];
  for await (const answer of run.training()) training.push(answer);
  const isTaught = training.length > 0;
  return {
    ...scoreAnswers(answered, { ...scoring, ...(isTaught && { training }) }),
    baselinesLearnedFrom: isTaught ? 'training' : 'references',
  };
}

function agreementOf(rows: readonly RowScore[]): AgreementFigures {
  const both = rows.filter((row) => row.prediction !== null && row.predictedPixels !== null);
  const told = both.filter(({ agrees }) => agrees !== null);
  return {
    rows: told.length,
    agree: shareOf(told.map(({ agrees }) => agrees)),
    silent: both.length - told.length,
  };
}
