import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Example, type JoinOptions, joinExamples, parseIndexCsv } from '../data/index-csv.js';

/** Files are looked for this many at a time, so that a large folder does not run out of handles. */
const CHECKS_AT_ONCE = 64;

/**
 * Reads the index of an image-mask folder and checks that every file is there.
 * @throws Error naming the index, the row and what is wrong
 */
export async function readExamples(
  folder: string,
  options: Pick<JoinOptions, 'onLeak'> = {},
): Promise<Example[]> {
  const file = join(folder, 'index.csv');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`${file}: it cannot be read (${reasonOf(error)}); a data folder needs an index.csv`, {
      cause: error,
    });
  });
  const rows = parseIndexCsv(text, file);
  const examples = joinExamples(rows, { ...options, file });
  for (let start = 0; start < rows.length; start += CHECKS_AT_ONCE) {
    const checks = rows.slice(start, start + CHECKS_AT_ONCE).map(async ({ line, image, mask }) => {
      for (const path of [image, mask]) {
        await access(join(folder, path)).catch((error: unknown) => {
          throw new Error(`${file}: row ${line}: file "${path}" does not exist or cannot be read`, {
            cause: error,
          });
        });
      }
    });
    await Promise.all(checks);
  }
  return examples;
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
