import { readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { readMask } from '@prs-med/imaging/node';
import { EvaluationError } from '../evaluation-error.js';
import { type ImageScore, scoreImage } from '../segmentation/score-image.js';
import { readFailure } from './file-failure.js';
import { readMap } from './read-map.js';

/** A predicted map and the true mask of the same stem. */
export interface PredictionPair {
  /** The path below its folder, with "/" and without the ending. */
  readonly stem: string;
  /** Paths of the files. */
  readonly prediction: string;
  readonly truth: string;
}

export interface PairedFolders {
  /** Sorted by stem. */
  readonly pairs: readonly PredictionPair[];
  /** A file without its counterpart, or with several, each. */
  readonly problems: readonly EvaluationError[];
}

/** Files of a folder that are looked at; others are passed over. */
const ENDINGS = new Set(['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.webp', '.gif', '.bmp']);

/**
 * Pairs the pictures below two folders by stem.
 * @throws EvaluationError when a folder cannot be listed or holds no pictures
 */
export async function pairByStem(predictions: string, truths: string): Promise<PairedFolders> {
  const [predicted, actual] = await Promise.all([listStems(predictions), listStems(truths)]);
  const pairs: PredictionPair[] = [];
  const problems: EvaluationError[] = [];
  for (const stem of [...new Set([...actual.keys(), ...predicted.keys()])].sort()) {
    const [truth, ...moreTruths] = actual.get(stem) ?? [];
    const [prediction, ...morePredictions] = predicted.get(stem) ?? [];
    if (moreTruths.length > 0) problems.push(severalOf(truth!, moreTruths));
    if (morePredictions.length > 0) problems.push(severalOf(prediction!, morePredictions));
    if (truth === undefined) {
      problems.push(
        new EvaluationError(
          prediction!,
          `there is no mask for it in ${truths}`,
          'add that, or take this away',
        ),
      );
    } else if (prediction === undefined) {
      problems.push(
        new EvaluationError(truth, `there is no prediction for it in ${predictions}`, 'predict it too'),
      );
    } else if (moreTruths.length + morePredictions.length === 0) pairs.push({ stem, prediction, truth });
  }
  return { pairs, problems };
}

const severalOf = (first: string, others: readonly string[]): EvaluationError =>
  new EvaluationError(first, `${others.join(' and ')} has the same stem`, 'take one away');

async function listStems(folder: string): Promise<Map<string, string[]>> {
  let files: string[];
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    files = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw readFailure(folder, error);
    throw new EvaluationError(folder, 'there is no such folder', 'check the path', { cause: error });
  }
  const stems = new Map<string, string[]>();
  for (const file of files.sort()) {
    const parts = file.split(sep);
    const ending = extname(file);
    if (!ENDINGS.has(ending.toLowerCase()) || parts.some((part) => part.startsWith('.'))) continue;
    const stem = parts.join('/').slice(0, -ending.length);
    stems.set(stem, [...(stems.get(stem) ?? []), join(folder, file)]);
  }
  if (stems.size > 0) return stems;
  throw new EvaluationError(folder, 'this folder holds no pictures', 'name one with PNG or TIFF files');
}

export interface PairScoring {
  /** Stretches each map, as the released evaluation does. */
  readonly releasedNormalisation: boolean;
  /** Whether predictions are masks of 0 and 1 rather than maps of 0 to 255. */
  readonly isBinary: boolean;
}

/**
 * Scores one pair. The true mask may be of any depth and colour; see `readMask` of `@prs-med/imaging`.
 * @throws EvaluationError for a prediction of another size than its mask or in colour
 * @throws PictureError for a file that cannot be read
 */
export async function scorePair(
  { prediction, truth }: PredictionPair,
  { releasedNormalisation, isBinary }: PairScoring,
): Promise<ImageScore> {
  const mask = await readMask(truth);
  const map = await readMap(prediction);
  if (map.width !== mask.width || map.height !== mask.height) {
    throw new EvaluationError(
      prediction,
      `it has ${map.width} x ${map.height} pixels and its mask ${truth} ${mask.width} x ${mask.height}`,
      'export it in the size of the mask',
    );
  }
  const levels = isBinary ? { ...map, data: map.data.map((value) => 255 * value) } : map;
  return scoreImage(levels, mask, { releasedNormalisation });
}
