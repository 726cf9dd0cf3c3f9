import type {
  ParameterGroup,
  Runtime,
  SessionOptions,
  StepResult,
  TensorValue,
  Values,
} from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { type EncodedPicture, finalNorm, LANGUAGE_SCOPE, type Preset } from '@prs-med/model';
import { rootScope, type Scope } from '@prs-med/nn';
import type { PromptLayout } from '../conversation.js';
import { beginPass, continuePass, findMask, judgeAnswer, type SegmentInputs, showBatch } from '../passes.js';
import { type BatchShape, type Stage, stageInputs } from '../stages.js';
import { LayeredSegment, type ReadLayer, type SegmentOutputs } from './layered-segment.js';

/** What a step is made of. */
export interface LayeredSetup {
  readonly preset: Preset;
  readonly stage: Stage;
  readonly shape: BatchShape;
  readonly layout: PromptLayout;
  readonly groups: readonly ParameterGroup[];
  /** Every parameter by the name of the whole model, but those that `readLayer` gives. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly readLayer: ReadLayer;
}

/** What both kinds of trainer do. */
export type StageTrainer = Pick<ag.Trainer, 'step' | 'parameters' | 'counts' | 'save' | 'restore' | 'close'>;

/** Names of what passes between the parts. */
const PROMPT = 'prompt';
const LATER = 'later';
const ANSWER_STATES = 'answer states';
const stateName = (layer: number): string => `states ${layer}`;
const STRIDES = [2, 4, 8] as const;
const featureName = (stride: number): string => `stride ${stride}`;
const EMBEDDING = 'embedding';
const METRIC = 'metric.';
const gradientName = (parameter: string): string => `gradient of ${parameter}`;

const ONE: TensorValue = { type: 'float32', shape: [], data: Float32Array.of(1) };

interface Parts {
  readonly opening: ag.RecomputedPart;
  readonly mask: ag.RecomputedPart;
  readonly asking: LayeredSegment;
  /** Stage 2 alone. */
  readonly answering: LayeredSegment | undefined;
  readonly answer: ag.RecomputedPart | undefined;
  readonly optimizer: ag.Trainer;
}

/**
 * The step of `stageGraph` in parts, for a language model that is too large to be in memory as float32: its layers are
 * passed through one at a time, and what lies before, between and after them are parts of their own. The optimiser takes
 * the gradients of all, so that clipping and update are the same.
 */
export class LayeredTrainer implements StageTrainer {
  private constructor(
    private readonly setup: LayeredSetup,
    private readonly parts: Parts,
  ) {}

  /** Throws an Error that lists trained parameters without values. */
  static async create(
    setup: LayeredSetup,
    runtime: Runtime,
    session: SessionOptions = {},
  ): Promise<LayeredTrainer> {
    const { preset, stage, groups, values, readLayer } = setup;
    const graphs = partGraphs(setup);
    const open = (graph: ag.PartGraph) => ag.RecomputedPart.open(graph, runtime, session);
    const segment = (length: number, past: number) =>
      LayeredSegment.open(
        preset.language,
        preset.language.lora,
        { samples: setup.shape.samples, length, past, gradients: stage === 2 },
        readLayer,
        runtime,
        session,
      );
    const { promptTokens, laterTokens } = graphs;
    const parts = {
      opening: await open(graphs.opening),
      mask: await open(graphs.mask),
      asking: await segment(promptTokens, 0),
      answering: stage === 2 ? await segment(laterTokens, promptTokens) : undefined,
      answer: graphs.answer === undefined ? undefined : await open(graphs.answer),
      optimizer: await ag.Trainer.create(updateGraph(groups), values, runtime, session),
    };
    return new LayeredTrainer(setup, parts);
  }

  async step(feeds: Values, settings: ag.StepSettings): Promise<StepResult> {
    const { opening, mask, asking, answering, answer, optimizer } = this.parts;
    const all = { ...feeds, ...this.weights() };
    const adapters = this.adapters();
    const gradients = new Map<string, Float32Array>();

    const opened = await opening.forward(all);
    const asked = { ...segmentOf(opened, PROMPT), adapters };
    const read = await asking.forward(asked);
    const seen = { ...all, ...opened, ...this.statesRead(read) };
    const found = await mask.forward(seen);
    let loss = found.loss!.data[0] as number;
    const metrics: Record<string, TensorValue> = {};
    for (const [name, value] of Object.entries(found))
      if (name.startsWith(METRIC)) metrics[name.slice(METRIC.length)] = value;

    let maskBack: Record<string, TensorValue>;
    let promptGradient: TensorValue | undefined;
    if (answering === undefined || answer === undefined) {
      maskBack = await mask.backward(seen, { loss: ONE });
    } else {
      const continued = { ...segmentOf(found, LATER), past: read.cache, adapters };
      const said = await answering.forward(continued);
      const judged = { ...all, [ANSWER_STATES]: said.states.at(-1)! };
      const verdict = await answer.forward(judged);
      loss += verdict.loss!.data[0] as number;
      metrics.answer = verdict.answer!;
      const answerBack = await answer.backward(judged, { loss: ONE });
      const saidBack = await answering.backward(continued, said, {
        states: new Map([[this.lastLayer, answerBack[ANSWER_STATES]!]]),
      });
      this.addAdapters(gradients, saidBack.adapters);
      maskBack = await mask.backward(seen, { loss: ONE, [LATER]: saidBack.embeddings });
      const readBack = await asking.backward(asked, read, {
        states: this.stateGradients(maskBack),
        cache: saidBack.past,
      });
      this.addAdapters(gradients, readBack.adapters);
      promptGradient = readBack.embeddings;
    }
    const openingBack = await opening.backward(all, {
      ...maskBack,
      ...(promptGradient !== undefined && { [PROMPT]: promptGradient }),
    });
    for (const back of [maskBack, openingBack]) this.addParameters(gradients, back);
    const result = await optimizer.step(this.gradientFeeds(gradients), settings);
    return { loss, gradientNorm: result.gradientNorm, metrics };
  }

