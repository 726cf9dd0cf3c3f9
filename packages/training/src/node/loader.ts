import { Worker } from 'node:worker_threads';
import {
  arraysOf,
  type Batch,
  type BatchBuffers,
  type BatchMaker,
  type BatchMakerOptions,
  createBatchMaker,
} from './batch-maker.js';
import type { BatchReply, BatchRequest } from './loader-messages.js';

/** How a run's samples are made and loaded. */
export interface LoaderOptions extends Omit<BatchMakerOptions, 'mode'> {
  batchSize: number;
  /** Number of the first sample, 0 by default; what a resumed run goes on from. */
  startSample?: number;
  /** Threads; 1 by default, 0 makes batches in the caller's thread. */
  workers?: number;
  /** Batches that are made ahead; 3 by default. */
  prefetch?: number;
  /** Times the share of the samples that are about a target, by its name; 1 by default. */
  targetWeights?: Readonly<Record<string, number>> | undefined;
}

/** How a validation's samples are loaded. */
export type ValidationLoaderOptions = Omit<LoaderOptions, 'targetWeights' | 'seed' | 'startSample'>;

/** Batches in order. A failure ends it and names the file. */
export interface Loader extends AsyncIterableIterator<Batch> {
  /** Samples in all; infinite in training. */
  length: number;
  /** Hands a batch's arrays back for reuse; they must not be touched afterwards. */
  release(batch: Batch): void;
  /** Ends the threads. Leaving a `for await` loop does it too. */
  close(): Promise<void>;
}

/** Where batches come from: a thread, or this one. */
interface BatchSource {
  make(firstSample: number, count: number, buffers: BatchBuffers | null): Promise<Batch>;
  close(): Promise<void>;
}

const DEFAULT_CACHE_BYTES = 2 ** 30;

/** Opens a run's endless stream of augmented, balanced samples. Close it when done. */
export function openLoader(options: LoaderOptions): Loader {
  const { targetWeights = {} } = options;
  return open(options, {
    ...pickMakerOptions(options, options.seed),
    mode: { kind: 'training', targetWeights },
  });
}

/** Opens each target of each example once, asked for as a whole, in order, unaugmented. It ends by itself. */
export function openValidationLoader(options: ValidationLoaderOptions): Loader {
  return open(options, { ...pickMakerOptions(options, 0), mode: { kind: 'validation' } });
}

function pickMakerOptions(options: ValidationLoaderOptions, seed: number): Omit<BatchMakerOptions, 'mode'> {
  const { folder, examples, size, mean, std, tower, workers = 1, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const share = Math.floor(cacheBytes / Math.max(1, workers));
  return { folder, examples, size, mean, std, tower, seed, cacheBytes: share };
}

function open(
  options: { batchSize: number; startSample?: number; workers?: number; prefetch?: number },
  makerOptions: BatchMakerOptions,
): Loader {
  const { batchSize, startSample = 0, workers = 1, prefetch = 3 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new Error(`loader: batchSize ${batchSize} is not a positive whole number`);
  }
  const maker = createBatchMaker(makerOptions); // checks the options here, and knows the length
  const { length } = maker;
  const sources =
    workers === 0 ? [inThisThread(maker)] : Array.from({ length: workers }, () => startThread(makerOptions));
  const waiting: Promise<Batch>[] = [];
  const spare: BatchBuffers[] = [];
  let nextSample = startSample;
  let turn = 0;
  let closed = false;

  const request = () => {
    while (!closed && nextSample < length && waiting.length < Math.max(1, prefetch)) {
      const source = sources[turn++ % sources.length]!;
      const batch = source.make(nextSample, batchSize, spare.pop() ?? null);
      batch.catch(() => undefined); // it is thrown to whoever asks for this batch
      waiting.push(batch);
      nextSample += batchSize;
    }
  };
  const close = async () => {
    if (closed) return;
    closed = true;
    waiting.length = 0;
    await Promise.all(sources.map((source) => source.close()));
  };
  request();

  return {
    length,
    async next() {
      request();
      const batch = waiting.shift();
      if (!batch) {
        await close();
        return { done: true, value: undefined };
      }
      try {
        const value = await batch;
        request();
        return { done: false, value };
      } catch (error) {
        await close();
        throw error;
      }
    },
    async return() {
      await close();
      return { done: true, value: undefined };
    },
    release({ pictures, masks, towerPictures }) {
      if (spare.length < prefetch) spare.push({ pictures, masks, towerPictures });
    },
    close,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function inThisThread(maker: BatchMaker): BatchSource {
  return {
    make: (firstSample, count, buffers) => maker.make(firstSample, count, buffers),
    close: async () => undefined,
  };
}

function startThread(options: BatchMakerOptions): BatchSource {
  const worker = new Worker(workerFile(), { workerData: options });
  const pending = new Map<number, { resolve(batch: Batch): void; reject(error: Error): void }>();
  let failure: Error | null = null;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
    worker.unref();
  };
  worker.on('message', ({ firstSample, batch, error }: BatchReply) => {
    const asked = pending.get(firstSample);
    pending.delete(firstSample);
    if (batch) asked?.resolve(batch);
    else asked?.reject(error);
  });
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => fail(new Error(`loader: its thread has ended (code ${code})`)));
  return {
    make(firstSample, count, buffers) {
      return new Promise<Batch>((resolve, reject) => {
        if (failure) return reject(failure);
        pending.set(firstSample, { resolve, reject });
        const message: BatchRequest = { firstSample, count, buffers };
        worker.postMessage(message, buffers ? arraysOf(buffers) : []);
      });
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Beside this file once compiled; tests that run from source use what was built. */
function workerFile(): URL {
  const compiled = import.meta.url.endsWith('.js');
  return new URL(compiled ? './loader-worker.js' : '../../dist/node/loader-worker.js', import.meta.url);
}
