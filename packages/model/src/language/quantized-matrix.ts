import { BLOCK } from './base-weights.js';
import { dequantizeInt4, type Int4Matrix, quantizeInt4 } from './quantize-int4.js';
import { dequantizeInt8, type Int8Matrix, quantizeInt8 } from './quantize-int8.js';

/** A matrix in blocks of 32 of either size. */
export type QuantizedMatrix = Int4Matrix | Int8Matrix;

/** Bits of a weight. */
export type WeightBits = QuantizedMatrix['bits'];

/** Bytes that the quants of a block take. */
export const blockBytes = (bits: WeightBits): number => (BLOCK * bits) / 8;

/** A quantised matrix, and the root mean square error of it over the values' standard deviation. */
export interface MeasuredMatrix {
  readonly matrix: QuantizedMatrix;
  readonly error: number;
}

/** Quantises a matrix [outputs, inputs], row-major, and measures what that cost. Throws what `quantizeInt4` and `quantizeInt8` throw. */
export function quantizeMatrix(
  values: Float32Array,
  outputs: number,
  inputs: number,
  bits: WeightBits,
): MeasuredMatrix {
  const matrix = (bits === 4 ? quantizeInt4 : quantizeInt8)(values, outputs, inputs);
  return { matrix, error: quantizationError(values, matrix) };
}

/** The values that a matrix stands for, [outputs, inputs], written over `into` where that is given. */
export const dequantizeMatrix = (matrix: QuantizedMatrix, into?: Float32Array): Float32Array =>
  matrix.bits === 4 ? dequantizeInt4(matrix, into) : dequantizeInt8(matrix, into);

/** Root mean square error of a quantised matrix, as a share of the standard deviation of the values; 0 for none. */
export function quantizationError(values: Float32Array, matrix: QuantizedMatrix): number {
  const approximate = dequantizeMatrix(matrix);
  let errors = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    errors += (values[i]! - approximate[i]!) ** 2;
    sum += values[i]!;
    squares += values[i]! ** 2;
  }
  const variance = squares / values.length - (sum / values.length) ** 2;
  return errors === 0 ? 0 : Math.sqrt(errors / values.length / variance);
}
