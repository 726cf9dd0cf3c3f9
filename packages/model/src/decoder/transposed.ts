import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import { askedMaps } from '../fusion/zone-maps.js';
import type { FeaturePyramid } from '../vision/efficientnet-lite.js';

export interface DecoderConfig {
  /** Channels at strides 8, 4 and 2. */
  readonly channels: readonly [number, number, number];
}

/**
 * Transposed convolutions from the fused embedding at stride 16 to mask logits [n, 1, height, width], with the
 * encoder's features of strides 8, 4 and 2 and, at stride 4, the maps of what is asked for.
 */
export function decodeMask(
  scope: Scope,
  fused: Tensor,
  features: FeaturePyramid,
  asked: Tensor,
  config: DecoderConfig,
): Tensor {
  let x = fused;
  ([8, 4, 2] as const).forEach((stride, index) => {
    const channels = config.channels[index]!;
    const own = scope.at(`stride_${stride}`);
    const parts = [nn.upsamplingConvolution(own.at('up'), x, channels, 2), features[stride]];
    if (stride === 4) parts.push(askedMaps(asked, features[4].shape[2]!));
    const mixed = nn.convolution(own.at('mix'), ag.concatenate(parts, 1), channels, 3, {
      padding: 1,
      bias: false,
    });
    x = ag.relu(nn.groupNorm(own.at('norm'), mixed, 8));
  });
  return nn.upsamplingConvolution(scope.at('head'), x, 1, 2);
}
