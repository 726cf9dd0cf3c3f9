import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { floatLinear } from './float-linear.js';
import type { LayerGroup } from './layer-groups.js';
import type { JoinedLinear } from './layer-weights.js';
import type { LlamaConfig } from './llama.js';
import type { AccuracyLevel } from './matmul-nbits.js';
import { quantizedLinear } from './quantized-linear.js';

/** Names of a layer's buffers of keys and values: what was before goes in, what is now comes out. */
export const pastName = (part: 'key' | 'value', layer: number): string => `past_${part}_${layer}`;
export const presentName = (part: 'key' | 'value', layer: number): string => `${part}_${layer}`;
export const stateName = (layer: number): string => `state_${layer}`;

/** GroupQueryAttention rotates heads of such multiples only. */
const HEAD_MULTIPLE = 16;

/** Width of a head in the buffers: the model's own, or with zeros up to what the kernel takes. */
export const cachedHeadWidth = ({ hidden, heads }: LlamaConfig): number =>
  Math.ceil(hidden / heads / HEAD_MULTIPLE) * HEAD_MULTIPLE;

/** Sizes that stand for those of a run while the graph is built. */
const LENGTH = 2;
const CAPACITY = 4;

export interface CachedGraphOptions {
  /** Layers whose states come out, counted from 1; the last is after the final norm. */
  readonly layersRead: readonly number[];
  readonly accuracyLevel: AccuracyLevel;
}

/**
 * Layers of the language model as it is used, for one or more samples: `embeddings` [samples length, hidden] of the tokens
 * that are new, or their states after the layer before the first, `rows` int64 [3] = samples, length and the width of queries, keys and values, `before` int32 [samples] = tokens
 * there will be - 1, `total` int32 [] = the most tokens there will be, and keys and values [samples, key heads, capacity,
 * head width] of those before; out come `state_LAYER` [samples length, hidden], that of the group's last layer always, and
 * the same keys and values with the new ones at their places. Samples, length and capacity are free at each run.
 */
export function compileCachedGraph(
  config: LlamaConfig,
  { first, layers, finalNorm }: LayerGroup,
  { layersRead, accuracyLevel }: CachedGraphOptions,
): ag.CompiledGraph {
  const { hidden, normEpsilon } = config;
  const embeddings = ag.input('embeddings', [LENGTH, hidden]);
  const rows = ag.input('rows', [3], 'int64');
  const before = ag.input('before', [1], 'int32');
  const total = ag.input('total', [], 'int32');
  const tables = ag.rotaryTables(config.longest, hidden / config.heads, config.ropeTheta);
  const cosine = widened(tables.cosine, config);
  const sine = widened(tables.sine, config);
  const scale = (norm: Float32Array): Tensor => ag.constant(norm, [hidden]);
  const linear = (x: Tensor, part: JoinedLinear): Tensor =>
    part.kind === 'quantized' ? quantizedLinear(x, part, accuracyLevel) : floatLinear(x, part);
  const outputs: Record<string, Tensor> = {};
  const dynamicAxes: Record<string, Record<number, string>> = {
    embeddings: { 0: 'tokens' },
    before: { 0: 'samples' },
  };

  let sum = embeddings;
  let normed = ag.rmsNorm(embeddings, scale(layers[0]!.inputNorm), normEpsilon);
  for (const [index, own] of layers.entries()) {
    const layer = first + index;
    const joined = linear(normed, own.attention);
    const attention = cachedAttention(joined, { layer, rows, before, total, cosine, sine }, config);
    for (const part of ['key', 'value'] as const) {
      dynamicAxes[pastName(part, layer)] = { 0: 'samples', 2: 'capacity' };
      outputs[presentName(part, layer)] = attention[part];
    }
    const attended = linear(attention.seen, own.output);
    [normed, sum] = addAndNorm(attended, sum, scale(own.outputNorm), normEpsilon);
    const narrow = linear(gated(linear(normed, own.wide), config.intermediate), own.narrow);
    const next = layers[index + 1]?.inputNorm ?? finalNorm;
    if (next === undefined) sum = ag.add(narrow, sum);
    else [normed, sum] = addAndNorm(narrow, sum, scale(next), normEpsilon);
    if (layersRead.includes(layer + 1) || index === layers.length - 1)
      outputs[stateName(layer + 1)] = layer + 1 < config.layers ? sum : normed;
  }
  return ag.compile(outputs, { dynamicAxes });
}

