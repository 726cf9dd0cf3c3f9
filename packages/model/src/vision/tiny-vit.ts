import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import type { FeaturePyramid } from './feature-pyramid.js';
import { windowAttention } from './window-attention.js';

/** A stage of attention within windows. */
export interface AttentionStage {
  readonly channels: number;
  readonly blocks: number;
  readonly heads: number;
  /** Side of a window, in positions. */
  readonly window: number;
}

export interface TinyVitConfig {
  /** Channels and blocks of the first stage, which is of convolutions; the patch embedding has the same channels. */
  readonly channels: number;
  readonly blocks: number;
  /** Stages of strides 8, 16 and 16. */
  readonly stages: readonly [AttentionStage, AttentionStage, AttentionStage];
}

/** TinyViT-5M with the windows that TinySAM gives it (Shu et al., 2023; shapes of `tinysam_42.3.pth`). */
export const tinyVit5M = {
  channels: 64,
  blocks: 2,
  stages: [
    { channels: 128, blocks: 2, heads: 4, window: 7 },
    { channels: 160, blocks: 6, heads: 5, window: 14 },
    { channels: 320, blocks: 2, heads: 10, window: 7 },
  ],
} satisfies TinyVitConfig;

/** How much wider blocks are inside. */
const EXPANSION = 4;

const STAGE_STRIDES = [2, 2, 1] as const;

/** What TinyViT sees in pictures. */
export interface TinyVitFeatures {
  /** Stride 2 is the first convolution of the patch embedding, strides 4 and 8 the ends of the first two stages. */
  readonly features: FeaturePyramid;
  /** The last stage: [n, channels, height / 16, width / 16]. */
  readonly last: Tensor;
}

/**
 * TinyViT (Wu et al., 2022) as SAM's encoder: pictures [n, 3, height, width], sides divisible by 16, to features. The
 * last stage keeps stride 16, where the classifier goes on to 32. Parameter names are those of TinySAM's state dict
 * under `image_encoder`; batch norm is folded into its convolution.
 */
export function tinyVit(scope: Scope, pictures: Tensor, config: TinyVitConfig): TinyVitFeatures {
  const embedding = scope.at('patch_embed').at('seq');
  const half = ag.gelu(normedConvolution(embedding.at(0), pictures, config.channels / 2, 3, { stride: 2 }));
  let x = normedConvolution(embedding.at(2), half, config.channels, 3, { stride: 2 });
  const layers = scope.at('layers');
  for (let block = 0; block < config.blocks; block++)
    x = invertedBottleneck(layers.at(0).at('blocks').at(block), x);
  const ends = [x];
  config.stages.forEach((stage, index) => {
    const merging = layers.at(index).at('downsample');
    const blocks = layers.at(index + 1).at('blocks');
    let map = channelsLast(mergePatches(merging, ends[index]!, stage.channels, STAGE_STRIDES[index]!));
    for (let block = 0; block < stage.blocks; block++) map = attentionBlock(blocks.at(block), map, stage);
    ends.push(channelsFirst(map));
  });
  return { features: { 2: half, 4: ends[0]!, 8: ends[1]! }, last: ends[3]! };
}

/** MBConv (Sandler et al., 2018) with GELU: wider, depthwise, narrower, and the input added before the last GELU. */
function invertedBottleneck(scope: Scope, x: Tensor): Tensor {
  const channels = x.shape[1]!;
  const inside = EXPANSION * channels;
  const wide = ag.gelu(normedConvolution(scope.at('conv1'), x, inside, 1));
  const filtered = ag.gelu(normedConvolution(scope.at('conv2'), wide, inside, 3, { groups: inside }));
  return ag.gelu(ag.add(normedConvolution(scope.at('conv3'), filtered, channels, 1), x));
}

/** From one stage to the next: [n, c, h, w] to [n, channels, h / stride, w / stride]. */
function mergePatches(scope: Scope, x: Tensor, channels: number, stride: number): Tensor {
  const widened = ag.gelu(normedConvolution(scope.at('conv1'), x, channels, 1));
  const merged = ag.gelu(
    normedConvolution(scope.at('conv2'), widened, channels, 3, { stride, groups: channels }),
  );
  return normedConvolution(scope.at('conv3'), merged, channels, 1);
}

/** Attention in windows, a local convolution, which has no way round it, and a perceptron: x [n, h, w, channels]. */
function attentionBlock(scope: Scope, x: Tensor, { channels, heads, window }: AttentionStage): Tensor {
  const attended = ag.add(x, windowAttention(scope.at('attn'), x, heads, window));
  const local = channelsLast(
    normedConvolution(scope.at('local_conv'), channelsFirst(attended), channels, 3, { groups: channels }),
  );
  const perceptron = scope.at('mlp');
  const normed = nn.layerNorm(perceptron.at('norm'), local);
  const inner = ag.gelu(nn.linear(perceptron.at('fc1'), normed, EXPANSION * channels));
  return ag.add(local, nn.linear(perceptron.at('fc2'), inner, channels));
}

interface ConvolutionOptions {
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution `c` that keeps the sides but for its stride, and its batch norm `bn`. */
const normedConvolution = (
  scope: Scope,
  x: Tensor,
  channels: number,
  kernel: 1 | 3,
  options: ConvolutionOptions = {},
): Tensor =>
  nn.convolutionBatchNorm(scope.at('c'), scope.at('bn'), x, channels, kernel, {
    ...options,
    padding: (kernel - 1) / 2,
    epsilon: 1e-5,
  });

const channelsLast = (x: Tensor): Tensor => ag.transpose(x, [0, 2, 3, 1]);

const channelsFirst = (x: Tensor): Tensor => ag.transpose(x, [0, 3, 1, 2]);
