import { float16ToFloat32, float32ToFloat16 } from '@prs-med/nn';
import { BLOCK } from './base-weights.js';

/**
 * A matrix [outputs, inputs] in 4 bits as ONNX Runtime's MatMulNBits takes it: value = (quant - zero point) x scale, a
 * scale and a zero point for each 32 values of a row; the last block of a row may be shorter.
 */
export interface Int4Matrix {
  readonly bits: 4;
  readonly outputs: number;
  readonly inputs: number;
  /** [outputs, blocks, 16]: element 2i of a block in the low nibble of byte i, 2i + 1 in the high one. */
  readonly quants: Uint8Array;
  /** [outputs, blocks]; each is a number that float16 has. */
  readonly scales: Float32Array;
  /** [outputs, ceil(blocks / 2)]: block 2i of a row in the low nibble of byte i, 2i + 1 in the high one. */
  readonly zeroPoints: Uint8Array;
}

/** Blocks of a row. */
export const blocksOf = (inputs: number): number => Math.ceil(inputs / BLOCK);

/**
 * Parts of a block's range that the 16 steps are tried on: to cut the rarest values off costs less than coarse steps
 * for all others. Measured on random blocks: thirty parts and five zero points each leave 1 % less error than these.
 */
const RANGE_PARTS = [1, 0.94, 0.88, 0.82, 0.76];

/** Rounds of least squares on the best of the tries. */
const REFINEMENTS = 3;

/** Zero point of what rounds to the nearest about the largest magnitude, and of padding. */
const MIDDLE = 8;

/**
 * Quantises a matrix, row-major. In each block scale and zero point are searched for the least squared error; plain
 * rounding by the largest magnitude is among what is tried. Throws an Error for a value that is not finite, or so large
 * that its scale is beyond float16.
 */
export function quantizeInt4(values: Float32Array, outputs: number, inputs: number): Int4Matrix {
  if (values.length !== outputs * inputs)
    throw new Error(`quantizeInt4: ${values.length} values are no matrix of ${outputs} by ${inputs}`);
  const blocks = blocksOf(inputs);
  const quants = new Uint8Array(outputs * blocks * (BLOCK / 2));
  const searched = new Float32Array(outputs * blocks);
  const zeroPoints = new Uint8Array(outputs * Math.ceil(blocks / 2));
  const eachBlock = (visit: (start: number, end: number, place: number, nibble: number) => void): void => {
    for (let row = 0; row < outputs; row++) {
      for (let block = 0; block < blocks; block++) {
        const start = row * inputs + block * BLOCK;
        const end = Math.min(start + BLOCK, (row + 1) * inputs);
        visit(start, end, row * blocks + block, 2 * row * Math.ceil(blocks / 2) + block);
      }
    }
  };
  eachBlock((start, end, place, nibble) => {
    const { scale, zeroPoint } = bestScale(values, start, end);
    searched[place] = scale;
    setNibble(zeroPoints, nibble, zeroPoint);
  });
  const scales = float16ToFloat32(float32ToFloat16(searched));
  if (scales.some((scale) => !Number.isFinite(scale)))
    throw new Error(
      'quantizeInt4: some values are so large that no float16 scales them; keep this matrix as it is',
    );
  eachBlock((start, end, place, nibble) => {
    const zeroPoint = getNibble(zeroPoints, nibble);
    const inverse = inverseOf(scales[place]!);
    for (let i = 0; i < BLOCK; i++) {
      // Padding stands for 0.
      const value = start + i < end ? values[start + i]! : 0;
      setNibble(quants, place * BLOCK + i, quantOf(value, inverse, zeroPoint));
    }
  });
  return { bits: 4, outputs, inputs, quants, scales, zeroPoints };
}

const getNibble = (bytes: Uint8Array, index: number): number =>
  (bytes[index >> 1]! >> (4 * (index & 1))) & 15;

/** Sets a nibble that is still 0. */
function setNibble(bytes: Uint8Array, index: number, value: number): void {
  bytes[index >> 1]! |= value << (4 * (index & 1));
}

/** The nearest quant, 0 to 15; `inverse` is 1 / scale, and 0 where the scale is 0. */
function quantOf(value: number, inverse: number, zeroPoint: number): number {
  const place = value * inverse + zeroPoint + 0.5;
  return place <= 0 ? 0 : place >= 15 ? 15 : place | 0;
}

const inverseOf = (scale: number): number => (scale === 0 ? 0 : 1 / scale);

