import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import {
  describeMask,
  type EncodedPicture,
  encodePicture,
  type LlamaInputs,
  type MaskPrediction,
  maskProbabilities,
  type Preset,
  paddingBias,
  predictMask,
} from '@prs-med/model';
import type { Scope } from '@prs-med/nn';
import type { PromptLayout } from './conversation.js';
import { llamaSequence } from './llama-sequence.js';
import { llavaSequence } from './llava-sequence.js';
import { LOSS_WEIGHTS, maskLoss } from './losses.js';
import type { Sequence } from './sequence.js';

// The steps of a pass through the model, in their order. The language model stands between them: it reads the prompt
// before the mask is found, and what follows the prompt before the answer is judged.

/** Feeds of a step: name to what it holds. Stage 1 takes those of the mask alone. */
export type StageInputs = Readonly<Record<string, Tensor>>;

/** Tokens for the language model to read. */
export type SegmentInputs = Pick<LlamaInputs, 'embeddings' | 'positions' | 'bias'>;

/** How a batch is shown to the preset's language model. */
export function showBatch(
  scope: Scope,
  preset: Preset,
  { questionIds, questionMask, towerPictures }: StageInputs,
  layout: PromptLayout,
): Sequence {
  const words = { questionIds: questionIds!, questionMask: questionMask! };
  return preset.language.kind === 'llava'
    ? llavaSequence(scope, preset, { ...words, towerPictures: towerPictures! }, layout)
    : llamaSequence(scope, preset, words, layout);
}

/** The picture through the vision encoder, and the prompt's tokens. */
export function beginPass(
  scope: Scope,
  preset: Preset,
  inputs: StageInputs,
  sequence: Sequence,
): { readonly picture: EncodedPicture; readonly prompt: SegmentInputs } {
  const { prompt } = sequence;
  const [samples, length] = prompt.shape as [number, number];
  const bias = ag.reshape(ag.causalBias(length, length), [1, 1, length, length]);
  return {
    picture: encodePicture(scope, inputs.pictures!, preset),
    prompt: {
      embeddings: prompt,
      positions: positionsFrom(undefined, samples, length),
      bias: ag.expand(bias, [samples, 1, length, length]),
    },
  };
}

/** The mask that picture and prompt give, and its loss. `states` are those of the layers that the fusion reads. */
export function findMask(
  scope: Scope,
  preset: Preset,
  inputs: StageInputs,
  picture: EncodedPicture,
  states: readonly Tensor[],
  promptMask: Tensor,
): {
  readonly prediction: MaskPrediction;
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
} {
  const prediction = predictMask(scope, picture, { states, mask: promptMask }, preset);
  const truth = { masks: inputs.masks!, present: inputs.present!, asked: inputs.asked! };
  return { prediction, ...maskLoss(prediction, truth) };
}

/** What comes after the prompt: the mask that is shown, the true one or the predicted one, and the answer. */
export function continuePass(
  scope: Scope,
  preset: Preset,
  inputs: StageInputs,
  picture: EncodedPicture,
  prediction: MaskPrediction,
  sequence: Sequence,
): { readonly shown: Tensor; readonly regionTokens: Tensor; readonly later: SegmentInputs } {
  const { promptMask } = sequence;
  const show = ag.reshape(inputs.showTruth!, [promptMask.shape[0]!, 1, 1, 1]);
  const predicted = maskProbabilities(prediction);
  const shown = ag.add(predicted, ag.multiply(show, ag.subtract(inputs.masks!, predicted)));
  const before = sequence.beforeRegions(picture);
  const regionTokens = describeMask(scope, shown, picture, preset);
  const words = sequence.embed(inputs.answerIds!);
  const embeddings = ag.concatenate([...before, regionTokens, ...sequence.beforeAnswer, words], 1);
  const later = { embeddings, ...afterPrompt(promptMask, embeddings.shape[1]!) };
  return { shown, regionTokens, later };
}

/** Cross-entropy of the answer, from the last states of what comes after the prompt, and its share of the loss. */
export function judgeAnswer(
  inputs: StageInputs,
  states: Tensor,
  { logits: toLogits }: Pick<Sequence, 'logits'>,
): { readonly logits: Tensor; readonly answer: Tensor; readonly loss: Tensor } {
  const labels = inputs.labels!;
  const length = states.shape[1]!;
  // The token before each answer token predicts it.
  const logits = toLogits(ag.slice(states, 1, length - labels.shape[1]!, length));
  const answer = ag.crossEntropy(logits, labels);
  return { logits, answer, loss: ag.multiply(answer, LOSS_WEIGHTS.answer) };
}

/** int64 [samples, length]: 0, 1, 2, … or, after a prompt, from its own length on. */
function positionsFrom(lengths: Tensor | undefined, samples: number, length: number): Tensor {
  const places = ag.constant(
    Float32Array.from({ length }, (_, i) => i),
    [1, length],
  );
  const shifted = lengths === undefined ? places : ag.add(places, lengths);
  return ag.cast(ag.expand(shifted, [samples, length]), 'int64');
}

/** Where the tokens after the prompt stand, and what they see: the prompt without its padding, and each other. */
function afterPrompt(promptMask: Tensor, length: number): Pick<LlamaInputs, 'positions' | 'bias'> {
  const [samples, promptTokens] = promptMask.shape as [number, number];
  const lengths = ag.sum(promptMask, { axes: [1], keepDimensions: true });
  const onPrompt = ag.expand(paddingBias(promptMask), [samples, 1, length, promptTokens]);
  const causal = ag.reshape(ag.causalBias(length, length), [1, 1, length, length]);
  const onEachOther = ag.expand(causal, [samples, 1, length, length]);
  return {
    positions: positionsFrom(lengths, samples, length),
    bias: ag.concatenate([onPrompt, onEachOther], 3),
  };
}
