import type { PartGraph, Runtime, SessionOptions, TensorValue, Values } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { decoderLayer, type LlamaConfig, rotaryTables } from '@prs-med/model';
import { type LoraOptions, rootScope } from '@prs-med/nn';

/**
 * Frozen weights of a layer as float32, by their names within it, such as `mlp.up_proj.weight`; good until the next
 * layer is read.
 */
export type ReadLayer = (layer: number) => Promise<ReadonlyMap<string, Float32Array>>;

/** How many tokens a run has, and which gradients it is asked for. */
export interface SegmentShape {
  readonly samples: number;
  readonly length: number;
  /** Tokens of the segment before, whose keys and values are read; 0 for the first. */
  readonly past: number;
  /** Whether `backward` will be asked for. */
  readonly gradients: boolean;
}

/** Keys and values of a layer, or their gradients: each [n, key heads, tokens, width]. */
export interface LayerCache {
  readonly keys: TensorValue;
  readonly values: TensorValue;
}

export interface SegmentInputs {
  /** [n, length, hidden]. */
  readonly embeddings: TensorValue;
  /** int64 [n, length]. */
  readonly positions: TensorValue;
  /** [n or 1, 1, length, past + length], as `LlamaInputs` has it. */
  readonly bias: TensorValue;
  /** One a layer. */
  readonly past?: readonly LayerCache[];
  /** `lora_A` and `lora_B` of q, k, v, o by their names in the language model, such as `model.layers.0.self_attn...`. */
  readonly adapters: ReadonlyMap<string, Float32Array>;
}

export interface SegmentOutputs {
  /** What goes into each layer, and what leaves the last, before the final norm: [n, length, hidden]. */
  readonly states: readonly TensorValue[];
  /** Of the past and this segment, one a layer. */
  readonly cache: readonly LayerCache[];
}

/** Gradients that come back to a run: by the index of the state, and of the keys and values. */
export interface SegmentGradients {
  readonly states: ReadonlyMap<number, TensorValue>;
  readonly cache?: readonly LayerCache[];
}

const PROJECTIONS = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];
const ADAPTERS = PROJECTIONS.flatMap((name) =>
  ['lora_A', 'lora_B'].map((part) => `self_attn.${name}.${part}.weight`),
);
/** Names of inputs and outputs of the layer's graph that are no weights. */
const X = 'x';
const NEXT = 'next';
const KEYS = 'keys';
const VALUES = 'values';
const PAST_KEYS = 'past keys';
const PAST_VALUES = 'past values';

/**
 * A language model's pass over a segment of tokens, forward and backward, with one layer's weights in memory at a time:
 * one pair of graphs serves all layers. What a quantised base (QLoRA; Dettmers et al., 2023) stands for is read for each layer
 * when it is its turn. Backward computes a layer's inner values again.
 */
export class LayeredSegment {
  private constructor(
    private readonly layer: ag.RecomputedPart,
    private readonly layers: number,
    private readonly hasPast: boolean,
    /** For keys or values that no later segment read. */
    private readonly noGradient: TensorValue,
    private readonly read: ReadLayer,
  ) {}

  static async open(
    config: LlamaConfig,
    lora: LoraOptions,
    shape: SegmentShape,
    read: ReadLayer,
    runtime: Runtime,
    session?: SessionOptions,
  ): Promise<LayeredSegment> {
    const { samples, length, past } = shape;
    const layer = await ag.RecomputedPart.open(layerGraph(config, lora, shape), runtime, session);
    const cacheShape = [samples, config.keyHeads, past + length, config.hidden / config.heads];
    return new LayeredSegment(layer, config.layers, past > 0, zeros(cacheShape), read);
  }

  async forward(inputs: SegmentInputs): Promise<SegmentOutputs> {
    const states = [inputs.embeddings];
    const cache: LayerCache[] = [];
    for (let layer = 0; layer < this.layers; layer++) {
      const outputs = await this.layer.forward(await this.feeds(inputs, layer, states[layer]!));
      states.push(outputs[NEXT]!);
      cache.push({ keys: outputs[KEYS]!, values: outputs[VALUES]! });
    }
    return { states, cache };
  }

