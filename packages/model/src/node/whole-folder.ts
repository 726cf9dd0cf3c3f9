import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BundleError } from '../bundle/bundle-error.js';
import type { BundleFile } from '../bundle/bundle-file.js';
import type { FileRecord } from '../bundle/config.js';

/**
 * Writes a folder whole or not at all: into one beside first, renamed when `fill` is done. A folder of that name is
 * replaced: whoever calls has looked whether it may be. What is half written is taken away.
 * @throws BundleError when it cannot be written, and what `fill` throws
 */
export async function saveWholeFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const target = resolve(path);
  const unfinished = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(unfinished);
    await fill(unfinished);
    await moveIntoPlace(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}

/** Gives a finished folder its name; a folder that has the name is replaced. */
export async function moveIntoPlace(finished: string, target: string): Promise<void> {
  const old = `${target}.${randomBytes(6).toString('hex')}.old`;
  const replaced = await rename(target, old).then(
    () => true,
    () => false,
  );
  try {
    await rename(finished, target);
  } catch (error) {
    if (replaced) await rename(old, target);
    throw error;
  }
  if (replaced) await rm(old, { recursive: true, force: true });
}

/** Writes a file of the folder, which must not be there yet, and gives its length and sum. */
export async function writeFolderFile(folder: string, { name, chunks }: BundleFile): Promise<FileRecord> {
  const hash = createHash('sha256');
  const file = await open(join(folder, name), 'wx');
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** What is at a path; undefined when nothing is. Throws BundleError when that cannot be told. */
export async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new BundleError(path, `it cannot be read (${code})`, 'check the permissions', { cause: error });
  }
}

/** The system's name of what went wrong; that of an aborted signal is a number, and no failure of a disk. */
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What to throw for an error in writing a folder: one of the system becomes a BundleError, any other stays. */
export function writeFailure(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const remedies: Readonly<Record<string, string>> = {
    EACCES: 'choose a folder that is yours',
    EPERM: 'choose a folder that is yours',
    EROFS: 'choose a folder on a disk that can be written',
    ENOSPC: 'free some room or choose another disk',
    ENOTDIR: 'a part of the path is a file: choose another folder',
    EEXIST: 'a part of the path is a file: choose another folder',
  };
  const remedy = remedies[code] ?? 'check the disk';
  return new BundleError(path, `the folder cannot be written (${code})`, remedy, { cause: error });
}
