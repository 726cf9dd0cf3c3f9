import type { ParameterGroup, Shape, Tensor, TrainingGraph } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import {
  ASKED,
  describeMask,
  encodePicture,
  type LlamaInputs,
  llamaSegment,
  maskProbabilities,
  type Preset,
  paddingBias,
  predictMask,
  REGION_TOKENS,
} from '@prs-med/model';
import { listParameters, rootScope, type Scope } from '@prs-med/nn';
import type { PromptLayout } from './conversation.js';
import { llamaSequence } from './llama-sequence.js';
import { llavaSequence, tokensBeforeQuestion } from './llava-sequence.js';
import { LOSS_WEIGHTS, maskLoss } from './losses.js';
import type { Sequence } from './sequence.js';

/**
 * Stage 1 trains all that makes the mask, with the language model frozen: no gradient passes through it, which makes a
 * step three times cheaper. Stage 2 trains all, the language model through LoRA.
 */
export type Stage = 1 | 2;

/** Sizes of a batch, padding included. */
export interface BatchShape {
  readonly samples: number;
  readonly questionTokens: number;
  /** Tokens of the answer with its end token. */
  readonly answerTokens: number;
}

/** Feeds of a step: name to what it holds. Stage 1 takes those of the mask alone. */
export type StageInputs = Readonly<Record<string, Tensor>>;

function buildInputs(preset: Preset, batch: BatchShape, stage: Stage): StageInputs {
  const { samples, questionTokens, answerTokens } = batch;
  const { size } = preset.image;
  const towerSize = preset.language.kind === 'llava' ? preset.language.vision.imageSize : undefined;
  return {
    pictures: ag.input('pictures', [samples, 3, size, size]),
    ...(towerSize !== undefined && {
      towerPictures: ag.input('towerPictures', [samples, 3, towerSize, towerSize]),
    }),
    masks: ag.input('masks', [samples, 1, size, size]),
    present: ag.input('present', [samples]),
    asked: ag.input('asked', [samples, ASKED.length]),
    questionIds: ag.input('questionIds', [samples, questionTokens], 'int64'),
    questionMask: ag.input('questionMask', [samples, questionTokens]),
    ...(stage === 2 && {
      // 1 where the language model is told of the true mask, 0 where of the predicted one.
      showTruth: ag.input('showTruth', [samples]),
      answerIds: ag.input('answerIds', [samples, answerTokens - 1], 'int64'),
      labels: ag.input('labels', [samples, answerTokens], 'int64'),
    }),
  };
}

/**
 * The whole model as training sees it. One pass over the prompt gives the hidden states that the fusion reads; the mask
 * and the answer come after it in the sequence, so neither of them can reach the mask.
 */
export function buildTraining(
  scope: Scope,
  preset: Preset,
  batch: BatchShape,
  stage: Stage,
  layout: PromptLayout,
): {
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
} {
  const { samples, answerTokens } = batch;
  const inputs = buildInputs(preset, batch, stage);
  const language = scope.at('language');
  const { lora } = preset.language;
  const adapted = stage === 2 ? lora : undefined;

  const sequence = sequenceOf(scope, preset, inputs, layout);
  const { prompt, promptMask } = sequence;
  const length = prompt.shape[1]!;
  const asking = llamaSegment(
    language,
    {
      embeddings: prompt,
      positions: positionsFrom(undefined, samples, length),
      bias: ag.reshape(ag.causalBias(length, length), [1, 1, length, length]),
    },
    preset.language,
    adapted,
  );
  const question = {
    states: preset.fusion.layersRead.map((layer) => asking.states[layer]!),
    mask: promptMask,
  };
  const picture = encodePicture(scope, inputs.pictures!, preset);
  const prediction = predictMask(scope, picture, question, preset);
  const truth = { masks: inputs.masks!, present: inputs.present!, asked: inputs.asked! };
  const mask = maskLoss(prediction, truth);
  const outputs = {
    promptStates: asking.states[preset.language.layers]!,
    logits: prediction.logits,
    presence: prediction.presence,
    asked: prediction.asked,
  };
  if (stage === 1) return { ...mask, outputs };

  const show = ag.reshape(inputs.showTruth!, [samples, 1, 1, 1]);
  const predicted = maskProbabilities(prediction);
  const shown = ag.add(predicted, ag.multiply(show, ag.subtract(inputs.masks!, predicted)));
  const before = sequence.beforeRegions(picture);
  const regionTokens = describeMask(scope, shown, picture, preset);
  const words = sequence.embed(inputs.answerIds!);
  const later = ag.concatenate([...before, regionTokens, ...sequence.beforeAnswer, words], 1);
  const answering = llamaSegment(
    language,
    { embeddings: later, past: asking.cache, ...afterPrompt(promptMask, later.shape[1]!) },
    preset.language,
    lora,
  );
  const last = answering.states[preset.language.layers]!;
  // The token before each answer token predicts it.
  const predicting = ag.slice(last, 1, last.shape[1]! - answerTokens, last.shape[1]!);
  const logits = sequence.logits(predicting);
  const answer = ag.crossEntropy(logits, inputs.labels!);
  return {
    loss: ag.add(mask.loss, ag.multiply(answer, LOSS_WEIGHTS.answer)),
    metrics: { ...mask.metrics, answer },
    outputs: { ...outputs, shown, regionTokens, answerLogits: logits },
  };
}

