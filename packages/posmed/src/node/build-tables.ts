import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createRowCounter, type RowCounts } from '../dataset/count-rows.js';
import type { MadePairs } from '../dataset/make-pairs.js';
import type { ImageRow, TargetRow } from '../dataset/schema.js';
import { createImageWriter, createPairWriter, createTargetWriter, DATASET_FILES } from './dataset-files.js';
import { writeFailure } from './write-beside.js';

/** A picture with all its rows. */
export interface BuiltImage {
  readonly image: ImageRow;
  readonly targets: readonly TargetRow[];
  readonly made: MadePairs;
}

/**
 * Writes the tables and rejected.jsonl into the work folder and, when all are whole, moves them to `out`.
 * @returns what was counted on the way
 * @throws DatasetError when the disk refuses
 */
export async function writeTables(
  work: string,
  out: string,
  built: AsyncIterable<BuiltImage>,
): Promise<RowCounts> {
  const writers = await Promise.all([
    createImageWriter(work),
    createTargetWriter(work),
    createPairWriter(work),
  ]);
  const [images, targets, pairs] = writers;
  const counter = createRowCounter();
  const rejected = await orFail(join(work, DATASET_FILES.rejected), (path) => open(path, 'w'));
  try {
    for await (const one of built) {
      await images.write(one.image);
      for (const row of one.targets) await targets.write(row);
      for (const row of one.made.pairs) await pairs.write(row);
      for (const row of [...one.made.contradicted, ...one.made.unmade]) {
        await orFail(join(work, DATASET_FILES.rejected), () =>
          rejected.writeFile(`${JSON.stringify(row)}\n`),
        );
      }
      counter.add(one.image, one.targets, one.made);
    }
    for (const writer of writers) await writer.close();
  } catch (error) {
    for (const writer of writers) await writer.abort();
    throw error;
  } finally {
    await rejected.close();
  }
  for (const name of MOVED) await orFail(join(out, name), (path) => rename(join(work, name), path));
  return counter.result();
}

const MOVED = [DATASET_FILES.images, DATASET_FILES.targets, DATASET_FILES.pairs, DATASET_FILES.rejected];

async function orFail<Result>(path: string, write: (path: string) => Promise<Result>): Promise<Result> {
  try {
    return await write(path);
  } catch (error) {
    throw writeFailure(path, error);
  }
}
