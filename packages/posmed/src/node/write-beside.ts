import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { DatasetError } from '../dataset/dataset-error.js';

/** A name for a file beside another one, that no other process takes. */
export const temporaryName = (path: string): string =>
  `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;

/**
 * Writes a file beside and renames it, so that nobody sees half of it and a failure leaves no trace.
 * @throws DatasetError when the folder is missing, full or may not be written to
 */
export async function writeBeside(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}

/** The DatasetError for an error met while writing. */
export function writeFailure(path: string, error: unknown): DatasetError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason = String(code ?? (error instanceof Error ? error.message : error));
  const remedy =
    code === 'ENOENT'
      ? 'make its folder first'
      : code === 'ENOSPC'
        ? 'free some room or choose another disk'
        : 'check the folder and the disk';
  return new DatasetError(path, `it cannot be written (${reason})`, remedy, { cause: error });
}