function sequenceOf(scope: Scope, preset: Preset, inputs: StageInputs, layout: PromptLayout): Sequence {
  const words = { questionIds: inputs.questionIds!, questionMask: inputs.questionMask! };
  return preset.language.kind === 'llava'
    ? llavaSequence(scope, preset, { ...words, towerPictures: inputs.towerPictures! }, layout)
    : llamaSequence(scope, preset, words, layout);
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

/** Tokens of a prompt, its padding included. */
export const promptLength = (
  preset: Preset,
  { questionTokens }: Pick<BatchShape, 'questionTokens'>,
  layout: PromptLayout,
): number => tokensBeforeQuestion(preset, layout) + questionTokens;

/** Tokens of a sample in stage 2: picture, question, mask, suffix and answer. */
export const sequenceLength = (preset: Preset, batch: BatchShape, layout: PromptLayout): number =>
  layout.openingIds.length +
  batch.questionTokens +
  preset.language.visualTokensSide ** 2 +
  REGION_TOKENS +
  layout.suffixIds.length +
  batch.answerTokens -
  1;

const ANY_BATCH: BatchShape = { samples: 1, questionTokens: 2, answerTokens: 2 };

/** Names and shapes of all parameters of a preset, the frozen ones and those of the base language model included. */
export const allParameters = (preset: Preset): Map<string, Shape> =>
  listParameters((scope) => {
    buildTraining(scope, preset, ANY_BATCH, 2, { openingIds: [0], suffixIds: [0] });
  });

/** Parameters that belong to the base language model and the tower that it sees by, which never change. */
export const isBaseLanguage = (name: string): boolean =>
  name.startsWith('vision_tower.') || (name.startsWith('language.') && !name.includes('.lora_'));

/** Statistics of batch norm, kept as they were learnt on ImageNet. */
const isStatistic = (name: string): boolean => /\.running_(mean|var)$/.test(name);

/** Parameters that a stage trains, in groups that have learning rates of their own. */
export function parameterGroups(preset: Preset, stage: Stage): ParameterGroup[] {
  const names = { vision: [] as Named[], lora: [] as Named[], fusion: [] as Named[] };
  for (const [name, shape] of allParameters(preset)) {
    if (isBaseLanguage(name) || isStatistic(name)) continue;
    if (name.startsWith('vision_encoder.')) names.vision.push({ name, shape });
    else if (name.startsWith('language.')) names.lora.push({ name, shape });
    else if (stage === 2 || !/^((mm_)?projector|regions)\./.test(name)) names.fusion.push({ name, shape });
  }
  const vision = { name: 'vision', parameters: names.vision, weightDecay: 0.01 };
  const lora = { name: 'lora', parameters: names.lora };
  const fusion = { name: 'fusion', parameters: names.fusion, weightDecay: 0.01 };
  return stage === 1 ? [vision, fusion] : [vision, lora, fusion];
}

interface Named {
  readonly name: string;
  readonly shape: Shape;
}

/** One training step of a stage as a graph. `values` gives every parameter that the stage does not train. */
export function stageGraph(
  preset: Preset,
  batch: BatchShape,
  stage: Stage,
  layout: PromptLayout,
  values: ReadonlyMap<string, Float32Array>,
  groups: readonly ParameterGroup[] = parameterGroups(preset, stage),
): TrainingGraph {
  return ag.trainingGraph(groups, (parameters) =>
    buildTraining(frozenScope(parameters, values), preset, batch, stage, layout),
  );
}

/** A scope over trained tensors and, for all others, constants. Throws an Error for one that nobody has. */
export const frozenScope = (
  trained: ReadonlyMap<string, Tensor>,
  values: ReadonlyMap<string, Float32Array>,
): Scope =>
  rootScope((name, shape) => {
    const tensor = trained.get(name);
    if (tensor !== undefined) return tensor;
    const data = values.get(name);
    if (data === undefined) throw new Error(`no values for parameter ${name}`);
    return ag.constant(data, shape);
  });
