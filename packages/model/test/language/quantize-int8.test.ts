import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantizeInt4 } from '../../src/language/quantize-int4.js';
import { dequantizeInt8, quantizeInt8 } from '../../src/language/quantize-int8.js';
import { quantizationError } from '../../src/language/quantized-matrix.js';
import { distance, heavyTailedNumbers, matrixOf, normalNumbers } from './random-matrix.js';

/** The least number above 0 that float16 has. */
const LEAST = 2 ** -24;

const largestOf = (values: Float32Array) => Math.max(...values.map(Math.abs));

describe('8-bit blocks', () => {
  test.each([
    ['normal', normalNumbers(1), 0.0054],
    ['heavy-tailed', heavyTailedNumbers(2), 0.0085],
  ])('of %s values cost what the docstring says, a tenth of 4 bits or less', (_, next, wanted) => {
    const values = matrixOf(512, 256, next);
    const error = quantizationError(values, quantizeInt8(values, 512, 256));
    expect(Math.abs(error / wanted - 1)).toBeLessThan(0.1);
    expect(error).toBeLessThan(0.1 * quantizationError(values, quantizeInt4(values, 512, 256)));
  });

  test('of any values are half a step off at most, with the step that the largest magnitude asks for', () => {
    const value = fc.oneof(
      fc.float({ noNaN: true, min: -1000, max: 1000 }),
      fc.float({ noNaN: true, min: Math.fround(-1e-5), max: Math.fround(1e-5) }),
      fc.constantFrom(0, -0, 1e-7, 3e-6, -127 * LEAST),
    );
    const rows = fc
      .integer({ min: 1, max: 70 })
      .chain((inputs) =>
        fc.array(fc.array(value, { minLength: inputs, maxLength: inputs }), { minLength: 1, maxLength: 3 }),
      );
    fc.assert(
      fc.property(rows, (numbers) => {
        const inputs = numbers[0]!.length;
        const blocks = Math.ceil(inputs / 32);
        const values = Float32Array.from(numbers.flat());
        const matrix = quantizeInt8(values, numbers.length, inputs);
        const approximate = dequantizeInt8(matrix);
        expect([matrix.quants.length, matrix.scales.length]).toEqual([
          numbers.length * blocks * 32,
          numbers.length * blocks,
        ]);
        for (let place = 0; place < matrix.scales.length; place++) {
          const row = Math.floor(place / blocks);
          const first = row * inputs + (place % blocks) * 32;
          const end = Math.min(first + 32, (row + 1) * inputs);
          const scale = matrix.scales[place]!;
          // A float16 scale is rounded by 2^-11, or by its least number.
          const wanted = largestOf(values.subarray(first, end)) / 127;
          expect(Math.abs(scale - wanted)).toBeLessThanOrEqual(Math.max(wanted * 2 ** -11, LEAST));
          for (let i = first; i < end; i++) {
            expect(Math.abs(approximate[i]! - values[i]!)).toBeLessThanOrEqual((scale / 2) * (1 + 1e-6));
            if (values[i] === 0) expect(approximate[i]).toBe(0);
          }
          // What is behind the end of a row stands for 0.
          const padding = matrix.quants.subarray(place * 32 + end - first, (place + 1) * 32);
          expect(padding.every((quant) => quant === 128)).toBe(true);
        }
      }),
    );
  });

  test('give back what they can hold exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -127, max: 127 }), { maxLength: 31 }),
        fc.constantFrom(LEAST, 2 ** -10, 0.125, 3),
        (steps, scale) => {
          const values = Float32Array.from([-127, ...steps], (step) => step * scale);
          expect(dequantizeInt8(quantizeInt8(values, 1, values.length))).toEqual(values);
        },
      ),
    );
  });

  test('hold zeros and equal values', () => {
    expect(dequantizeInt8(quantizeInt8(new Float32Array(80), 2, 40))).toEqual(new Float32Array(80));
    const equal = new Float32Array(32).fill(-2.5);
    expect(distance(equal, dequantizeInt8(quantizeInt8(equal, 1, 32)))).toBeLessThan(2.5 * 2 ** -11);
  });

  test('say what they cannot hold', () => {
    expect(() => quantizeInt8(new Float32Array(31), 1, 32)).toThrow('31 values are no matrix of 1 by 32');
    const values = new Float32Array(64);
    values[35] = Number.NaN;
    expect(() => quantizeInt8(values, 2, 32)).toThrow('quantizeInt8: value 35 is not finite');
    values[35] = 1e20;
    expect(() => quantizeInt8(values, 2, 32)).toThrow('no float16 scales them');
  });
});
