import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';

/** Shape of a CLIP vision tower (Radford et al., 2021). */
export interface ClipVisionConfig {
  /** Side of the square picture, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: 'quick_gelu' | 'gelu';
  readonly normEpsilon: number;
}

/** ViT-L/14 at 336 pixels, `openai/clip-vit-large-patch14-336`: the tower of LLaVA 1.5 and LLaVA-Med 1.5. */
export const clipVitLarge14At336: ClipVisionConfig = {
  imageSize: 336,
  patchSize: 14,
  hidden: 1024,
  intermediate: 4096,
  layers: 24,
  heads: 16,
  activation: 'quick_gelu',
  normEpsilon: 1e-5,
};

/** Mean and standard deviation, by colour channel, of pictures in 0..1 that CLIP was trained with (Radford et al., 2021). */
export const clipNormalization = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** Patches of a picture, and so its visual tokens. */
export const patchCount = (config: ClipVisionConfig): number => (config.imageSize / config.patchSize) ** 2;

/**
 * Patch features after the first `layers` layers, without the class token and without the tower's last norm: pictures
 * [n, 3, size, size], normalised, to [n, patches, hidden], row by row. LLaVA 1.5 takes all layers but the last.
 * Parameter names are those of Hugging Face's `vision_model`.
 */
export function clipPatchFeatures(
  scope: Scope,
  pictures: Tensor,
  config: ClipVisionConfig,
  layers: number,
): Tensor {
  let x = clipEmbeddings(scope, pictures, config);
  for (let layer = 0; layer < layers; layer++)
    x = clipLayer(scope.at('encoder').at('layers').at(layer), x, config);
  return ag.slice(x, 1, 1, x.shape[1]!);
}

/** What the first layer reads, [n, 1 + patches, hidden]: the class token, then a token a patch, with their places, normed. */
export function clipEmbeddings(scope: Scope, pictures: Tensor, config: ClipVisionConfig): Tensor {
  const { hidden, patchSize } = config;
  const own = scope.at('embeddings');
  const n = pictures.shape[0]!;
  const count = patchCount(config);
  const filtered = nn.convolution(own.at('patch_embedding'), pictures, hidden, patchSize, {
    stride: patchSize,
    bias: false,
  });
  const patches = ag.transpose(ag.reshape(filtered, [n, hidden, count]), [0, 2, 1]);
  const classToken = ag.reshape(own.parameter('class_embedding', [hidden]), [1, 1, hidden]);
  const tokens = ag.concatenate([ag.expand(classToken, [n, 1, hidden]), patches], 1);
  const placed = ag.add(tokens, own.at('position_embedding').parameter('weight', [count + 1, hidden]));
  // The checkpoints spell it so.
  return nn.layerNorm(scope.at('pre_layrnorm'), placed, config.normEpsilon);
}

/** One layer: x [n, 1 + patches, hidden] to the same shape. */
export function clipLayer(scope: Scope, x: Tensor, config: ClipVisionConfig): Tensor {
  const { hidden, normEpsilon } = config;
  const normed = nn.layerNorm(scope.at('layer_norm1'), x, normEpsilon);
  const attended = ag.add(x, selfAttention(scope.at('self_attn'), normed, config.heads));
  const mlp = scope.at('mlp');
  const inner = nn.linear(
    mlp.at('fc1'),
    nn.layerNorm(scope.at('layer_norm2'), attended, normEpsilon),
    config.intermediate,
  );
  const activated = config.activation === 'gelu' ? ag.gelu(inner) : ag.quickGelu(inner);
  return ag.add(attended, nn.linear(mlp.at('fc2'), activated, hidden));
}

/** Every token sees every other: x [n, tokens, hidden]. */
function selfAttention(scope: Scope, x: Tensor, heads: number): Tensor {
  const [n, tokens, hidden] = x.shape as [number, number, number];
  const split = (name: string): Tensor => {
    const flat = nn.linear(scope.at(name), x, hidden);
    return ag.transpose(ag.reshape(flat, [n, tokens, heads, hidden / heads]), [0, 2, 1, 3]);
  };
  const seen = ag.attention(split('q_proj'), split('k_proj'), split('v_proj'));
  return nn.linear(scope.at('out_proj'), ag.reshape(ag.transpose(seen, [0, 2, 1, 3]), x.shape), hidden);
}
