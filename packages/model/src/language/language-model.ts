import type { Runtime, SessionOptions } from '@prs-med/autograd';
import type { BaseWeights } from './base-weights.js';
import { cachedHeadWidth, presentName } from './cached-graph.js';
import { bytesOfLayers, type CheckpointWeights, readCheckpointLayers } from './checkpoint-weights.js';
import { checkGeneration, type GenerationOptions, likeliest, tokenChooser } from './generation.js';
import { groupLayers, type LayerGroup, type LayerReader } from './layer-groups.js';
import {
  type KeyValueBuffers,
  type LayerSessions,
  openLayerSessions,
  type States,
} from './layer-sessions.js';
import { readLayers } from './layer-weights.js';
import type { LlamaConfig } from './llama.js';
import { checkLora, type LoraWeights } from './lora-weights.js';
import type { AccuracyLevel } from './matmul-nbits.js';
import { type OutputLayer, TiedEmbedding } from './output-layer.js';
import { UntiedOutput } from './untied-output.js';

export interface LanguageModelOptions {
  /** Layers whose states `extend` gives, from 1; the last layer, which is after the final norm, is always among them. */
  readonly layersRead: readonly number[];
  /** 0, the default: activations stay float32. 4: 8 bits, as llama.cpp has it; faster and less exact. */
  readonly accuracyLevel?: AccuracyLevel;
  /** The same for the tokens that `generate` makes; another level than the first takes a session of its own. */
  readonly generationAccuracyLevel?: AccuracyLevel;
  readonly session?: SessionOptions;
}

/** Tokens seen so far, as their keys and values. Made by `begin`; plain memory, nothing to release. */
export class Context {
  /** Tokens in it. */
  length = 0;
  /** @internal */
  busy = false;

  /** @internal */
  constructor(
    /** Most tokens it can hold. */
    readonly capacity: number,
    /** @internal Buffers [1, key heads, capacity, head width] by the graph's names, without past and present. */
    readonly buffers: KeyValueBuffers,
  ) {}
}

/** Of the rows of a batch so many must be left for the ended ones to be taken out. */
const SHRINK_AT = 0.75;

/** The given rows of buffers [rows, …]. */
function keepRows(
  buffers: KeyValueBuffers,
  kept: readonly number[],
  rows: number,
): Map<string, Float32Array> {
  return new Map(
    [...buffers].map(([name, from]) => {
      const size = from.length / rows;
      const to = new Float32Array(kept.length * size);
      kept.forEach((row, i) => {
        to.set(from.subarray(row * size, (row + 1) * size), i * size);
      });
      return [name, to];
    }),
  );
}

/**
 * A Llama-like language model ready for use, with LoRA where it has any, keys and values cached. Several contexts may
 * be in use at once; one context by one call at a time.
 */
export class LanguageModel {
  private constructor(
    readonly config: LlamaConfig,
    readonly layersRead: readonly number[],
    private readonly output: OutputLayer,
    private readonly layers: LayerSessions,
    private readonly stepLayers: LayerSessions,
  ) {}

  /** @internal See `loadLanguageModel`. */
  static async load(
    { config, openOutput, reader }: ModelParts,
    lora: LoraWeights | undefined,
    options: LanguageModelOptions,
    runtime: Runtime,
  ): Promise<LanguageModel> {
    if (lora !== undefined) checkLora(lora, config);
    const wrong = options.layersRead.filter((layer) => !(layer >= 1 && layer <= config.layers));
    if (wrong.length > 0) throw new RangeError(`loadLanguageModel: no layer ${wrong.join(', ')}`);
    const layersRead = [...new Set([...options.layersRead, config.layers])].sort((a, b) => a - b);
    const { accuracyLevel = 0, generationAccuracyLevel = accuracyLevel, session } = options;
    const accuracyLevels = [...new Set([accuracyLevel, generationAccuracyLevel])];
    const output = await openOutput();
    try {
      const opened = await openLayerSessions(
        config,
        reader,
        { layersRead, accuracyLevels, session },
        runtime,
      );
      return new LanguageModel(config, layersRead, output, opened[0]!, opened.at(-1)!);
    } catch (error) {
      await output.release();
      throw error;
    }
  }

  /** Embeddings of tokens, [ids.length, hidden]. Throws an Error for an id outside the vocabulary. */
  embed(ids: readonly number[]): Float32Array {
    return this.output.embed(ids);
  }

