import { type FileHandle, open } from 'node:fs/promises';
import { writeFailure } from './file-failure.js';

/** Adds lines to the end of a file. */
export interface LineWriter {
  /**
   * Adds a value as a line of JSON. May be called again before it is done: lines come one after the other, so that a kill
   * can cut the last one alone.
   * @throws EvaluationError when the disk refuses, and from then on
   */
  add(value: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file for further lines, or makes it; a last line that a kill cut short is dropped.
 * @throws EvaluationError when it cannot be opened
 */
export async function openLineWriter(path: string): Promise<LineWriter> {
  const file = await openAtLineEnd(path);
  let writing: Promise<void> = Promise.resolve();
  return {
    add(value) {
      writing = writing.then(async () => {
        try {
          await file.writeFile(`${JSON.stringify(value)}\n`);
        } catch (error) {
          throw writeFailure(path, error);
        }
      });
      return writing;
    },
    async close() {
      await writing.catch(() => undefined);
      await file.close();
    },
  };
}

const NEWLINE = 10;
const BLOCK = 1 << 16;

async function openAtLineEnd(path: string): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'a+');
    let end = (await file.stat()).size;
    while (end > 0) {
      const from = Math.max(0, end - BLOCK);
      const block = Buffer.alloc(end - from);
      await file.read(block, 0, block.length, from);
      const newline = block.lastIndexOf(NEWLINE);
      if (newline >= 0) {
        end = from + newline + 1;
        break;
      }
      end = from;
    }
    await file.truncate(end);
    return file;
  } catch (error) {
    await file?.close();
    throw writeFailure(path, error);
  }
}
