import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type DescribeOptions, describeFile, type FileResult } from './describe-file.js';

/** Files that a thread has in hand at a time, so that it need not wait for the disk. */
const AT_A_TIME = 8;
/** A further thread takes as long to start as these many files of the usual size take. */
const WORTH_A_THREAD = 500;

/** Describes files on all cores; the results are in the order of the paths. */
export async function describeFiles(
  paths: readonly string[],
  options: DescribeOptions,
  signal: AbortSignal,
): Promise<FileResult[]> {
  const results = new Array<FileResult>(paths.length);
  let next = 0;
  const takeHere = async (): Promise<void> => {
    while (next < paths.length) {
      signal.throwIfAborted();
      const at = next++;
      results[at] = await describeFile(paths[at]!, options);
    }
  };
  const takeThere = async (worker: Worker): Promise<void> => {
    await once(worker, 'message', { signal });
    while (next < paths.length) {
      const at = next;
      next += AT_A_TIME;
      worker.postMessage(paths.slice(at, next));
      const [found] = (await once(worker, 'message', { signal })) as [FileResult[]];
      for (const [index, result] of found.entries()) results[at + index] = result;
    }
  };
  const threads = Math.min(availableParallelism(), Math.ceil(paths.length / WORTH_A_THREAD));
  const workers = Array.from({ length: threads - 1 }, () => {
    return new Worker(new URL('./zone-worker.js', import.meta.url), { workerData: options });
  });
  try {
    await Promise.all([...Array.from({ length: AT_A_TIME }, takeHere), ...workers.map(takeThere)]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}
