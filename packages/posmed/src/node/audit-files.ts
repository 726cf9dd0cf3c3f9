import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type Finding, Found } from '../audit/finding.js';
import type { DatasetImage } from '../dataset/dataset-image.js';

/** Files that are read at once. */
const AT_ONCE = 8;
/** Files that wait to be read, before more rows are taken. */
const WAITING = 64;

/**
 * Finds files that the tables name and the disk lacks, and pictures whose bytes are no longer those of the build.
 * @param folder that the tables' paths are relative to
 */
export function createFileCheck(folder: string): {
  add(image: DatasetImage): Promise<void>;
  findings(): Promise<Finding[]>;
} {
  const missing = new Found();
  const changed = new Found();
  const limit = pLimit(AT_ONCE);
  const running = new Set<Promise<void>>();
  const start = (work: () => Promise<void>): void => {
    const task = limit(work).finally(() => running.delete(task));
    running.add(task);
  };
  return {
    async add({ image, targets }) {
      start(async () => {
        const bytes = await readFile(join(folder, image.file)).catch(() => null);
        if (bytes === null) missing.add(`${image.file} of ${image.id}`);
        else if (createHash('sha256').update(bytes).digest('hex') !== image.sha256) {
          changed.add(`${image.file} of ${image.id}`);
        }
      });
      for (const { id, maskFile } of targets) {
        if (maskFile === null) continue;
        start(async () => {
          if (!(await stat(join(folder, maskFile)).catch(() => null))) missing.add(`${maskFile} of ${id}`);
        });
      }
      while (running.size > WAITING) await Promise.race(running);
    },
    async findings() {
      await Promise.all(running);
      return [
        ...missing.findings(
          'missing-file',
          'damage',
          'a file is not where the tables say; move the data set together with its sources, or build again',
        ),
        ...changed.findings(
          'changed-file',
          'damage',
          'a picture is no longer the one that was built from (SHA-256 differs); build again',
        ),
      ];
    },
  };
}
