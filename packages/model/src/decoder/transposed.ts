import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import { askedMaps } from '../fusion/zone-maps.js';
import type { FeaturePyramid } from '../vision/feature-pyramid.js';

/** From stride 16 by way of the encoder's features of strides 8, 4 and 2. */
export interface DecoderWithSkips {
  readonly kind: 'transposed';
  /** Channels at strides 8, 4 and 2. */
  readonly channels: readonly [number, number, number];
}

/** From the fused embedding alone, each layer doubling its side, as the paper has it. */
export interface DecoderWithoutSkips {
  readonly kind: 'transposed-without-skips';
  /** Channels after each doubling but the last, which leaves the mask: five take 16 x 16 to 1024 x 1024. */
  readonly channels: readonly number[];
}

export type DecoderConfig = DecoderWithSkips | DecoderWithoutSkips;

const NORM_GROUPS = 8;

/**
 * Transposed convolutions of kernel and stride 2 from the fused embedding [n, width, side, side] to mask logits
 * [n, 1, height, width]; with skips also from the maps of what is asked for, at stride 4. Throws GraphError where the
 * channels lead to a mask of another size than the picture's.
 */
export function decodeMask(
  scope: Scope,
  fused: Tensor,
  features: FeaturePyramid,
  asked: Tensor,
  config: DecoderConfig,
): Tensor {
  if (config.kind === 'transposed') return decodeWithSkips(scope, fused, features, asked, config);
  const logits = decodeWithoutSkips(scope, fused, config);
  const size = 2 * features[2].shape[2]!;
  if (logits.shape[2] === size) return logits;
  throw new ag.GraphError(
    'decodeMask',
    `${config.channels.length} channels lead to a mask of side ${logits.shape[2]} and the picture has ${size}; give one for each doubling but the last`,
    [fused],
  );
}

function decodeWithSkips(
  scope: Scope,
  fused: Tensor,
  features: FeaturePyramid,
  asked: Tensor,
  config: DecoderWithSkips,
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
    x = ag.relu(nn.groupNorm(own.at('norm'), mixed, NORM_GROUPS));
  });
  return nn.upsamplingConvolution(scope.at('head'), x, 1, 2);
}

function decodeWithoutSkips(scope: Scope, fused: Tensor, config: DecoderWithoutSkips): Tensor {
  const x = config.channels.reduce((below, channels, index) => {
    const own = scope.at('layers').at(index);
    const larger = nn.upsamplingConvolution(own.at('up'), below, channels, 2);
    return ag.relu(nn.groupNorm(own.at('norm'), larger, NORM_GROUPS));
  }, fused);
  return nn.upsamplingConvolution(scope.at('head'), x, 1, 2);
}
