import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { PictureError } from '../picture-error.js';

/** Larger files are refused unread: 8000 x 8000 pixels of 16-bit RGBA, uncompressed, still fit. */
export const LARGEST_FILE = 520_000_000;

/**
 * Reads a picture file whole.
 * @throws PictureError when it is missing, a folder, empty, too large or not readable
 */
export async function readPictureFile(path: string): Promise<Uint8Array> {
  try {
    const about = await stat(path);
    if (about.isDirectory()) {
      throw new PictureError(path, 'this is a folder', 'name a picture file inside it');
    }
    if (!about.isFile()) throw new PictureError(path, 'this is not a regular file', 'name a picture file');
    checkByteSize(about.size, path);
    return await readFile(path);
  } catch (error) {
    throw error instanceof PictureError ? error : readFailure(path, error);
  }
}

/** @throws PictureError when a file of so many bytes is empty or larger than {@link LARGEST_FILE} */
export function checkByteSize(size: number, name: string): void {
  if (size === 0) throw new PictureError(name, 'the file is empty', 'copy or export the picture again');
  if (size > LARGEST_FILE) {
    throw new PictureError(
      name,
      `the file has ${Math.round(size / 1e6)} MB, more than the ${LARGEST_FILE / 1e6} MB that are read`,
      'export it smaller or compressed',
    );
  }
}

/**
 * Writes a file beside and renames it, so that a reader never sees half of it and a failure leaves no trace.
 * @throws PictureError when the folder is missing, is a file, is full or may not be written to
 */
export async function writeBeside(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, bytes, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}

/** The PictureError for an error of the file system met while reading. */
export function readFailure(path: string, error: unknown): PictureError {
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new PictureError(path, 'there is no such file', 'check the path', options);
    case 'EACCES':
    case 'EPERM':
      return new PictureError(path, 'no permission to read this file', 'ask its owner to allow it', options);
    default:
      return new PictureError(path, `it cannot be read (${reasonOf(error)})`, 'check the disk', options);
  }
}

/** The PictureError for an error of the file system met while writing. */
export function writeFailure(path: string, error: unknown): PictureError {
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'ENOENT':
      return new PictureError(path, 'its folder does not exist', 'make the folder first', options);
    case 'ENOTDIR':
      return new PictureError(
        path,
        'a part of its path is a file, not a folder',
        'choose another folder',
        options,
      );
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new PictureError(path, 'a folder has this name', 'choose another file name', options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PictureError(path, 'no permission to write here', 'choose a folder that is yours', options);
    case 'ENOSPC':
    case 'EDQUOT':
      return new PictureError(
        path,
        'no room is left on this disk',
        'free some or choose another disk',
        options,
      );
    default:
      return new PictureError(path, `it cannot be written (${reasonOf(error)})`, 'check the disk', options);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return String(codeOf(error) ?? (error instanceof Error ? error.message : error)).split('\n')[0]!;
}
