import { collectSegmentation, EvaluationError, type SegmentationFigures } from '@prs-med/evaluation';
import {
  type PictureRow,
  type PredictionPair,
  pairByStem,
  pictureRow,
  readGroups,
  writePictureTable,
} from '@prs-med/evaluation/node';
import { CommandError } from '../command-error.js';
import type { ScoreSegmentationOptions } from '../commands/score.js';
import { onAllCores } from '../on-all-cores.js';
import { printable } from '../printable.js';
import { interruptible } from '../process-state.js';
import { startProgress } from '../segment/progress.js';
import { type PairOptions, type PairResult, type Skipped, skippedFor, tryPair } from './score-pair.js';
import { segmentationTable } from './segmentation-table.js';

/** A further thread takes as long to start as these many pictures of the usual size take. */
const WORTH_A_THREAD = 40;

/** `prs-med score segmentation`. @throws CommandError, EvaluationError or PictureError */
export async function scoreSegmentation(options: ScoreSegmentationOptions): Promise<void> {
  const { pred, gt, groups: groupFile, perImage, allowMissing, releasedNormalisation, json } = options;
  const debug = process.argv.includes('--debug');
  const { pairs, problems } = await pairByStem(pred, gt);
  const groupOf = groupFile === undefined ? ownGroup : await groupsOf(groupFile, pairs);
  const skipped = problems.map((problem) => skippedFor(problem, debug));
  const pairOptions = { releasedNormalisation, isBinary: false, debug };
  let scored = await scorePairs(pairs, groupOf, pairOptions);
  if (scored.highestLevel === 1) {
    process.stderr.write(`prs-med: ${printable(pred)}: no value is above 1, so 1 is taken for the target\n`);
    scored = await scorePairs(pairs, groupOf, { ...pairOptions, isBinary: true });
  }
  skipped.push(...scored.skipped);
  for (const { line } of skipped) process.stderr.write(`${line}\n`);
  if (skipped.length > 0 && !allowMissing) {
    const remedy = 'mend them, or score the rest with --allow-missing';
    throw new CommandError(pred, `${count(skipped.length, 'file')} cannot be scored`, remedy);
  }
  const { rows, figures } = scored;
  if (figures === null) throw new CommandError(pred, 'no file can be scored', 'mend those named above');
  if (skipped.length > 0) {
    const without = `${count(skipped.length, 'file')} named above`;
    process.stderr.write(`prs-med: scored ${count(rows.length, 'picture')} without the ${without}\n`);
  }
  if (perImage !== undefined) await writePictureTable(perImage, rows);
  const document = {
    ...figures,
    ...(allowMissing && { skipped: skipped.map(({ file, problem }) => ({ file, problem })) }),
  };
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : segmentationTable(figures));
}

interface ScoredPairs {
  readonly rows: readonly PictureRow[];
  readonly skipped: readonly Skipped[];
  /** Null without any picture that could be scored. */
  readonly figures: SegmentationFigures | null;
  /** Of all predictions, 0 to 255. */
  readonly highestLevel: number;
}

async function scorePairs(
  pairs: readonly PredictionPair[],
  groupOf: (stem: string) => string,
  options: PairOptions,
): Promise<ScoredPairs> {
  const collector = collectSegmentation();
  const rows: PictureRow[] = [];
  const skipped: Skipped[] = [];
  let highest = 0;
  const progress = await startProgress(pairs.length);
  const keep = (result: PairResult, pair: PredictionPair): void => {
    progress.advance();
    if ('skipped' in result) return void skipped.push(result.skipped);
    const group = groupOf(pair.stem);
    collector.add(result.score, group);
    rows.push(pictureRow(pair, group, result.score));
    highest = Math.max(highest, result.score.highest);
  };
  try {
    await interruptible((signal) =>
      onAllCores<PredictionPair, PairResult>(
        pairs,
        {
          doTask: (pair) => tryPair(pair, options),
          worker: new URL('./score-worker.js', import.meta.url),
          workerData: options,
          worthAThread: WORTH_A_THREAD,
          onResult: keep,
        },
        signal,
      ),
    );
  } finally {
    progress.stop();
  }
  return {
    rows,
    skipped,
    figures: rows.length === 0 ? null : collector.figures(),
    highestLevel: Math.round(255 * highest),
  };
}

const ownGroup = (stem: string): string => stem;

async function groupsOf(file: string, pairs: readonly PredictionPair[]): Promise<(stem: string) => string> {
  const groups = await readGroups(file);
  const without = pairs.filter(({ stem }) => !groups.has(stem));
  if (without.length === 0) return (stem) => groups.get(stem)!;
  throw new EvaluationError(
    file,
    `it has no group for ${count(without.length, 'picture')}, such as ${without[0]!.stem}`,
    'add a row for each',
  );
}

const count = (value: number, what: string): string => `${value} ${what}${value === 1 ? '' : 's'}`;
