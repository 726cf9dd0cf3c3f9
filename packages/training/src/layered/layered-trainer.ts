import type {
  ParameterGroup,
  Runtime,
  SessionOptions,
  StepResult,
  TensorValue,
  Values,
} from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { LANGUAGE_SCOPE, type Preset } from '@prs-med/model';
import type { PromptLayout } from '../conversation.js';
import type { BatchShape, Stage } from '../stages.js';
import { LayeredSegment, type ReadLayer, type SegmentOutputs } from './layered-segment.js';
import { ANSWER_STATES, LATER, METRIC, PROMPT, partGraphs, segmentOf, stateName } from './part-graphs.js';

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
    const { preset, stage, shape, layout, groups, values, readLayer } = setup;
    const trained = groups.flatMap(({ parameters }) => parameters.map(({ name }) => name));
    const graphs = partGraphs(preset, stage, shape, layout, new Set(trained));
    // What each part would keep for its next run adds up: a step runs them one after the other.
    const lean = { ...session, keepMemory: false };
    const open = (graph: ag.PartGraph) => ag.RecomputedPart.open(graph, runtime, lean);
    const segment = (length: number, past: number) =>
      LayeredSegment.open(
        preset.language,
        preset.language.lora,
        { samples: shape.samples, length, past, gradients: stage === 2 },
        readLayer,
        runtime,
        lean,
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

/** A loss whose gradients are given, so that the optimiser of a whole graph takes those of the parts. */
function updateGraph(groups: readonly ParameterGroup[]): ag.TrainingGraph {
  return ag.trainingGraph(groups, (parameters) => {
    const terms = [...parameters].map(([name, value]) =>
      ag.sum(ag.multiply(value, ag.input(gradientName(name), value.shape))),
    );
    return { loss: terms.reduce(ag.add) };
  });
}
