import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { numbers, timeGraph } from '../measure.js';
import type { Part } from '../row.js';

const SIDE = 1024;
const REPETITIONS = 30;

/** The machine's own speed: a matrix product in a session, all threads, the best run of many. */
export const machine: Part = async () => {
  const weight = ag.constant(numbers(SIDE * SIDE), [SIDE, SIDE]);
  const product = ag.matmul(ag.input('x', [SIDE, SIDE]), weight);
  const { value, best } = await timeGraph(nodeRuntime(), { product }, REPETITIONS);
  const operations = 2 * SIDE ** 3;
  return [
    {
      part: 'machine',
      what: `matrix product ${SIDE} x ${SIDE} x ${SIDE}, float32`,
      unit: 'ms',
      value,
      best,
      operations,
      executed: operations,
      gigaflops: operations / best / 1e6,
    },
  ];
};
