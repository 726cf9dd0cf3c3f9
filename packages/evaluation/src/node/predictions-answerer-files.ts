import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PictureError } from '@prs-med/imaging';
import type { ImageRow } from '@prs-med/posmed';
import { EvaluationError } from '../evaluation-error.js';
import type { Prediction } from '../segmentation/prediction.js';
import { HALF_LEVEL } from '../segmentation/score-image.js';
import { readFailure } from './file-failure.js';
import type { AssignedFile } from './predictions-answerer-names.js';
import { readMap } from './read-map.js';

/** Texts of the predictions, where a folder has them. */
export const ANSWERS_FILE = 'answers.jsonl';

/** What systems leave behind in folders. */
const IGNORED: readonly string[] = ['__MACOSX', 'Thumbs.db', 'desktop.ini'];

/** Files that are decoded at once. */
const READ_AT_ONCE = 4;

/**
 * The names of what a folder of predictions holds, without hidden files and what systems leave behind.
 * @throws EvaluationError when it cannot be listed
 */
export async function listPredictions(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => !name.startsWith('.') && !IGNORED.includes(name));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw readFailure(folder, error);
    throw new EvaluationError(folder, 'there is no such folder', 'check the path', { cause: error });
  }
}

export interface CheckedFiles {
  /** Names of the usable files, by the pair that they answer. */
  readonly files: ReadonlyMap<string, string>;
  /** `FILE: WHAT IS WRONG`. */
  readonly problems: readonly string[];
  /** Of what the usable files hold. */
  readonly sha256: string;
  /** Whether no usable file has another value than 0 and 1, so that 1 is the target. */
  readonly areBinary: boolean;
}

/** Reads and decodes every file once. */
export async function checkFiles(
  folder: string,
  assigned: ReadonlyMap<string, AssignedFile>,
): Promise<CheckedFiles> {
  const files = new Map<string, string>();
  const problems: string[] = [];
  const hash = createHash('sha256');
  let highest = 0;
  const entries = [...assigned];
  for (let start = 0; start < entries.length; start += READ_AT_ONCE) {
    const some = entries.slice(start, start + READ_AT_ONCE);
    const checks = await Promise.all(some.map(([, file]) => checkFile(folder, file)));
    for (const [i, [pairId, { name }]] of some.entries()) {
      const check = checks[i]!;
      if ('problem' in check) {
        problems.push(`${name}: ${check.problem}`);
        continue;
      }
      files.set(pairId, name);
      hash.update(JSON.stringify([pairId, check.sha256]));
      highest = Math.max(highest, check.highest);
    }
  }
  if (highest > 1 && highest < HALF_LEVEL) {
    problems.push(
      `all files: the highest value is ${highest} of 255, so that nothing in them is a target at one half`,
    );
  }
  return { files, problems, sha256: hash.digest('hex'), areBinary: highest === 1 };
}

async function checkFile(
  folder: string,
  { name, image }: AssignedFile,
): Promise<{ readonly sha256: string; readonly highest: number } | { readonly problem: string }> {
  try {
    const { data } = await readPrediction(join(folder, name), image);
    const highest = data.reduce((most, value) => Math.max(most, value), 0);
    return { sha256: createHash('sha256').update(data).digest('hex'), highest };
  } catch (error) {
    if (error instanceof PictureError || error instanceof EvaluationError) return { problem: error.problem };
    throw error;
  }
}

/**
 * Reads a map of a picture's size.
 * @throws EvaluationError for a picture in colour, or of another size
 * @throws PictureError for a file that cannot be read
 */
export async function readPrediction(path: string, image: ImageRow): Promise<Prediction> {
  const map = await readMap(path);
  if (map.width === image.width && map.height === image.height) return map;
  throw new EvaluationError(
    path,
    `it has ${map.width} x ${map.height} pixels, and its picture ${image.file} has ${image.width} x ${image.height}`,
    'export it in the size of the picture',
  );
}
