import { addNode, constant, GraphError, type Tensor } from '../tensor.js';
import { add } from './elementwise.js';
import { reshape } from './layout.js';
import { matmul } from './matmul.js';
import { softmax } from './softmax.js';

export interface AttentionOptions {
  /** Each query sees keys up to its own place only, counted from the end of the keys. */
  readonly causal?: boolean;
  /** Added to the scores; broadcasts to [n, heads, queries, keys]. Large negative numbers hide keys. */
  readonly bias?: Tensor;
}

/** Hides a key when added to a score; far below any score, and finite so that a row of hidden keys is no NaN. */
export const HIDDEN = -1e9;

/**
 * softmax(q k^T / sqrt(d) + bias) v: q [n, heads, queries, d], k and v [n, key heads, keys, d]. Fewer key heads than
 * heads share keys among neighbouring heads (grouped-query attention).
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const [n, heads, queries, d] = q.shape as [number, number, number, number];
  const [, keyHeads, keys] = k.shape as [number, number, number];
  const fits =
    q.shape.length === 4 &&
    k.shape.length === 4 &&
    v.shape.length === 4 &&
    heads % keyHeads === 0 &&
    k.shape[3] === d &&
    v.shape[1] === keyHeads &&
    v.shape[2] === keys &&
    k.shape[0] === n;
  if (!fits) throw new GraphError('attention', 'queries, keys and values do not fit', [q, k, v]);
  const shared = heads / keyHeads;
  // Heads that share keys become rows of one product, so that keys are never repeated.
  const rows = reshape(q, [n, keyHeads, shared * queries, d]);
  let scores = matmul(rows, k, { transposeB: true, alpha: 1 / Math.sqrt(d) });
  if (options.causal || options.bias !== undefined) {
    let apart = reshape(scores, [n, heads, queries, keys]);
    if (options.causal) apart = add(apart, causalBias(queries, keys));
    if (options.bias !== undefined) apart = add(apart, options.bias);
    scores = reshape(apart, scores.shape);
  }
  return reshape(matmul(softmax(scores), v), [n, heads, queries, v.shape[3]!]);
}

/** [queries, keys] of zeros, and HIDDEN where a key comes after the query. */
export function causalBias(queries: number, keys: number): Tensor {
  const data = new Float32Array(queries * keys);
  for (let i = 0; i < queries; i++)
    data.fill(HIDDEN, i * keys + Math.min(i + keys - queries + 1, keys), (i + 1) * keys);
  return constant(data, [queries, keys]);
}

/** Constants of a rotary embedding, made once a model and shared by its layers. */
export interface RotaryTables {
  readonly cosine: Tensor;
  readonly sine: Tensor;
  /** The sine with its sign turned, for the gradient. */
  readonly backwardSine: Tensor;
}

/** Cosines and sines for positions 0..length-1, each [length, d / 2]; frequencies theta^(-2 i / d). */
export function rotaryTables(length: number, d: number, theta: number): RotaryTables {
  const half = d / 2;
  const angles = Float64Array.from(
    { length: length * half },
    (_, i) => Math.floor(i / half) * theta ** ((-2 * (i % half)) / d),
  );
  const table = (value: (angle: number) => number) =>
    constant(Float32Array.from(angles, value), [length, half]);
  return { cosine: table(Math.cos), sine: table(Math.sin), backwardSine: table((angle) => -Math.sin(angle)) };
}

/**
 * Rotary embedding, halves rotated: x [n, heads, length, d], positions int64 [n, length]. Its gradient is the
 * rotation the other way.
 */
export function rotaryEmbedding(x: Tensor, positions: Tensor, tables: RotaryTables): Tensor {
  const fits =
    x.shape.length === 4 &&
    positions.shape[0] === x.shape[0] &&
    positions.shape[1] === x.shape[2] &&
    tables.cosine.shape[1] === x.shape[3]! / 2;
  if (!fits) {
    throw new GraphError('rotaryEmbedding', 'needs x [n, heads, length, d], positions [n, length]', [
      x,
      positions,
    ]);
  }
  const rotate = (value: Tensor, sine: Tensor, back: Tensor): Tensor =>
    addNode('RotaryEmbedding', [value, positions, tables.cosine, sine], {
      domain: 'com.microsoft',
      attributes: { interleaved: 0 },
      outputs: [{ shape: x.shape }],
      gradient: () => (g) => [rotate(g[0]!, back, sine)],
    })[0]!;
  return rotate(x, tables.sine, tables.backwardSine);
}
