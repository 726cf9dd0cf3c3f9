import { parentPort, workerData } from 'node:worker_threads';
import { arraysOf, type BatchMakerOptions, createBatchMaker } from './batch-maker.js';
import type { BatchReply, BatchRequest } from './loader-messages.js';

/** The loader's thread: it makes one batch a request, in turn. */
const maker = createBatchMaker(workerData as BatchMakerOptions);
const port = parentPort!;
let queue: Promise<void> = Promise.resolve();

port.on('message', (request: BatchRequest) => {
  queue = queue.then(() => answer(request));
});

async function answer({ firstSample, count, buffers }: BatchRequest): Promise<void> {
  try {
    const batch = await maker.make(firstSample, count, buffers);
    const reply: BatchReply = { firstSample, batch, error: null };
    port.postMessage(reply, arraysOf(batch));
  } catch (error) {
    const reply: BatchReply = { firstSample, batch: null, error: error as Error };
    port.postMessage(reply);
  }
}
