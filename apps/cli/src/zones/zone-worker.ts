import { workerData } from 'node:worker_threads';
import { answerTasks } from '../on-all-cores.js';
import { type DescribeOptions, describeFile } from './describe-file.js';

// A thread of its own that describe-files.ts starts.
const options = workerData as DescribeOptions;
answerTasks((path: string) => describeFile(path, options));
