import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import type { EfficientNetFeatures } from './efficientnet-lite.js';

/** Strides 16 and 32 brought together: [n, width, height / 16, width / 16], the vision embedding of the paper. */
export function neck(scope: Scope, features: EfficientNetFeatures, width: number): Tensor {
  const fine = features[16];
  const lateral = nn.convolution(scope.at('lateral_16'), fine, width, 1);
  const coarse = nn.convolution(scope.at('lateral_32'), features[32], width, 1);
  const joined = ag.add(lateral, ag.resizeBilinear(coarse, fine.shape[2]!, fine.shape[3]!));
  const mixed = ag.relu(nn.groupNorm(scope.at('norm'), joined, 8));
  const spread = nn.convolution(scope.at('depthwise'), mixed, width, 3, { padding: 1, groups: width });
  return ag.add(joined, nn.convolution(scope.at('pointwise'), ag.relu(spread), width, 1));
}

/** The embedding pooled to `side` x `side` visual tokens in the language model's width: [n, side^2, hidden]. */
export function projectVisualTokens(scope: Scope, embedding: Tensor, side: number, hidden: number): Tensor {
  const [n, width] = embedding.shape as [number, number];
  const pooled = ag.reshape(ag.adaptiveAveragePool(embedding, side, side), [n, width, side * side]);
  const tokens = ag.transpose(pooled, [0, 2, 1]);
  const inner = ag.gelu(nn.linear(scope.at('linear_1'), tokens, hidden));
  return nn.rmsNorm(scope.at('norm'), nn.linear(scope.at('linear_2'), inner, hidden));
}