  parameters(): Map<string, Float32Array> {
    return this.parts.optimizer.parameters();
  }

  get counts(): { readonly updates: number; readonly gathered: number } {
    return this.parts.optimizer.counts;
  }

  save(): ag.OptimizerState {
    return this.parts.optimizer.save();
  }

  restore(state: ag.OptimizerState): void {
    this.parts.optimizer.restore(state);
  }

  async close(): Promise<void> {
    const { opening, mask, asking, answering, answer, optimizer } = this.parts;
    for (const part of [opening, mask, asking, answering, answer]) await part?.release();
    await optimizer.close();
  }

  private get lastLayer(): number {
    return this.setup.preset.language.layers;
  }

  /** All weights of the parts as they are now, by name. */
  private weights(): Values {
    const trained = this.parameters();
    const { opening, mask, answer } = this.parts;
    const weights: Record<string, TensorValue> = {};
    for (const part of [opening, mask, answer]) {
      for (const [name, shape] of part?.shapes ?? []) {
        const data = trained.get(name) ?? this.setup.values.get(name);
        if (data !== undefined) weights[name] = { type: 'float32', shape, data };
      }
    }
    return weights;
  }

  private adapters(): Map<string, Float32Array> {
    const trained = this.parameters();
    const own = new Map<string, Float32Array>();
    for (const [name, data] of this.setup.values) {
      if (isAdapter(name)) own.set(name.slice(LANGUAGE_SCOPE.length + 1), trained.get(name) ?? data);
    }
    return own;
  }

  private statesRead({ states }: SegmentOutputs): Values {
    const { layersRead } = this.setup.preset.fusion;
    return Object.fromEntries(layersRead.map((layer) => [stateName(layer), states[layer]!]));
  }

  private stateGradients(back: Values): Map<number, TensorValue> {
    const found = new Map<number, TensorValue>();
    for (const layer of this.setup.preset.fusion.layersRead) {
      const gradient = back[stateName(layer)];
      if (gradient !== undefined) found.set(layer, gradient);
    }
    return found;
  }

  private addAdapters(gradients: Map<string, Float32Array>, more: ReadonlyMap<string, Float32Array>): void {
    for (const [name, data] of more) addTo(gradients, `${LANGUAGE_SCOPE}.${name}`, data);
  }

  private addParameters(gradients: Map<string, Float32Array>, back: Values): void {
    const trained = this.parameters();
    for (const [name, { data }] of Object.entries(back))
      if (trained.has(name)) addTo(gradients, name, data as Float32Array);
  }

  private gradientFeeds(gradients: ReadonlyMap<string, Float32Array>): Values {
    const feeds: Record<string, TensorValue> = {};
    for (const { parameters } of this.setup.groups) {
      for (const { name, shape } of parameters) {
        const data = gradients.get(name) ?? new Float32Array(ag.elementCount(shape));
        feeds[gradientName(name)] = { type: 'float32', shape, data };
      }
    }
    return feeds;
  }
}

const isAdapter = (name: string): boolean => name.startsWith(`${LANGUAGE_SCOPE}.`) && name.includes('.lora_');

function addTo(gradients: Map<string, Float32Array>, name: string, data: Float32Array): void {
  const before = gradients.get(name);
  gradients.set(name, before === undefined ? data : before.map((value, i) => value + data[i]!));
}

const segmentOf = (values: Values, name: string): Record<keyof SegmentInputs, TensorValue> => ({
  embeddings: values[name]!,
  positions: values[`${name} positions`]!,
  bias: values[`${name} bias`]!,
});

const segmentOutputs = (name: string, { embeddings, positions, bias }: SegmentInputs) => ({
  [name]: embeddings,
  [`${name} positions`]: positions,
  [`${name} bias`]: bias,
});

/** A loss whose gradients are given, so that the optimiser of a whole graph takes those of the parts. */
function updateGraph(groups: readonly ParameterGroup[]): ag.TrainingGraph {
  return ag.trainingGraph(groups, (parameters) => {
    const terms = [...parameters].map(([name, value]) =>
      ag.sum(ag.multiply(value, ag.input(gradientName(name), value.shape))),
    );
    return { loss: terms.reduce(ag.add) };
  });
}

interface PartGraphs {
  readonly opening: ag.PartGraph;
  readonly mask: ag.PartGraph;
  readonly answer: ag.PartGraph | undefined;
  readonly promptTokens: number;
  readonly laterTokens: number;
}

/** The parts before, between and after the passes through the language model. */
function partGraphs({ preset, stage, shape, layout, groups }: LayeredSetup): PartGraphs {
  const inputs = stageInputs(preset, shape, stage);
  const { hidden, layers } = preset.language;
  const { layersRead } = preset.fusion;
  const trained = new Set(groups.flatMap(({ parameters }) => parameters.map(({ name }) => name)));

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
  const mask: ag.PartGraph = {
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
  const opening: ag.PartGraph = {
    outputs: { ...segmentOutputs(PROMPT, begun.prompt), ...Object.fromEntries(pictures) },
    from: [...pictures.map(([name]) => name), ...(stage === 2 ? [PROMPT] : [])],
    wanted: ahead.chosen(trained),
  };
  const laterTokens = later?.embeddings.shape[1] ?? 0;
  return { opening, mask, answer: later && answerGraph(), promptTokens, laterTokens };

  function answerGraph(): ag.PartGraph {
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
