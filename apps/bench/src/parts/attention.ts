import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { timeForwardAndBackward } from '../measure.js';
import type { Part } from '../row.js';

/** Causal attention of SmolLM2's sizes: forward, and the gradients of queries, keys and values. */
export const attention: Part = async ({ repetitions }) => {
  const q = ag.input('q', [8, 9, 128, 64]);
  const k = ag.input('k', [8, 3, 128, 64]);
  const v = ag.input('v', [8, 3, 128, 64]);
  const out = ag.attention(q, k, v, { causal: true });
  // The hidden half of the scores is counted: it is computed too.
  const about = { part: 'attention', what: 'causal, 8 x 9 heads (3 of keys) x 128 x 64' };
  return [await timeForwardAndBackward(nodeRuntime(), about, [q, k, v], out, repetitions)];
};
