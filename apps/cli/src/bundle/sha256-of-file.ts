import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../command-error.js';

/** SHA-256 of a file in lower-case hex, read in pieces. @throws CommandError when it cannot be read */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new CommandError(path, problem, 'check the path', 2, { cause: error });
  }
  return hash.digest('hex');
}