  /** A context without tokens that can hold `capacity`. Throws a RangeError beyond what the model was trained for. */
  begin(capacity: number): Context {
    const { longest } = this.config;
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > longest)
      throw new RangeError(`begin: capacity ${capacity} is not between 1 and ${longest} tokens`);
    return new Context(capacity, this.makeBuffers(1, capacity));
  }

  /** A context that goes on from another's tokens, which stays as it is; of the same capacity unless told otherwise. */
  fork(context: Context, capacity = context.capacity): Context {
    if (capacity < context.length)
      throw new RangeError(`fork: ${context.length} tokens do not fit a capacity of ${capacity}`);
    const copy = this.begin(capacity);
    this.copyTokens(context, copy.buffers, capacity, 0);
    copy.length = context.length;
    return copy;
  }

  /**
   * Reads `length` tokens more, given as embeddings [length, hidden], and gives their hidden states. Throws a RangeError
   * when they do not fit the context, an Error when it is in use by another call.
   */
  extend(context: Context, embeddings: Float32Array, length: number): Promise<States> {
    return this.run(this.layers, context, embeddings, length);
  }

  private async run(
    layers: LayerSessions,
    context: Context,
    embeddings: Float32Array,
    length: number,
  ): Promise<States> {
    const { hidden } = this.config;
    if (length < 1 || embeddings.length !== length * hidden)
      throw new RangeError(`extend: ${embeddings.length} numbers are not ${length} embeddings of ${hidden}`);
    const total = context.length + length;
    if (total > context.capacity)
      throw new RangeError(
        `extend: ${total} tokens do not fit a context of ${context.capacity}; begin a larger one`,
      );
    if (context.busy) throw new Error('extend: the context is in use; await the call before, or fork it');
    context.busy = true;
    try {
      const { buffers, capacity } = context;
      const states = await layers.run({ embeddings, length, totals: [total], buffers, capacity });
      context.length = total;
      return states;
    } finally {
      context.busy = false;
    }
  }

  private makeBuffers(samples: number, capacity: number): Map<string, Float32Array> {
    const { layers, keyHeads } = this.config;
    const size = samples * keyHeads * capacity * cachedHeadWidth(this.config);
    const buffers = new Map<string, Float32Array>();
    for (let layer = 0; layer < layers; layer++) {
      for (const part of ['key', 'value'] as const)
        buffers.set(presentName(part, layer), new Float32Array(size));
    }
    return buffers;
  }

  /** Copies a context's tokens to a sample's place in buffers of another capacity. */
  private copyTokens(context: Context, to: KeyValueBuffers, capacity: number, sample: number): void {
    const { keyHeads } = this.config;
    const width = cachedHeadWidth(this.config);
    for (const [name, from] of context.buffers) {
      for (let head = 0; head < keyHeads; head++) {
        const start = head * context.capacity * width;
        const place = (sample * keyHeads + head) * capacity * width;
        to.get(name)!.set(from.subarray(start, start + context.length * width), place);
      }
    }
  }

  /** Logits [vocabulary] of one state [hidden] of the last layer. */
  logits(state: Float32Array): Promise<Float32Array> {
    return this.output.logits(state);
  }

  /** The last layer's state [hidden] of the last token. */
  lastState(states: States): Float32Array {
    return states.get(this.config.layers)!.slice(-this.config.hidden);
  }

  /**
   * Goes on from a context whose last token has `lastState` and gives the tokens, the stop token included. Every token
   * but the last is read into the context. Throws the signal's reason when aborted, a RangeError for options out of
   * range; ends early when the context is full.
   */
  async generate(context: Context, lastState: Float32Array, options: GenerationOptions): Promise<number[]> {
    checkGeneration(options);
    const choose = tokenChooser(options);
    const stops = new Set(options.stopTokens ?? []);
    const tokens: number[] = [];
    for (let state = lastState; ; ) {
      options.signal?.throwIfAborted();
      const token = choose(await this.logits(state));
      options.signal?.throwIfAborted();
      tokens.push(token);
      options.onToken?.(token);
      if (stops.has(token) || tokens.length >= options.maxTokens || context.length >= context.capacity)
        return tokens;
      state = this.lastState(await this.run(this.stepLayers, context, this.embed([token]), 1));
    }
  }

  /**
   * As {@link generate} without sampling, for several contexts at once, which stay as they are: each pass over the weights
   * serves all of them. Gives the tokens of each.
   */
  async generateTogether(
    starts: readonly { readonly context: Context; readonly lastState: Float32Array }[],
    { maxTokens, stopTokens = [], signal }: Pick<GenerationOptions, 'maxTokens' | 'stopTokens' | 'signal'>,
  ): Promise<number[][]> {
    checkGeneration({ maxTokens });
    const { vocabulary, longest } = this.config;
    const lengths = starts.map(({ context }) => context.length);
    const capacity = Math.min(longest, Math.max(...lengths) + maxTokens);
    let buffers: KeyValueBuffers = this.makeBuffers(starts.length, capacity);
    starts.forEach(({ context }, row) => {
      this.copyTokens(context, buffers, capacity, row);
    });
    const tokens: number[][] = starts.map(() => []);
    const hasEnded = (own: readonly number[], length: number): boolean =>
      stopTokens.includes(own.at(-1)!) || own.length >= maxTokens || length + own.length > capacity;
    /** Which start each row of the buffers goes on from. */
    let rows = starts.map((_, i) => i);
    let states = new Float32Array(starts.flatMap(({ lastState }) => [...lastState]));
    for (;;) {
      signal?.throwIfAborted();
      const logits = await this.logits(states);
      rows.forEach((start, row) => {
        const own = tokens[start]!;
        if (own.length > 0 && hasEnded(own, lengths[start]!)) return;
        own.push(likeliest(logits.subarray(row * vocabulary, (row + 1) * vocabulary)));
      });
      const left = rows.filter((start) => !hasEnded(tokens[start]!, lengths[start]!));
      if (left.length === 0) return tokens;
      // Few rows are quicker than many, but taking some out copies the rest: those that have ended go along for a while.
      if (left.length <= SHRINK_AT * rows.length) {
        buffers = keepRows(
          buffers,
          left.map((start) => rows.indexOf(start)),
          rows.length,
        );
        rows = left;
      }
      const last = rows.map((start) => tokens[start]!.at(-1)!);
      const totals = rows.map((start) => Math.min(capacity, lengths[start]! + tokens[start]!.length));
      const embeddings = this.embed(last);
      const next = await this.stepLayers.run({ embeddings, length: 1, totals, buffers, capacity });
      states = next.get(this.config.layers) as Float32Array<ArrayBuffer>;
    }
  }

  /** Frees the sessions; the model cannot be used after. */
  async release(): Promise<void> {
    await this.layers.release();
    if (this.stepLayers !== this.layers) await this.stepLayers.release();
    await this.output.release();
  }
}

