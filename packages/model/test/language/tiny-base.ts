import { float32ToFloat16, type TensorEntry, tensorEntry } from '@prs-med/nn';
import { type BaseWeights, baseShapes } from '../../src/language/base-weights.js';
import type { LlamaConfig } from '../../src/language/llama.js';
import { type LoraWeights, loraShapes } from '../../src/language/lora-weights.js';

export const tinyConfig: LlamaConfig = {
  vocabulary: 96,
  hidden: 64,
  layers: 2,
  heads: 4,
  keyHeads: 2,
  intermediate: 96,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
  longest: 64,
};

/** Numbers in [0, 1), the same each time. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A base of random quants, with scales and minimums that differ from block to block. */
export function tinyBase(seed = 1): BaseWeights {
  const random = randomNumbers(seed);
  const tensors = new Map<string, TensorEntry>();
  for (const [name, shape] of baseShapes(tinyConfig)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const floats = (low: number, high: number) =>
      Float32Array.from({ length: size }, () => low + (high - low) * random());
    const embedding = name.startsWith('model.embed_tokens');
    if (name.endsWith('.quants') && embedding) {
      tensors.set(name, tensorEntry(name, shape, 'int8', Int8Array.from(floats(-127, 127))));
    } else if (name.endsWith('.quants')) {
      tensors.set(name, tensorEntry(name, shape, 'uint8', Uint8Array.from(floats(0, 256))));
    } else if (name.endsWith('.scales')) {
      const [low, high] = embedding ? [0.002, 0.008] : [0.01, 0.05];
      tensors.set(name, tensorEntry(name, shape, 'float16', float32ToFloat16(floats(low, high))));
    } else if (name.endsWith('.minimums')) {
      tensors.set(name, tensorEntry(name, shape, 'float16', float32ToFloat16(floats(-0.4, -0.1))));
    } else tensors.set(name, tensorEntry(name, shape, 'float32', floats(0.5, 1.5)));
  }
  return { config: tinyConfig, tensors };
}

export function tinyLora(seed = 2): LoraWeights {
  const random = randomNumbers(seed);
  const tensors = new Map<string, Float32Array>();
  for (const [name, [rows, columns]] of loraShapes(tinyConfig, 4))
    tensors.set(
      name,
      Float32Array.from({ length: rows * columns }, () => random() - 0.5),
    );
  return { rank: 4, alpha: 8, tensors };
}
