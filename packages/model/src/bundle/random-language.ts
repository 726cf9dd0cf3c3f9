import { float32ToFloat16, type TensorEntry, tensorEntry } from '@prs-med/nn';
import { type BaseWeights, BLOCK, baseShapes, EMBEDDING } from '../language/base-weights.js';
import type { LlamaConfig } from '../language/llama.js';

/** Root mean square of the embeddings, and of a linear's outputs over its inputs'. */
const EMBEDDING_SPREAD = 0.13;

/** A base of random numbers in the format of a real one, the same for the same seed: for tests. */
export function randomLanguage(config: LlamaConfig, seed: number): BaseWeights {
  const tensors = new Map<string, TensorEntry>();
  const random = byteNumbers(seed);
  const shapes = baseShapes(config);
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (name.endsWith('.quants')) {
      const values = Uint8Array.from({ length: size }, random);
      const isEmbedding = name.startsWith(EMBEDDING);
      const stored = isEmbedding ? Int8Array.from(values, (value) => Math.max(value - 128, -127)) : values;
      tensors.set(name, tensorEntry(name, shape, isEmbedding ? 'int8' : 'uint8', stored));
    } else if (name.endsWith('.scales') || name.endsWith('.minimums')) {
      const value = blockValue(name, shape);
      const halves = float32ToFloat16(new Float32Array(size).fill(value));
      tensors.set(name, tensorEntry(name, shape, 'float16', halves));
    } else {
      tensors.set(name, tensorEntry(name, shape, 'float32', new Float32Array(size).fill(1)));
    }
  }
  return { config, tensors };
}

/** The scale of blocks of even random quants that gives the spread; the minimum centres them. */
function blockValue(name: string, shape: readonly number[]): number {
  // Even numbers of n values have a standard deviation of n / sqrt(12).
  if (name.startsWith(EMBEDDING)) return (EMBEDDING_SPREAD * Math.sqrt(12)) / 256;
  const inputs = shape[1]! * BLOCK;
  const scale = Math.sqrt(12 / inputs) / 16;
  return name.endsWith('.scales') ? scale : -7.5 * scale;
}

/** Whole numbers from 0 to 255 (mulberry32, Tommy Ettinger, public domain). */
function byteNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 24;
  };
}