  /** Gradients of the embeddings, of the past's keys and values where there are any, and of the adapters by name. */
  async backward(
    inputs: SegmentInputs,
    { states }: SegmentOutputs,
    given: SegmentGradients,
  ): Promise<{
    readonly embeddings: TensorValue;
    readonly past: readonly LayerCache[];
    readonly adapters: ReadonlyMap<string, Float32Array>;
  }> {
    const adapters = new Map<string, Float32Array>();
    const past: LayerCache[] = [];
    let gradient = given.states.get(this.layers) ?? zeros(inputs.embeddings.shape);
    for (let layer = this.layers - 1; layer >= 0; layer--) {
      const cache = given.cache?.[layer] ?? { keys: this.noGradient, values: this.noGradient };
      const back = await this.layer.backward(await this.feeds(inputs, layer, states[layer]!), {
        [NEXT]: gradient,
        [KEYS]: cache.keys,
        [VALUES]: cache.values,
      });
      gradient = sumOf(back[X]!, given.states.get(layer));
      for (const name of ADAPTERS)
        adapters.set(`model.layers.${layer}.${name}`, back[name]!.data as Float32Array);
      if (this.hasPast) past.unshift({ keys: back[PAST_KEYS]!, values: back[PAST_VALUES]! });
    }
    return { embeddings: gradient, past, adapters };
  }

  release(): Promise<void> {
    return this.layer.release();
  }

  private async feeds(inputs: SegmentInputs, layer: number, x: TensorValue): Promise<Values> {
    const { positions, bias, past, adapters } = inputs;
    const feeds: Record<string, TensorValue> = { [X]: x, positions, bias };
    const before = past?.[layer];
    if (before !== undefined) {
      feeds[PAST_KEYS] = before.keys;
      feeds[PAST_VALUES] = before.values;
    }
    const place = (name: string, data: Float32Array): void => {
      feeds[name] = { type: 'float32', shape: this.layer.shapes.get(name)!, data };
    };
    for (const name of ADAPTERS) place(name, adapters.get(`model.layers.${layer}.${name}`)!);
    for (const [name, data] of await this.read(layer)) place(name, data);
    return feeds;
  }
}

function layerGraph(
  config: LlamaConfig,
  lora: LoraOptions,
  { samples, length, past, gradients }: SegmentShape,
): PartGraph {
  const { hidden, heads, keyHeads } = config;
  const weights = new Map<string, ag.Tensor>();
  const scope = rootScope((name, shape) => {
    const tensor = ag.input(name, shape);
    weights.set(name, tensor);
    return tensor;
  });
  const x = ag.input(X, [samples, length, hidden]);
  const cacheInput = (name: string) => ag.input(name, [samples, keyHeads, past, hidden / heads]);
  const before = past === 0 ? undefined : { keys: cacheInput(PAST_KEYS), values: cacheInput(PAST_VALUES) };
  const passed = decoderLayer(
    scope,
    x,
    {
      positions: ag.input('positions', [samples, length], 'int64'),
      bias: ag.input('bias', [samples, 1, length, past + length]),
      past: before,
      tables: rotaryTables(config),
    },
    config,
    lora,
  );
  const adapters = Object.fromEntries(ADAPTERS.map((name) => [name, weights.get(name)!]));
  const pastInputs = before === undefined ? {} : { [PAST_KEYS]: before.keys, [PAST_VALUES]: before.values };
  return {
    outputs: { [NEXT]: passed.x, [KEYS]: passed.cache.keys, [VALUES]: passed.cache.values },
    from: [NEXT, KEYS, VALUES],
    wanted: gradients ? { [X]: x, ...pastInputs, ...adapters } : {},
  };
}

const zeros = (shape: ag.Shape): TensorValue => ({
  type: 'float32',
  shape,
  data: new Float32Array(ag.elementCount(shape)),
});

function sumOf(one: TensorValue, other: TensorValue | undefined): TensorValue {
  if (other === undefined) return one;
  const data = (one.data as Float32Array).map((value, i) => value + (other.data as Float32Array)[i]!);
  return { ...one, data };
}
