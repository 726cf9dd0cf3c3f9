import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { FETCH_AGAIN, WeightFileError } from '../weights/errors.js';
import { type ByteSource, checkRange } from '../weights/source.js';

/** A file opened for ranged reads. Close it once the tensors have been read. */
export interface FileSource extends ByteSource {
  readonly path: string;
  readonly readInto: (offset: number, into: Uint8Array) => Promise<void>;
  close(): Promise<void>;
}

// One read system call moves less than 2 GiB.
const LARGEST_READ = 1 << 30;

async function readFully(file: FileHandle, name: string, offset: number, bytes: Uint8Array): Promise<void> {
  const { length } = bytes;
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, LARGEST_READ), offset + done);
    if (bytesRead === 0)
      throw new WeightFileError(name, 'the file became shorter while it was read', FETCH_AGAIN);
    done += bytesRead;
  }
}

/**
 * Opens a weight file; nothing is read until a range is asked for.
 * Throws WeightFileError when there is no such file, or it is a folder.
 */
export async function openFile(path: string): Promise<FileSource> {
  const name = basename(path);
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const problem = `cannot be opened (${error instanceof Error ? error.message : String(error)})`;
    throw new WeightFileError(name, problem, 'check the path and the permissions', { cause: error });
  }
  const stat = await file.stat();
  if (!stat.isFile()) {
    await file.close();
    throw new WeightFileError(name, `${path} is not a file`, 'give the path of the weight file itself');
  }
  const readInto = async (offset: number, into: Uint8Array) => {
    checkRange(source, offset, into.length);
    await readFully(file, name, offset, into);
  };
  const source: FileSource = {
    name,
    path,
    size: stat.size,
    async read(offset, length) {
      checkRange(source, offset, length);
      const bytes = new Uint8Array(length);
      await readInto(offset, bytes);
      return bytes;
    },
    readInto,
    close: () => file.close(),
  };
  return source;
}

/**
 * Writes chunks (as `safetensorsChunks` gives them) to `path`: to a file beside it first, renamed when it is
 * whole, so that an interrupted run never leaves half a file under that name.
 */
export async function saveChunks(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    const file = await open(unfinished, 'wx');
    try {
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
