import { availableParallelism } from 'node:os';
import workerpool from 'workerpool';
import type { Quantizer } from '../language/quantize-checkpoint.js';
import type { quantizeMatrix } from '../language/quantized-matrix.js';
import { workerFile } from './worker-file.js';

/** Above this many threads the disk is what is waited for. */
const MOST_THREADS = 4;

/** A quantizer with threads of its own. Close it when done. */
export interface QuantizingThreads extends Quantizer {
  close(): Promise<void>;
}

/**
 * Opens threads that quantise a matrix each, one for a core.
 * @param atMost for how many there is memory; one thread is opened in any case
 */
export function openQuantizingThreads(atMost: number): QuantizingThreads {
  const atOnce = Math.max(1, Math.min(atMost, availableParallelism(), MOST_THREADS));
  const pool = workerpool.pool(workerFile('quantizing-worker.js'), {
    workerType: 'thread',
    maxWorkers: atOnce,
  });
  return {
    atOnce,
    quantize: (...matrix) => Promise.resolve(pool.exec<typeof quantizeMatrix>('quantize', matrix)),
    close: async () => {
      await pool.terminate(true);
    },
  };
}
