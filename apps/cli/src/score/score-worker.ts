import { workerData } from 'node:worker_threads';
import type { PredictionPair } from '@prs-med/evaluation/node';
import { answerTasks } from '../on-all-cores.js';
import { type PairOptions, tryPair } from './score-pair.js';

// A thread of its own that score-segmentation.ts starts.
const options = workerData as PairOptions;
answerTasks((pair: PredictionPair) => tryPair(pair, options));
