import type { PartGraph, TensorValue, Values } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { type EncodedPicture, finalNorm, LANGUAGE_SCOPE, type Preset } from '@prs-med/model';
import { rootScope, type Scope } from '@prs-med/nn';
import type { PromptLayout } from '../conversation.js';
import { beginPass, continuePass, findMask, judgeAnswer, type SegmentInputs, showBatch } from '../passes.js';
import { type BatchShape, type Stage, stageInputs } from '../stages.js';

/** Names of what passes between the parts. */
export const PROMPT = 'prompt';
export const LATER = 'later';
export const ANSWER_STATES = 'answer states';
export const stateName = (layer: number): string => `states ${layer}`;
const STRIDES = [2, 4, 8] as const;
const featureName = (stride: number): string => `stride ${stride}`;
const EMBEDDING = 'embedding';
export const METRIC = 'metric.';

/** The tokens of a segment among a part's outputs. */
export const segmentOf = (values: Values, name: string): Record<keyof SegmentInputs, TensorValue> => ({
  embeddings: values[name]!,
  positions: values[`${name} positions`]!,
  bias: values[`${name} bias`]!,
});

const segmentOutputs = (name: string, { embeddings, positions, bias }: SegmentInputs) => ({
  [name]: embeddings,
  [`${name} positions`]: positions,
  [`${name} bias`]: bias,
});

export interface PartGraphs {
  readonly opening: PartGraph;
  readonly mask: PartGraph;
  readonly answer: PartGraph | undefined;
  readonly promptTokens: number;
  readonly laterTokens: number;
}

/** The parts before, between and after the passes through the language model. `trained` names what gradients are wanted for. */
export function partGraphs(
  preset: Preset,
  stage: Stage,
  shape: BatchShape,
  layout: PromptLayout,
  trained: ReadonlySet<string>,
): PartGraphs {
  const inputs = stageInputs(preset, shape, stage);
  const { hidden, layers } = preset.language;
  const { layersRead } = preset.fusion;

  const ahead = inputScope();
  const sequence = showBatch(ahead.scope, preset, inputs, layout);
  const begun = beginPass(ahead.scope, preset, inputs, sequence);
  const promptTokens = begun.prompt.embeddings.shape[1]!;

  const between = inputScope();
  const picture = pictureInputs(begun.picture);
  const read = new Map(
    layersRead.map((layer) => [layer, ag.input(stateName(layer), [shape.samples, promptTokens, hidden])]),
  );
  const language = between.scope.at(LANGUAGE_SCOPE);
  const states = layersRead.map((layer) =>
    layer === layers ? finalNorm(language, read.get(layer)!, preset.language) : read.get(layer)!,
  );
  const shown = showBatch(between.scope, preset, inputs, layout);
  const found = findMask(between.scope, preset, inputs, picture, states, shown.promptMask);
  const later =
    stage === 1
      ? undefined
      : continuePass(between.scope, preset, inputs, picture, found.prediction, shown).later;
  const metrics = Object.entries(found.metrics).map(([name, value]) => [METRIC + name, value]);
  const mask: PartGraph = {
    outputs: {
      loss: found.loss,
      ...Object.fromEntries(metrics),
      ...(later && segmentOutputs(LATER, later)),
    },
    from: later ? ['loss', LATER] : ['loss'],
    wanted: {
      ...between.chosen(trained),
      ...picturesByName(picture),
      // Stage 1 passes no gradient through the language model.
      ...(stage === 2 && Object.fromEntries([...read].map(([layer, value]) => [stateName(layer), value]))),
    },
  };

  const taken = new Set(ag.compile(mask.outputs).inputs.map(({ name }) => name));
  const pictures = Object.entries(picturesByName(begun.picture)).filter(([name]) => taken.has(name));
  const opening: PartGraph = {
    outputs: { ...segmentOutputs(PROMPT, begun.prompt), ...Object.fromEntries(pictures) },
    from: [...pictures.map(([name]) => name), ...(stage === 2 ? [PROMPT] : [])],
    wanted: ahead.chosen(trained),
  };
  const laterTokens = later?.embeddings.shape[1] ?? 0;
  return { opening, mask, answer: later && answerGraph(), promptTokens, laterTokens };

  function answerGraph(): PartGraph {
    const after = inputScope();
    const last = ag.input(ANSWER_STATES, [shape.samples, laterTokens, hidden]);
    const normed = finalNorm(after.scope.at(LANGUAGE_SCOPE), last, preset.language);
    const judged = judgeAnswer(inputs, normed, showBatch(after.scope, preset, inputs, layout));
    return {
      outputs: { loss: judged.loss, answer: judged.answer },
      from: ['loss'],
      wanted: { [ANSWER_STATES]: last },
    };
  }
}

const picturesByName = ({ features, embedding }: EncodedPicture): Record<string, ag.Tensor> => ({
  ...Object.fromEntries(STRIDES.map((stride) => [featureName(stride), features[stride]])),
  [EMBEDDING]: embedding,
});

function pictureInputs({ features, embedding }: EncodedPicture): EncodedPicture {
  const feature = (stride: (typeof STRIDES)[number]) => ag.input(featureName(stride), features[stride].shape);
  return {
    features: { 2: feature(2), 4: feature(4), 8: feature(8) },
    embedding: ag.input(EMBEDDING, embedding.shape),
  };
}

/** A scope whose parameters are inputs. */
function inputScope(): {
  readonly scope: Scope;
  /** Those of the given names. */
  chosen(names: ReadonlySet<string>): Record<string, ag.Tensor>;
} {
  const found = new Map<string, ag.Tensor>();
  const scope = rootScope((name, shape) => {
    const tensor = found.get(name) ?? ag.input(name, shape);
    found.set(name, tensor);
    return tensor;
  });
  return { scope, chosen: (names) => Object.fromEntries([...found].filter(([name]) => names.has(name))) };
}
