import { FETCH_AGAIN, WeightFileError } from './errors.js';

/** Bytes that can be read by range: a file, a Blob, a buffer. */
export interface ByteSource {
  /** The file's name, for messages. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /**
   * Reads `length` bytes at `offset`. The caller owns the result: it shares no memory with the source or with
   * another result, and its byte offset in its buffer is 0. Rejects with WeightFileError outside the file.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same, into an array, as many bytes as it has; for sources that need not hold them beside. */
  readonly readInto?: (offset: number, into: Uint8Array) => Promise<void>;
}

/** Throws WeightFileError unless `length` bytes at `offset` lie within the source. */
export function checkRange(source: { name: string; size: number }, offset: number, length: number): void {
  const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!valid || offset + length > source.size) {
    throw new WeightFileError(
      source.name,
      `${length} bytes at ${offset} reach outside the file of ${source.size} bytes`,
      FETCH_AGAIN,
    );
  }
}

/** A source over bytes in memory; each read copies, so that callers may change what they get. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  const source: ByteSource = {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      checkRange(source, offset, length);
      // Not bytes.slice(): on a Node Buffer that would share memory.
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
  };
  return source;
}

/** A source over a browser's Blob or File. */
export function blobSource(name: string, blob: Blob): ByteSource {
  const source: ByteSource = {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(source, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
  return source;
}

/** Thrown by a parser that ran off the bytes it was given, caught by `parsePrefix`. */
export class NeedsMoreBytes extends Error {}

const FIRST_READ = 1 << 18;

/**
 * Runs `parse` on the bytes from `start` on, of a length that is not known beforehand: with more of them each
 * time it throws NeedsMoreBytes, up to the file's end or `limit` bytes. So only the header of a large file is
 * read. Throws WeightFileError when that end is reached.
 */
export async function parsePrefix<T>(
  source: ByteSource,
  start: number,
  limit: number,
  what: string,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  const available = Math.max(0, source.size - start);
  for (let wanted = FIRST_READ; ; wanted *= 4) {
    const length = Math.min(wanted, available, limit);
    const bytes = await source.read(Math.min(start, source.size), length);
    try {
      return parse(bytes);
    } catch (error) {
      if (!(error instanceof NeedsMoreBytes)) throw error;
      if (length === available) {
        throw new WeightFileError(source.name, `the file ends inside its ${what}`, FETCH_AGAIN);
      }
      if (length === limit) {
        throw new WeightFileError(
          source.name,
          `its ${what} is longer than the limit of ${limit} bytes`,
          'no sound file needs that, so get it from another place',
        );
      }
    }
  }
}
