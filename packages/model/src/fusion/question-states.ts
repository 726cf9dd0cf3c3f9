import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import { ASKED } from './zone-maps.js';

/** The question as the fusion reads it. */
export interface Question {
  /** Hidden states [n, length, hidden] of the chosen layers. */
  readonly states: readonly Tensor[];
  /** [n, length]: 1 for a token of the question, 0 for padding. */
  readonly mask: Tensor;
}

/** The question by its last token alone: states [n, 1, hidden]. */
export function segmentationToken({ states, mask }: Question): Question {
  const [n, length] = mask.shape as [number, number];
  const next = ag.concatenate([ag.slice(mask, 1, 1, length), ag.constant(new Float32Array(n), [n, 1])], 1);
  const isLast = ag.reshape(ag.subtract(mask, next), [n, length, 1]);
  return {
    states: states.map((layer) => ag.sum(ag.multiply(layer, isLast), { axes: [1], keepDimensions: true })),
    mask: ag.constant(new Float32Array(n).fill(1), [n, 1]),
  };
}

/** Added to attention scores, [n, 1, 1, length], so that padding is not seen. */
export const paddingBias = (mask: Tensor): Tensor =>
  ag.multiply(ag.subtract(1, ag.reshape(mask, [mask.shape[0]!, 1, 1, mask.shape[1]!])), ag.HIDDEN);

/** Hidden states of several layers brought into one sequence [n, length, width]. */
export function mixLayers(scope: Scope, question: Question, width: number): Tensor {
  const parts = question.states.map((states, index) => {
    // Layers differ in scale by orders of magnitude: each is brought to length one a component first.
    const ones = ag.constant(new Float32Array(states.shape[2]!).fill(1), [states.shape[2]!]);
    return nn.linear(scope.at('layers').at(index), ag.rmsNorm(states, ones), width, { bias: index === 0 });
  });
  return nn.layerNorm(
    scope.at('norm'),
    parts.reduce((a, b) => ag.add(a, b)),
  );
}

/** For each thing that may be asked for, a learnt query looks for its words: logits [n, 8]. */
export function askedLogits(scope: Scope, mixed: Tensor, mask: Tensor): Tensor {
  const [n, , width] = mixed.shape as [number, number, number];
  const queries = ag.reshape(scope.parameter('queries', [ASKED.length, width]), [1, 1, ASKED.length, width]);
  const keys = ag.reshape(nn.linear(scope.at('keys'), mixed, width), [n, 1, mixed.shape[1]!, width]);
  const values = ag.reshape(nn.linear(scope.at('values'), mixed, width), [n, 1, mixed.shape[1]!, width]);
  const seen = ag.attention(ag.expand(queries, [n, 1, ASKED.length, width]), keys, values, {
    bias: paddingBias(mask),
  });
  const inner = ag.gelu(nn.layerNorm(scope.at('norm'), ag.reshape(seen, [n, ASKED.length, width])));
  const readout = scope.parameter('readout', [ASKED.length, width]);
  return ag.add(ag.sum(ag.multiply(inner, readout), { axes: [2] }), scope.parameter('bias', [ASKED.length]));
}

/** Mean over the question's tokens: [n, width]. */
export function meanState(mixed: Tensor, mask: Tensor): Tensor {
  const [n, length] = mask.shape as [number, number];
  const weights = ag.divide(mask, ag.maximum(ag.sum(mask, { axes: [1], keepDimensions: true }), 1));
  return ag.sum(ag.multiply(mixed, ag.reshape(weights, [n, length, 1])), { axes: [1] });
}
