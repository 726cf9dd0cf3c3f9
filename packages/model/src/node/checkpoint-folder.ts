import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WeightFileError } from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import type { CheckpointFiles } from '../llava/checkpoint.js';

/**
 * The checkpoint in a folder. No file stays open between reads. Throws WeightFileError when the folder, or a file that is
 * asked for, is not there or cannot be read.
 */
export async function checkpointFolder(path: string): Promise<CheckpointFiles> {
  let found: string[];
  try {
    found = await readdir(path);
  } catch (error) {
    const problem = `the folder cannot be read (${error instanceof Error ? error.message : String(error)})`;
    throw new WeightFileError(path, problem, 'give the folder of a checkpoint', { cause: error });
  }
  const files = new Set(found);
  return {
    name: path,
    files,
    async open(file) {
      if (!files.has(file))
        throw new WeightFileError(path, `there is no ${file}`, 'copy the whole checkpoint');
      const first = await openFile(join(path, file));
      await first.close();
      return {
        name: first.name,
        size: first.size,
        async read(offset, length) {
          const source = await openFile(join(path, file));
          try {
            return await source.read(offset, length);
          } finally {
            await source.close();
          }
        },
      };
    },
  };
}