/** What a model is made of, read when it is its turn: all at once would hold more than is needed. */
interface ModelParts {
  readonly config: LlamaConfig;
  readonly openOutput: () => Promise<OutputLayer>;
  readonly reader: LayerReader;
}

/**
 * Loads a language model of a 4-bit base for use, with or without LoRA. Throws an Error that lists adapter tensors that
 * do not fit, a RangeError for a layer that is not there.
 */
export const loadLanguageModel = (
  base: BaseWeights,
  lora: LoraWeights | undefined,
  options: LanguageModelOptions,
  runtime: Runtime,
): Promise<LanguageModel> =>
  LanguageModel.load(
    {
      config: base.config,
      openOutput: () => TiedEmbedding.load(base, runtime, options.session),
      reader: {
        ranges: [{ first: 0, end: base.config.layers }],
        read: (range) => readLayers(base, lora, range),
      },
    },
    lora,
    options,
    runtime,
  );

/** Bytes of weights that one session holds of a checkpoint: two layers of 7B in 4 bits, one in 8, and all of a small model. */
const GROUP_BYTES = 3e8;

/**
 * As {@link loadLanguageModel}, of a checkpoint with an output layer of its own: LLaVA-Med's Mistral. Its layers are
 * loaded in groups of at most `groupBytes`, so that no more than one of them is in memory twice.
 */
export const loadCheckpointLanguageModel = (
  checkpoint: CheckpointWeights,
  lora: LoraWeights | undefined,
  options: LanguageModelOptions,
  runtime: Runtime,
  groupBytes = GROUP_BYTES,
): Promise<LanguageModel> => {
  // New memory for each group would have to be paged in, which takes as long as reading it.
  let before: LayerGroup | undefined;
  return LanguageModel.load(
    {
      config: checkpoint.config,
      openOutput: () => UntiedOutput.load(checkpoint, runtime, options.session),
      reader: {
        ranges: groupLayers(bytesOfLayers(checkpoint), groupBytes),
        read: async (range) => {
          before = await readCheckpointLayers(checkpoint, lora, range, before);
          return before;
        },
      },
    },
    lora,
    options,
    runtime,
  );
};
