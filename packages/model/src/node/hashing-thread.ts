import { join } from 'node:path';
import workerpool from 'workerpool';
import { BundleError } from '../bundle/bundle-error.js';
import { workerFile } from './worker-file.js';

/** Sums files, one after the other, beside whatever the caller does. */
export interface HashingThread {
  /** SHA-256 in lower-case hex. Throws BundleError when the file cannot be read. */
  sum(folder: string, file: string): Promise<string>;
}

/** A thread that is there while there is something to sum. */
export function hashingThread(): HashingThread {
  let pool: workerpool.Pool | undefined;
  return {
    async sum(folder, file) {
      pool ??= workerpool.pool(workerFile('hashing-worker.js'), { workerType: 'thread', maxWorkers: 1 });
      const used = pool;
      try {
        return await used.exec<(path: string) => string>('sha256', [join(folder, file)]);
      } catch (error) {
        const problem = `it cannot be read (${error instanceof Error ? error.message : String(error)})`;
        throw new BundleError(
          `${folder}, file ${file}`,
          problem,
          'check the disk, or copy the bundle again',
          {
            cause: error,
          },
        );
      } finally {
        const { activeTasks, pendingTasks } = used.stats();
        if (activeTasks + pendingTasks === 0 && pool === used) {
          pool = undefined;
          await used.terminate(true);
        }
      }
    },
  };
}
