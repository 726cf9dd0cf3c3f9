import { ELEMENT_SIZES, elementCount } from '@prs-med/nn';
import { countParameters } from '../bundle/initial-parameters.js';
import type { Parameters } from '../bundle/trained.js';
import type { LlavaCheckpoint } from '../import/llava-checkpoint.js';
import { linearsOfCheckpoint, OUTPUT } from '../language/checkpoint-weights.js';
import { OUTPUT_BITS } from '../language/quantize-checkpoint.js';
import { storedTensors } from '../language/stored-matrix.js';
import type { Room } from './room.js';
import { type Quantization, WEIGHT_BITS } from './unfinished-shards.js';

/**
 * Bytes of memory for each number of the largest matrix while a thread quantises it: as stored, in float32, handed to the
 * thread, quantised and back. Measured on LLaVA-Med's shapes: 2.3 GB with two threads, of matrices of 4,096 by 14,336.
 */
const QUANTIZING_BYTES = 20;

/** The same for the output layer, which is quantised without a thread. */
const OUTPUT_BYTES = 12;

/** Bytes of memory for each parameter that is trained, which is there already, while its file is made of it and held. */
const TRAINED_BYTES = 8;

/** What building a bundle takes of the disk, headers and texts left out, and of memory with one thread to quantise. */
export function neededRoom(
  { language, tower }: Pick<LlavaCheckpoint, 'language' | 'tower'>,
  trained: Parameters,
  quantization: Quantization,
): Room {
  const { tensors, config } = language;
  const bits = WEIGHT_BITS[quantization];
  const quantized = bits === undefined ? [] : linearsOfCheckpoint(config);
  const stored =
    bits === undefined
      ? []
      : quantized.flatMap((linear) => storedTensors(linear, linear.name === OUTPUT ? OUTPUT_BITS : bits));
  const weights = new Set(quantized.map(({ name }) => `${name}.weight`));
  const kept = [...tensors.values()].filter(({ name }) => !weights.has(name));
  const numbers = countParameters(trained);
  return {
    disk:
      sum(kept.map(({ byteLength }) => byteLength)) +
      sum(stored.map(({ shape, type }) => ELEMENT_SIZES[type] * elementCount(shape))) +
      sum([...tower.values()].map(({ shape }) => 2 * elementCount(shape))) +
      4 * numbers,
    memory: Math.max(
      ...kept.map(({ byteLength }) => byteLength),
      ...quantized.map(
        ({ name, outputs, inputs }) => (name === OUTPUT ? OUTPUT_BYTES : QUANTIZING_BYTES) * outputs * inputs,
      ),
      TRAINED_BYTES * numbers,
    ),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
