import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import type { FeaturePyramid } from './feature-pyramid.js';
import { type TinyVitConfig, tinyVit } from './tiny-vit.js';

export interface TinySamConfig extends TinyVitConfig {
  /** Channels of the embedding. */
  readonly width: number;
  /** Side of the embedding in positions: that of stride 16, or less where it is pooled for the fusion. */
  readonly embeddingSide: number;
}

/** A number for each channel of a picture, in red, green, blue order; not readonly, as a preset holds it. */
type ThreeChannels = [red: number, green: number, blue: number];

/** Mean and standard deviation of pixel values in 0..1 that SAM was trained with: `pixel_mean` and `pixel_std` of its `build_sam.py`. */
export const samNormalization: { readonly mean: ThreeChannels; readonly deviation: ThreeChannels } = {
  mean: [123.675 / 255, 116.28 / 255, 103.53 / 255],
  deviation: [58.395 / 255, 57.12 / 255, 57.375 / 255],
};

/**
 * TinySAM's image encoder (Shu et al., 2023), TinyViT with SAM's neck: square pictures [n, 3, size, size] to the
 * embedding [n, width, embeddingSide, embeddingSide] and the features that a decoder with skips reads.
 *
 * The neck gives stride 16, 64 x 64 for 1,024 pixels. A smaller `embeddingSide` is the mean of each square of
 * positions that falls on one (PyTorch's `adaptive_avg_pool2d`): 4 x 4 of them for the 16 x 16 of PRS-Med's fusion.
 * @throws GraphError for a side that does not divide that of the neck
 */
export function tinySam(
  scope: Scope,
  pictures: Tensor,
  config: TinySamConfig,
): { readonly features: FeaturePyramid; readonly embedding: Tensor } {
  const { features, last } = tinyVit(scope, pictures, config);
  const full = samNeck(scope.at('neck'), last, config.width);
  const side = config.embeddingSide;
  if (full.shape[2]! % side !== 0)
    throw new ag.GraphError('tinySam', `cannot be pooled to ${side} x ${side} positions`, [full]);
  const embedding = side === full.shape[2] ? full : ag.adaptiveAveragePool(full, side, side);
  return { features, embedding };
}

/** SAM's neck (Kirillov et al., 2023): two convolutions without bias, each with a norm over the channels. */
function samNeck(scope: Scope, x: Tensor, width: number): Tensor {
  const narrow = nn.convolution(scope.at(0), x, width, 1, { bias: false });
  const mixed = nn.convolution(scope.at(2), normChannels(scope.at(1), narrow), width, 3, {
    padding: 1,
    bias: false,
  });
  return normChannels(scope.at(3), mixed);
}

function normChannels(scope: Scope, x: Tensor): Tensor {
  const size = [x.shape[1]!];
  return ag.layerNormChannels(x, scope.parameter('weight', size), scope.parameter('bias', size));
}
