import { float16ToFloat32, float32ToFloat16 } from '@prs-med/nn';
import { BLOCK } from './base-weights.js';
import { blocksOf } from './quantize-int4.js';

/**
 * A matrix [outputs, inputs] in 8 bits as ONNX Runtime's MatMulNBits takes it: value = (quant - 128) x scale, a scale for
 * each 32 values of a row; the last block of a row may be shorter.
 */
export interface Int8Matrix {
  readonly bits: 8;
  readonly outputs: number;
  readonly inputs: number;
  /** [outputs, blocks, 32]; what is behind the end of a row is 128. */
  readonly quants: Uint8Array;
  /** [outputs, blocks]; each is a number that float16 has. */
  readonly scales: Float32Array;
}

/** The quant that stands for 0, which MatMulNBits takes where it is given no zero points. */
const MIDDLE = 128;

/** Steps from 0 to the largest magnitude of a block. */
const STEPS = 127;

/**
 * Quantises a matrix, row-major: each block to the nearest of 255 steps that its largest magnitude spans, so 0 stays 0
 * and no value is more than half a step off. On random normal blocks that is 0.0054 of the deviation (root mean square),
 * with tails of Student's t of three degrees 0.0085; a searched scale leaves 0.0051 and 0.0083, a zero point a block
 * 0.0048 and 0.0061, where 4 bits leave 0.077 and 0.100. Throws an Error for a value that is not finite, or so large
 * that its scale is beyond float16.
 */
export function quantizeInt8(values: Float32Array, outputs: number, inputs: number): Int8Matrix {
  if (values.length !== outputs * inputs)
    throw new Error(`quantizeInt8: ${values.length} values are no matrix of ${outputs} by ${inputs}`);
  const blocks = blocksOf(inputs);
  const largest = new Float32Array(outputs * blocks);
  for (let row = 0, at = 0; row < outputs; row++) {
    for (let i = 0; i < inputs; i++, at++) {
      const magnitude = Math.abs(values[at]!);
      if (!Number.isFinite(magnitude)) throw new Error(`quantizeInt8: value ${at} is not finite`);
      const place = row * blocks + Math.floor(i / BLOCK);
      if (magnitude > largest[place]!) largest[place] = magnitude;
    }
  }
  const scales = scalesOf(largest);
  const quants = new Uint8Array(outputs * blocks * BLOCK).fill(MIDDLE);
  for (let row = 0, at = 0; row < outputs; row++) {
    for (let i = 0; i < inputs; i++, at++) {
      const scale = scales[row * blocks + Math.floor(i / BLOCK)]!;
      if (scale !== 0) quants[row * blocks * BLOCK + i] = Math.round(values[at]! / scale) + MIDDLE;
    }
  }
  return { bits: 8, outputs, inputs, quants, scales };
}

/** The scale of each block by its largest magnitude, as float16 has it. */
function scalesOf(largest: Float32Array): Float32Array {
  const halves = float32ToFloat16(largest.map((magnitude) => magnitude / STEPS));
  for (const [place, scale] of float16ToFloat32(halves).entries()) {
    if (!Number.isFinite(scale))
      throw new Error(
        'quantizeInt8: some values are so large that no float16 scales them; keep this matrix as it is',
      );
    // Among the least numbers of float16 rounding may leave too little for the block: the next holds it.
    if (largest[place]! >= (STEPS + 0.5) * scale && largest[place]! > 0) halves[place]!++;
  }
  return float16ToFloat32(halves);
}

/** The values that an 8-bit matrix stands for, [outputs, inputs], written over `values` where they are given. */
export function dequantizeInt8(
  { outputs, inputs, quants, scales }: Int8Matrix,
  values: Float32Array = new Float32Array(outputs * inputs),
): Float32Array {
  const blocks = blocksOf(inputs);
  for (let row = 0, place = 0, at = 0; row < outputs; row++) {
    for (let block = 0; block < blocks; block++, place++) {
      const scale = scales[place]!;
      const end = Math.min((block + 1) * BLOCK, inputs) + row * inputs;
      for (let quant = place * BLOCK; at < end; at++, quant++) values[at] = (quants[quant]! - MIDDLE) * scale;
    }
  }
  return values;
}
