import { parentPort, workerData } from 'node:worker_threads';
import { type DescribeOptions, describeFile } from './describe-file.js';

// A thread of its own that describe-files.ts starts: it says that it is ready, then answers paths with their results.
const options = workerData as DescribeOptions;
parentPort!.on('message', async (paths: readonly string[]) => {
  parentPort!.postMessage(await Promise.all(paths.map((path) => describeFile(path, options))));
});
parentPort!.postMessage([]);
