import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import { paddingBias } from './question-states.js';
import { askedMaps } from './zone-maps.js';

export interface FusionConfig {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the feed-forward part. */
  readonly intermediate: number;
}

/**
 * Cross-attention of the picture on the question, with a skip: embedding [n, width, side, side], mixed question
 * states [n, length, width] and the asked probabilities [n, 8] to [n, width, side, side].
 */
export function fuse(
  scope: Scope,
  embedding: Tensor,
  mixed: Tensor,
  mask: Tensor,
  asked: Tensor,
  config: FusionConfig,
): Tensor {
  const [n, width, side] = embedding.shape as [number, number, number];
  const placed = ag.add(
    embedding,
    nn.convolution(scope.at('zones'), askedMaps(asked, side), width, 1, { bias: false }),
  );
  let x = ag.transpose(ag.reshape(placed, [n, width, side * side]), [0, 2, 1]);
  const bias = paddingBias(mask);
  for (let layer = 0; layer < config.layers; layer++) {
    const own = scope.at('layers').at(layer);
    x = ag.add(x, crossAttention(own, x, mixed, bias, config, side));
    const inner = ag.gelu(
      nn.linear(own.at('linear_1'), nn.layerNorm(own.at('norm_2'), x), config.intermediate),
    );
    x = ag.add(x, nn.linear(own.at('linear_2'), inner, width));
  }
  // The skip of the paper: what the picture shows passes by the question.
  return ag.add(embedding, ag.reshape(ag.transpose(x, [0, 2, 1]), embedding.shape));
}

function crossAttention(
  scope: Scope,
  x: Tensor,
  mixed: Tensor,
  bias: Tensor,
  { width, heads }: FusionConfig,
  side: number,
): Tensor {
  const n = x.shape[0]!;
  const split = (flat: Tensor): Tensor =>
    ag.transpose(ag.reshape(flat, [n, flat.shape[1]!, heads, width / heads]), [0, 2, 1, 3]);
  const positioned = ag.add(nn.layerNorm(scope.at('norm_1'), x), positionEncoding(side, width));
  const q = split(nn.linear(scope.at('q_proj'), positioned, width));
  const k = split(nn.linear(scope.at('k_proj'), mixed, width));
  const v = split(nn.linear(scope.at('v_proj'), mixed, width));
  const seen = ag.transpose(ag.attention(q, k, v, { bias }), [0, 2, 1, 3]);
  return nn.linear(scope.at('out_proj'), ag.reshape(seen, x.shape), width);
}

/** Sines and cosines of row and column, half the channels each: [1, side^2, width] (Vaswani et al., 2017, in 2-D). */
export function positionEncoding(side: number, width: number): Tensor {
  const data = new Float32Array(side * side * width);
  const quarter = width / 4;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const start = (row * side + column) * width;
      for (let i = 0; i < quarter; i++) {
        const frequency = 100 ** (-i / quarter);
        data[start + i] = Math.sin(row * frequency);
        data[start + quarter + i] = Math.cos(row * frequency);
        data[start + 2 * quarter + i] = Math.sin(column * frequency);
        data[start + 3 * quarter + i] = Math.cos(column * frequency);
      }
    }
  }
  return ag.constant(data, [1, side * side, width]);
}

/** Whether the asked target is there: logits [n], from the fused features' mean and maximum and the question. */
export function presenceLogits(scope: Scope, fused: Tensor, question: Tensor): Tensor {
  const [n, width] = fused.shape as [number, number];
  const axes = [2, 3];
  const seen = nn.layerNorm(
    scope.at('norm'),
    ag.concatenate([ag.mean(fused, { axes }), ag.max(fused, { axes }), question], 1),
  );
  const inner = ag.gelu(nn.linear(scope.at('linear_1'), seen, width / 2));
  return ag.reshape(nn.linear(scope.at('linear_2'), inner, 1), [n]);
}
