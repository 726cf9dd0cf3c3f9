import { type Mask, type ProbabilityMap, resizeProbabilities, type Zone } from '@prs-med/imaging';
import { createRandom, type DatasetImage, decodeRle, EXPORTED_STATUSES } from '@prs-med/posmed';
import { commonestZone } from '../answers/baselines.js';
import type { TrainingRow } from '../run/schema.js';

/** What baselines that do not look at pictures know: answers and masks of the training split. */
export interface TrainingSet {
  /** Answers, a sample where there are many. */
  readonly answers: readonly TrainingRow[];
  /** The zone that most answers of a modality name; of all where it has none. */
  commonestZone(modality: string): Zone;
  /** The share of training masks that cover each place of a 64 x 64 grid, for a kind of target; null where none was seen. */
  meanMask(modality: string, target: string): ProbabilityMap | null;
}

/** Answers that are kept. */
const MOST_ANSWERS = 5000;
/** Side of the grid on which masks are averaged. */
const GRID = 64;

/**
 * Learns from the images of the training split, in one pass.
 * @param withMasks whether mean masks are learned too, which takes long; else there is none
 */
export async function learnTrainingSet(
  images: AsyncIterable<DatasetImage> | Iterable<DatasetImage>,
  withMasks: boolean,
): Promise<TrainingSet> {
  const answers: TrainingRow[] = [];
  const sums = new Map<string, { sum: Float32Array; count: number }>();
  let seen = 0;
  for await (const { image, targets, pairs } of images) {
    if (image.split !== 'train') continue;
    for (const { answer, zones, status } of pairs) {
      if (!EXPORTED_STATUSES.includes(status)) continue;
      keepSample(answers, { modality: image.modality, answer, zones: [...zones] }, seen++);
    }
    for (const { target, rle } of withMasks ? targets : []) {
      const key = keyOf(image.modality, target);
      const own = sums.get(key) ?? { sum: new Float32Array(GRID * GRID), count: 0 };
      addToGrid(own.sum, decodeRle(rle, image.width, image.height));
      own.count++;
      sums.set(key, own);
    }
  }
  const zones = new Map<string, Zone>();
  return {
    answers,
    commonestZone(modality) {
      const known = zones.get(modality);
      if (known) return known;
      const own = answers.filter((row) => row.modality === modality);
      const zone = commonestZone(own.length > 0 ? own : answers);
      zones.set(modality, zone);
      return zone;
    },
    meanMask(modality, target) {
      const own = sums.get(keyOf(modality, target));
      if (!own) return null;
      return { width: GRID, height: GRID, data: own.sum.map((value) => value / own.count) };
    },
  };
}

const keyOf = (modality: string, target: string): string => JSON.stringify([modality, target]);

/** Reservoir sampling: each answer is as likely to be kept as any other. */
function keepSample(kept: TrainingRow[], row: TrainingRow, index: number): void {
  if (kept.length < MOST_ANSWERS) {
    kept.push(row);
    return;
  }
  const place = createRandom(0, 'training answers', index).integer(index + 1);
  if (place < MOST_ANSWERS) kept[place] = row;
}

function addToGrid(sum: Float32Array, { width, height, data }: Mask): void {
  const map = { width, height, data: Float32Array.from(data) };
  const small = resizeProbabilities(map, GRID, GRID);
  for (let i = 0; i < sum.length; i++) sum[i]! += small.data[i]!;
}
