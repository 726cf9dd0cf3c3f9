import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import { paddingBias } from '../fusion/question-states.js';
import { multiHeadAttention } from './multi-head-attention.js';

/** Heads of the attention on the prompt and of that among the positions of the picture. */
const PROMPT_HEADS = 8;
const PICTURE_HEADS = 16;

/** The mask is resized from the embedding's side by this factor. */
const ENLARGEMENT = 16;

/**
 * The mask decoder that the published PRS-Med code runs (class PromptedMaskDecoder, mask_decoder_v5.py of the
 * repository huyquoctrinh/PRS-Med): the vision embedding [n, width, height, across] and the language model's last hidden
 * states [n, length, hidden] to mask logits [n, 1, 16 height, 16 across]. Released: width 256, 64 x 64, hidden 4096.
 * Parameter names are those of its `mask_decoder.pth`.
 * @param mask [n, length]: 1 for a token of the prompt, 0 for padding, which is not seen
 */
export function promptedMaskDecoder(scope: Scope, embedding: Tensor, prompt: Tensor, mask: Tensor): Tensor {
  const [n, width, height, across] = embedding.shape as [number, number, number, number];
  const picture = ag.transpose(ag.reshape(embedding, [n, width, height * across]), [0, 2, 1]);
  const read = nn.layerNorm(
    scope.at('prompt_norm'),
    projectPrompt(scope.at('prompt_projection'), prompt, width),
  );
  const normed = nn.layerNorm(scope.at('image_norm'), picture);
  const prompted = multiHeadAttention(scope.at('attn'), normed, read, PROMPT_HEADS, paddingBias(mask));
  const joined = nn.layerNorm(scope.at('norm1'), ag.add(prompted, normed));
  const fused = feedForward(scope.at('ffn'), encoderLayer(scope.at('encoder_layer'), joined));
  // The skip takes the embedding as it came, not as it was normalised.
  let x = ag.add(ag.reshape(ag.transpose(fused, [0, 2, 1]), embedding.shape), embedding);
  [width, width / 2, width / 4].forEach((channels, index) => {
    x = maskBlock(scope.at('mask_generation').at(index), x, channels);
  });
  const coarse = nn.convolution(scope.at('out_dec'), x, 1, 1);
  return ag.resizeBilinear(coarse, ENLARGEMENT * height, ENLARGEMENT * across, true);
}

/** Hidden states [n, length, hidden] to [n, length, width], by way of twice that width. */
function projectPrompt(scope: Scope, prompt: Tensor, width: number): Tensor {
  const inner = ag.relu(nn.layerNorm(scope.at(1), nn.linear(scope.at(0), prompt, 2 * width)));
  return ag.relu(nn.layerNorm(scope.at(4), nn.linear(scope.at(3), inner, width)));
}

/** PyTorch's `TransformerEncoderLayer` with its defaults: a norm after each sum, a rectifier. x [n, positions, width]. */
function encoderLayer(scope: Scope, x: Tensor): Tensor {
  const width = x.shape[2]!;
  const seen = multiHeadAttention(scope.at('self_attn'), x, x, PICTURE_HEADS);
  const attended = nn.layerNorm(scope.at('norm1'), ag.add(x, seen));
  const inner = ag.relu(nn.linear(scope.at('linear1'), attended, 2 * width));
  return nn.layerNorm(scope.at('norm2'), ag.add(attended, nn.linear(scope.at('linear2'), inner, width)));
}

/** The skip of this feed-forward part lies between its layers. x [n, positions, width]. */
function feedForward(scope: Scope, x: Tensor): Tensor {
  const width = x.shape[2]!;
  const inner = ag.add(ag.relu(nn.linear(scope.at('fc1'), x, width)), x);
  const outer = nn.layerNorm(scope.at('norm'), ag.relu(nn.linear(scope.at('fc2'), inner, width)));
  // The file has a second norm, which the published code never uses: asked for, so that names map one to one.
  for (const name of ['weight', 'bias']) scope.at('norm1').parameter(name, [width]);
  return outer;
}

/** Three convolutions at one size, with a skip over the first: [n, c, height, width] to [n, channels, height, width]. */
function maskBlock(scope: Scope, x: Tensor, channels: number): Tensor {
  const first = nn.convolution(scope.at('conv1'), x, x.shape[1]!, 3, { padding: 1 });
  const kept = ag.add(ag.relu(instanceNorm(scope.at('bn1'), first)), x);
  // A border of one pixel is added here and eaten by the next kernel; the norm between them counts it.
  const second = nn.convolution(scope.at('conv2'), kept, channels, 1, { padding: 1 });
  return nn.convolution(scope.at('conv3'), instanceNorm(scope.at('bn2'), second), channels, 3);
}

/** Each channel is a group of its own. */
const instanceNorm = (scope: Scope, x: Tensor): Tensor => nn.groupNorm(scope, x, x.shape[1]!);
