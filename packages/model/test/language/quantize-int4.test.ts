import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantizeInt4, quantizeInt4 } from '../../src/language/quantize-int4.js';
import { quantizationError } from '../../src/language/quantized-matrix.js';
import { distance, heavyTailedNumbers, matrixOf, normalNumbers } from './random-matrix.js';

/** Each block rounded to the nearest of -7..7 steps of a seventh of its largest magnitude. */
function plainRounding(values: Float32Array): Float32Array {
  const rounded = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += 32) {
    const step = Math.max(...values.subarray(start, start + 32).map(Math.abs)) / 7;
    for (let i = start; i < start + 32; i++)
      rounded[i] = step === 0 ? 0 : Math.round(values[i]! / step) * step;
  }
  return rounded;
}

describe('4-bit blocks', () => {
  test.each([
    ['normal', normalNumbers(1), 0.85],
    ['heavy-tailed', heavyTailedNumbers(2), 0.75],
  ])('of %s values leave less error than plain rounding', (_, next, share) => {
    const values = matrixOf(64, 256, next);
    const approximate = dequantizeInt4(quantizeInt4(values, 64, 256));
    expect(distance(values, approximate)).toBeLessThan(share * distance(values, plainRounding(values)));
  });

  test('say how far they are from the values, in standard deviations', () => {
    const next = normalNumbers(5);
    const values = matrixOf(64, 256, () => 10 + 3 * next());
    const matrix = quantizeInt4(values, 64, 256);
    const wanted = distance(values, dequantizeInt4(matrix)) / 3;
    expect(quantizationError(values, matrix)).toBeCloseTo(wanted, 3);
    expect(quantizationError(new Float32Array(32), quantizeInt4(new Float32Array(32), 1, 32))).toBe(0);
  });

  test('of any values leave no more error than plain rounding, and half a step at most', () => {
    const block = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
      minLength: 32,
      maxLength: 32,
    });
    fc.assert(
      fc.property(block, (numbers) => {
        const values = Float32Array.from(numbers, (value) => (Math.abs(value) < 1e-3 ? 0 : value));
        const matrix = quantizeInt4(values, 1, 32);
        const approximate = dequantizeInt4(matrix);
        // A float16 scale may be 2^-11 off.
        const slack = Math.max(...values.map(Math.abs)) * 2 ** -11;
        expect(distance(values, approximate)).toBeLessThanOrEqual(
          distance(values, plainRounding(values)) + slack,
        );
        const zeroPoint = matrix.zeroPoints[0]! & 15;
        const steps = [...values].map((value) => value / matrix.scales[0]! + zeroPoint);
        steps.forEach((step, i) => {
          if (!(step >= 0 && step <= 15)) return;
          const error = Math.abs(approximate[i]! - values[i]!) / Math.abs(matrix.scales[0]!);
          expect(error).toBeLessThan(0.5001);
        });
      }),
    );
  });

  test('give back what they can hold exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 0, max: 15 }),
        fc.constantFrom(2 ** -10, 0.125, 3),
        (quants, zeroPoint, scale) => {
          const values = Float32Array.from([0, 15, ...quants], (quant) => (quant - zeroPoint) * scale);
          expect(dequantizeInt4(quantizeInt4(values, 1, 32))).toEqual(values);
        },
      ),
    );
  });

  test('hold zeros, equal values, and a last block that is shorter', () => {
    expect(dequantizeInt4(quantizeInt4(new Float32Array(64), 2, 32))).toEqual(new Float32Array(64));
    const equal = new Float32Array(32).fill(-2.5);
    expect(distance(equal, dequantizeInt4(quantizeInt4(equal, 1, 32)))).toBeLessThan(2.5 * 2 ** -11);
    const values = matrixOf(3, 40, normalNumbers(3));
    const matrix = quantizeInt4(values, 3, 40);
    expect([matrix.quants.length, matrix.scales.length, matrix.zeroPoints.length]).toEqual([96, 6, 3]);
    expect(quantizationError(values, matrix)).toBeLessThan(0.1);
  });

  test.each([32, 64, 96])('are the same numbers wherever their bytes lie, of rows of %i', (inputs) => {
    const matrix = quantizeInt4(matrixOf(5, inputs, normalNumbers(7)), 5, inputs);
    const unaligned = new Uint8Array(matrix.quants.length + 1).subarray(1);
    unaligned.set(matrix.quants);
    expect(dequantizeInt4({ ...matrix, quants: unaligned })).toEqual(dequantizeInt4(matrix));
  });

  test('say what they cannot hold', () => {
    expect(() => quantizeInt4(new Float32Array(31), 1, 32)).toThrow('31 values are no matrix of 1 by 32');
    const values = new Float32Array(32);
    values[3] = Number.NaN;
    expect(() => quantizeInt4(values, 1, 32)).toThrow('not finite');
    values[3] = 1e20;
    expect(() => quantizeInt4(values, 1, 32)).toThrow('no float16 scales them');
  });
});
