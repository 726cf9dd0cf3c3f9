import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { type LoraOptions, listParameters, type Scope } from '@prs-med/nn';
import { type LlamaInputs, llama, untiedLogits } from '../language/llama.js';
import { clipPatchFeatures, patchCount } from './clip-vision.js';
import type { LlavaConfig } from './config.js';
import { mlpProjector } from './projector.js';

export interface LlavaInputs extends Pick<LlamaInputs, 'positions' | 'bias'> {
  /** Normalised pictures [n, 3, size, size]. */
  readonly pictures: Tensor;
  /** int64 [n, tokens]: the ids of each sample without its image token. */
  readonly ids: Tensor;
  /** How many ids come before the picture; the same in every sample, as a conversation's opening is. */
  readonly idsBeforePicture: number;
}

export interface LlavaOutputs {
  /** Before the first layer and after each, [n, visual tokens + tokens, hidden]; the last is after the final norm. */
  readonly states: readonly Tensor[];
  /** [n, visual tokens + tokens, vocabulary]. */
  readonly logits: Tensor;
}

/**
 * LLaVA 1.5 (Liu et al., 2023), of which LLaVA-Med 1.5 is one: the picture's projected patches stand among the tokens'
 * embeddings where the image token stood, and the language model reads both. `positions` and `bias` count the joined
 * sequence. Parameters are named as `names.ts` has it. LoRA on q, k, v, o of the language model.
 */
export function llava(
  scope: Scope,
  inputs: LlavaInputs,
  config: LlavaConfig,
  lora?: LoraOptions,
): LlavaOutputs {
  const { pictures, ids, idsBeforePicture, positions, bias } = inputs;
  const { language } = config;
  const table = scope
    .at('model')
    .at('embed_tokens')
    .parameter('weight', [language.vocabulary, language.hidden]);
  const words = ag.embedding(table, ids);
  const embeddings = ag.concatenate(
    [
      ag.slice(words, 1, 0, idsBeforePicture),
      visualTokens(scope, pictures, config),
      ag.slice(words, 1, idsBeforePicture, ids.shape[1]!),
    ],
    1,
  );
  const states = llama(scope, { embeddings, positions, bias }, language, lora);
  return { states, logits: untiedLogits(scope, states.at(-1)!, language) };
}

/** A picture as the language model sees it: [n, 3, size, size] to [n, patches, hidden of the language model]. */
export function visualTokens(scope: Scope, pictures: Tensor, config: LlavaConfig): Tensor {
  const tower = scope.at('vision_tower').at('vision_model');
  const features = clipPatchFeatures(tower, pictures, config.vision, config.visionLayers);
  return mlpProjector(scope.at('mm_projector'), features, config.language.hidden);
}

/** Every tensor of the model with its shape, in the model's order, by its name here: found by building it once. */
export function llavaShapes(config: LlavaConfig): Map<string, ag.Shape> {
  const { imageSize } = config.vision;
  const length = patchCount(config.vision) + 2;
  const inputs = {
    pictures: ag.input('pictures', [1, 3, imageSize, imageSize]),
    ids: ag.input('ids', [1, 2], 'int64'),
    idsBeforePicture: 1,
    positions: ag.input('positions', [1, length], 'int64'),
    bias: ag.input('bias', [1, 1, length, length]),
  };
  return listParameters((scope) => llava(scope, inputs, config));
}
