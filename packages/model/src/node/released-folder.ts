import { join } from 'node:path';
import { RELEASED_ADAPTER_FOLDER, type ReleasedFiles } from '../import/released.js';
import { checkpointFolder } from './checkpoint-folder.js';

/** The released PRS-Med model in a folder, for `readReleased`. Throws WeightFileError when a folder cannot be read. */
export async function releasedFolder(path: string): Promise<ReleasedFiles> {
  const weights = await checkpointFolder(path);
  return { weights, adapter: await checkpointFolder(join(path, RELEASED_ADAPTER_FOLDER)) };
}