/** The scale and zero point that leave the least squared error among those tried, for the values from start to end. */
function bestScale(
  values: Float32Array,
  start: number,
  end: number,
): { readonly scale: number; readonly zeroPoint: number } {
  // The range holds 0, which is what the zero point stands for.
  let low = 0;
  let high = 0;
  let sum = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  if (!Number.isFinite(sum)) throw new Error(`quantizeInt4: value ${start} or one after it is not finite`);
  const largest = Math.max(-low, high);
  const best = { scale: 0, zeroPoint: MIDDLE, gain: 0 };
  const fitted = { scale: 0, gain: 0 };
  const consider = (scale: number, zeroPoint: number): boolean => {
    fit(values, start, end, scale, zeroPoint, fitted);
    if (fitted.gain <= best.gain) return false;
    best.scale = fitted.scale;
    best.gain = fitted.gain;
    best.zeroPoint = zeroPoint;
    return true;
  };
  if (largest === 0) return best;
  consider(largest / 7, MIDDLE);
  const middle = (high + low) / 2;
  for (const part of RANGE_PARTS) {
    const scale = (part * (high - low)) / 15;
    const zeroPoint = Math.min(Math.max(Math.round(7.5 - middle / scale), 0), 15);
    consider(scale, zeroPoint);
    if (zeroPoint < 15) consider(scale, zeroPoint + 1);
  }
  for (let round = 0; round < REFINEMENTS && consider(best.scale, best.zeroPoint); round++);
  return best;
}

/**
 * Rounds the values by a scale, then fits the scale to what they were rounded to: with d = quant - zero point it is
 * sum(x d) / sum(d d), and `gain` = sum(x d)^2 / sum(d d) is what that takes off the sum of squares.
 */
function fit(
  values: Float32Array,
  start: number,
  end: number,
  scale: number,
  zeroPoint: number,
  fitted: { scale: number; gain: number },
): void {
  const inverse = inverseOf(scale);
  let sum = 0;
  let products = 0;
  let quants = 0;
  let squares = 0;
  // This runs about fourteen times a weight: whole numbers are summed as such, and the zero point is taken off at the end.
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    const quant = quantOf(value, inverse, zeroPoint);
    sum += value;
    products += value * quant;
    quants += quant;
    squares += quant * quant;
  }
  products -= zeroPoint * sum;
  squares += zeroPoint * ((end - start) * zeroPoint - 2 * quants);
  fitted.scale = squares === 0 ? 0 : products / squares;
  fitted.gain = squares === 0 ? 0 : products ** 2 / squares;
}

/** The values that a 4-bit matrix stands for, [outputs, inputs], written over `values` where they are given. */
export function dequantizeInt4(
  matrix: Int4Matrix,
  values: Float32Array = new Float32Array(matrix.outputs * matrix.inputs),
): Float32Array {
  const { outputs, inputs, quants, scales, zeroPoints } = matrix;
  if (inputs % BLOCK === 0 && quants.byteOffset % 4 === 0) return dequantizeWords(matrix, values);
  const blocks = blocksOf(inputs);
  for (let row = 0, place = 0; row < outputs; row++) {
    const nibbles = 2 * row * Math.ceil(blocks / 2);
    for (let block = 0; block < blocks; block++, place++) {
      const scale = scales[place]!;
      const zeroPoint = getNibble(zeroPoints, nibbles + block);
      const start = row * inputs + block * BLOCK;
      const end = Math.min(start + BLOCK, (row + 1) * inputs);
      for (let at = start, byte = place * (BLOCK / 2); at < end; at += 2, byte++) {
        const pair = quants[byte]!;
        values[at] = ((pair & 15) - zeroPoint) * scale;
        if (at + 1 < end) values[at + 1] = ((pair >> 4) - zeroPoint) * scale;
      }
    }
  }
  return values;
}

/** Whole blocks, eight numbers at a time: training goes over seven billion four times a step. */
function dequantizeWords(
  { outputs, inputs, quants, scales, zeroPoints }: Int4Matrix,
  values: Float32Array,
): Float32Array {
  const words = new Uint32Array(quants.buffer, quants.byteOffset, quants.byteLength / 4);
  const blocks = inputs / BLOCK;
  for (let row = 0, place = 0, from = 0, at = 0; row < outputs; row++) {
    const nibbles = 2 * row * Math.ceil(blocks / 2);
    for (let block = 0; block < blocks; block++, place++) {
      const scale = scales[place]!;
      const zeroPoint = getNibble(zeroPoints, nibbles + block);
      for (const end = from + BLOCK / 8; from < end; from++, at += 8) {
        const word = words[from]!;
        values[at] = ((word & 15) - zeroPoint) * scale;
        values[at + 1] = (((word >> 4) & 15) - zeroPoint) * scale;
        values[at + 2] = (((word >> 8) & 15) - zeroPoint) * scale;
        values[at + 3] = (((word >> 12) & 15) - zeroPoint) * scale;
        values[at + 4] = (((word >> 16) & 15) - zeroPoint) * scale;
        values[at + 5] = (((word >> 20) & 15) - zeroPoint) * scale;
        values[at + 6] = (((word >> 24) & 15) - zeroPoint) * scale;
        values[at + 7] = ((word >>> 28) - zeroPoint) * scale;
      }
    }
  }
  return values;
}
