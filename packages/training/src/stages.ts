import type { ParameterGroup, Shape, Tensor, TrainingGraph } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { ASKED, LANGUAGE_SCOPE, llamaSegment, type Preset, REGION_TOKENS } from '@prs-med/model';
import { listParameters, rootScope, type Scope } from '@prs-med/nn';
import type { PromptLayout } from './conversation.js';
import { tokensBeforeQuestion } from './llava-sequence.js';
import { beginPass, continuePass, findMask, judgeAnswer, type StageInputs, showBatch } from './passes.js';

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

/** What a step of a stage takes, by name. */
export function stageInputs(preset: Preset, batch: BatchShape, stage: Stage): StageInputs {
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
  const inputs = stageInputs(preset, batch, stage);
  const language = scope.at(LANGUAGE_SCOPE);
  const { lora, layers } = preset.language;
  const sequence = showBatch(scope, preset, inputs, layout);
  const { picture, prompt } = beginPass(scope, preset, inputs, sequence);
  const asking = llamaSegment(language, prompt, preset.language, stage === 2 ? lora : undefined);
  const states = preset.fusion.layersRead.map((layer) => asking.states[layer]!);
  const found = findMask(scope, preset, inputs, picture, states, sequence.promptMask);
  const { prediction, loss, metrics } = found;
  const promptStates = asking.states[layers]!;
  const outputs = { promptStates, ...prediction };
  if (stage === 1) return { loss, metrics, outputs };
  const { shown, regionTokens, later } = continuePass(scope, preset, inputs, picture, prediction, sequence);
  const answering = llamaSegment(language, { ...later, past: asking.cache }, preset.language, lora);
  const judged = judgeAnswer(inputs, answering.states[layers]!, sequence);
  return {
    loss: ag.add(loss, judged.loss),
    metrics: { ...metrics, answer: judged.answer },
    outputs: { ...outputs, shown, regionTokens, answerLogits: judged.logits },
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

/**
 * Parameters that a stage trains, in groups that have learning rates of their own; a group that is left without any is
 * not given.
 * @param frozen patterns of names to leave as they are, in which `*` stands for any text
 */
export function parameterGroups(
  preset: Preset,
  stage: Stage,
  frozen: readonly string[] = [],
): ParameterGroup[] {
  const isFrozen = matcher(frozen);
  const names = { vision: [] as Named[], lora: [] as Named[], fusion: [] as Named[] };
  for (const [name, shape] of allParameters(preset)) {
    if (isBaseLanguage(name) || isStatistic(name) || isFrozen(name)) continue;
    if (name.startsWith('vision_encoder.')) names.vision.push({ name, shape });
    else if (name.startsWith('language.')) names.lora.push({ name, shape });
    else if (stage === 2 || !/^((mm_)?projector|regions)\./.test(name)) names.fusion.push({ name, shape });
  }
  const vision = { name: 'vision', parameters: names.vision, weightDecay: 0.01 };
  const lora = { name: 'lora', parameters: names.lora };
  const fusion = { name: 'fusion', parameters: names.fusion, weightDecay: 0.01 };
  const groups: ParameterGroup[] = stage === 1 ? [vision, fusion] : [vision, lora, fusion];
  return groups.filter(({ parameters }) => parameters.length > 0);
}

/** Whether a name is like one of the patterns, in which `*` stands for any text. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split('*').map(escapeForRegExp).join('.*')}$`),
  );
  return (name) => expressions.some((expression) => expression.test(name));
}

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Patterns that freeze nothing, as no stage trains a parameter with such a name. */
export function idlePatterns(preset: Preset, stages: readonly Stage[], frozen: readonly string[]): string[] {
  const names = stages.flatMap((stage) =>
    parameterGroups(preset, stage).flatMap(({ parameters }) => parameters.map(({ name }) => name)),
  );
  return frozen.filter((pattern) => !names.some(matcher([pattern])));
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
