import type { Runtime, Session, SessionOptions, TensorValue } from '@prs-med/autograd';
import { cachedHeadWidth, compileCachedGraph, pastName, presentName, stateName } from './cached-graph.js';
import type { LayerRange, LayerReader } from './layer-groups.js';
import type { LlamaConfig } from './llama.js';
import type { AccuracyLevel } from './matmul-nbits.js';

/** Keys and values [samples, key heads, capacity, head width] by their names of `presentName`. */
export type KeyValueBuffers = ReadonlyMap<string, Float32Array>;

/** A hidden state a token, by layer: [length, hidden] row-major. */
export type States = ReadonlyMap<number, Float32Array>;

/** Tokens for the layers to read, of one or more samples. */
export interface NewTokens {
  /** [samples length, hidden]. */
  readonly embeddings: Float32Array;
  /** Tokens of each sample. */
  readonly length: number;
  /** Tokens that each sample will have then. */
  readonly totals: readonly number[];
  /** Where keys and values of those before are, and those of the new ones are written. */
  readonly buffers: KeyValueBuffers;
  readonly capacity: number;
}

/** All layers of a language model, ready to run: a session for each group, each reading the states of the one before. */
export class LayerSessions {
  constructor(
    private readonly config: LlamaConfig,
    private readonly layersRead: readonly number[],
    private readonly groups: readonly (LayerRange & { readonly session: Session })[],
  ) {}

  /** Reads tokens, writes their keys and values to the buffers and gives the states of the layers read. */
  async run({ embeddings, length, totals, buffers, capacity }: NewTokens): Promise<States> {
    const { hidden, keyHeads, heads } = this.config;
    const width = cachedHeadWidth(this.config);
    const samples = totals.length;
    const rows = [samples, length, (heads + 2 * keyHeads) * width];
    const common: Record<string, TensorValue> = {
      rows: { type: 'int64', shape: [3], data: BigInt64Array.from(rows, BigInt) },
      before: { type: 'int32', shape: [samples], data: Int32Array.from(totals, (total) => total - 1) },
      total: { type: 'int32', shape: [], data: Int32Array.of(Math.max(...totals)) },
    };
    const states = new Map<number, Float32Array>();
    const shape = [samples, keyHeads, capacity, width];
    let last = embeddings;
    for (const { first, end, session } of this.groups) {
      const feeds = { ...common };
      feeds.embeddings = { type: 'float32', shape: [samples * length, hidden], data: last };
      const into: Record<string, TensorValue> = {};
      // Past and present are one array: the kernel then writes the new keys and values where they belong, in place.
      for (let layer = first; layer < end; layer++) {
        for (const part of ['key', 'value'] as const) {
          const name = presentName(part, layer);
          const value: TensorValue = { type: 'float32', shape, data: buffers.get(name)! };
          feeds[pastName(part, layer)] = value;
          into[name] = value;
        }
      }
      const results = await session.run(feeds, into);
      const stateOf = (layer: number) => results[stateName(layer)]!.data as Float32Array;
      for (const layer of this.layersRead)
        if (layer > first && layer <= end) states.set(layer, stateOf(layer));
      last = stateOf(end);
    }
    return states;
  }

  async release(): Promise<void> {
    for (const { session } of this.groups) await session.release();
  }
}

export interface LayerSessionsOptions {
  /** Layers whose states `run` gives, from 1, in order. */
  readonly layersRead: readonly number[];
  /** Sessions are made for each. */
  readonly accuracyLevels: readonly AccuracyLevel[];
  readonly session?: SessionOptions | undefined;
}

/** Opens a model's layers, one group after the other; gives them once for each accuracy level. Throws what reading throws. */
export async function openLayerSessions(
  config: LlamaConfig,
  { ranges, read }: LayerReader,
  { layersRead, accuracyLevels, session = {} }: LayerSessionsOptions,
  runtime: Runtime,
): Promise<LayerSessions[]> {
  // What one session would keep for its next run, several would keep several times.
  const options = ranges.length === 1 ? session : { ...session, keepMemory: false };
  const opened = accuracyLevels.map((level) => ({
    level,
    groups: [] as (LayerRange & { session: Session })[],
  }));
  // In a function of its own, so that no graph holds a group's numbers while the next is read.
  const openGroup = async (range: LayerRange): Promise<void> => {
    const group = await read(range);
    for (const { level, groups } of opened) {
      const graph = compileCachedGraph(config, group, { layersRead, accuracyLevel: level });
      groups.push({ ...range, session: await runtime.load(graph, options) });
    }
  };
  const made = opened.map(({ groups }) => new LayerSessions(config, layersRead, groups));
  try {
    for (const range of ranges) await openGroup(range);
  } catch (error) {
    for (const sessions of made) await sessions.release();
    throw error;
  }
  return made;
}
