import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { trainingParts } from './parts/index.js';
import type { PartOptions, Row } from './row.js';

/** As `prs-med train` sets it for itself: without it every step's outputs are paged in anew. */
const TUNABLES = 'glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184';

/** What a part measured, and why it left something out. */
export interface PartResult {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** Runs one part in a process of its own. Throws an Error when that process fails. */
export function inOwnProcess(name: string, options: PartOptions): Promise<PartResult> {
  const { GLIBC_TUNABLES: _, ...plain } = process.env;
  const child = fork(
    fileURLToPath(new URL('./run-part.js', import.meta.url)),
    [name, JSON.stringify(options)],
    {
      env: trainingParts.has(name) ? { ...plain, GLIBC_TUNABLES: TUNABLES } : plain,
    },
  );
  return new Promise((resolve, reject) => {
    let result: PartResult | undefined;
    child.on('message', (message) => {
      result = message as PartResult;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0 && result !== undefined) resolve(result);
      else reject(new Error(`${name}: its process ended with status ${status}`));
    });
  });
}