interface AttentionInputs {
  readonly layer: number;
  readonly rows: Tensor;
  readonly before: Tensor;
  readonly total: Tensor;
  readonly cosine: Tensor;
  readonly sine: Tensor;
}

/** Rotates queries and keys, puts the new keys and values behind the old, and attends to all up to each token. */
function cachedAttention(
  joined: Tensor,
  { layer, rows, before, total, cosine, sine }: AttentionInputs,
  config: LlamaConfig,
): { seen: Tensor; key: Tensor; value: Tensor } {
  const { hidden, heads, keyHeads } = config;
  const width = hidden / heads;
  const cachedWidth = cachedHeadWidth(config);
  const shape = [1, keyHeads, CAPACITY, cachedWidth];
  const past = (part: 'key' | 'value') => ag.input(pastName(part, layer), shape);
  const all = (heads + 2 * keyHeads) * cachedWidth;
  const wide =
    width === cachedWidth ? joined : reshapeRows(widened(reshapeRows(joined, width / 2), config), all);
  const packed = ag.addNode('Reshape', [wide, rows], { outputs: [{ shape: [1, ...wide.shape] }] })[0]!;
  const [seen, key, value] = ag.addNode(
    'GroupQueryAttention',
    [packed, undefined, undefined, past('key'), past('value'), before, total, cosine, sine],
    {
      domain: 'com.microsoft',
      attributes: {
        num_heads: heads,
        kv_num_heads: keyHeads,
        do_rotary: 1,
        rotary_interleaved: 0,
        scale: ag.float(1 / Math.sqrt(width)),
      },
      outputs: [{ shape: [1, joined.shape[0]!, heads * cachedWidth] }, { shape }, { shape }],
    },
  ) as [Tensor, Tensor, Tensor];
  if (width === cachedWidth) return { seen: reshapeRows(seen, hidden), key, value };
  const halves = ag.slice(reshapeRows(seen, cachedWidth / 2), 1, 0, width / 2);
  return { seen: reshapeRows(halves, hidden), key, value };
}

/** Halves of heads (or their angles) [rows, width / 2] with zeros up to half of what the buffers hold. */
function widened(halves: Tensor, config: LlamaConfig): Tensor {
  const missing = cachedHeadWidth(config) / 2 - halves.shape[1]!;
  return missing === 0
    ? halves
    : ag.pad(halves, [
        [0, 0],
        [0, missing],
      ]);
}

/** The same numbers in rows of another size; how many rows that gives is free at each run. */
function reshapeRows(x: Tensor, size: number): Tensor {
  const shape = [ag.elementCount(x.shape) / size, size];
  return ag.addNode('Reshape', [x, ag.integers([-1, size])], { outputs: [{ shape }] })[0]!;
}

/** RMS norm of x + residual, and the sum itself. */
function addAndNorm(x: Tensor, residual: Tensor, weight: Tensor, epsilon: number): [Tensor, Tensor] {
  const outputs = ag.addNode('SkipSimplifiedLayerNormalization', [x, residual, weight], {
    domain: 'com.microsoft',
    attributes: { epsilon: ag.float(epsilon) },
    outputs: [{ shape: x.shape }, { shape: [] }, { shape: [] }, { shape: x.shape }],
  });
  return [outputs[0]!, outputs[3]!];
}

/** silu(first half) x second half of [length, 2 width]. */
function gated(wide: Tensor, width: number): Tensor {
  const shape = [wide.shape[0]!, width];
  const [gate, up] = ag.addNode('Split', [wide], {
    attributes: { axis: 1, num_outputs: 2 },
    outputs: [{ shape }, { shape }],
  }) as [Tensor, Tensor];
  const activated = ag.addNode('QuickGelu', [gate], {
    domain: 'com.microsoft',
    attributes: { alpha: ag.float(1) },
    outputs: [{ shape }],
  })[0]!;
  return ag.multiply(activated, up);
}
