import * as ag from '@prs-med/autograd';
import { describe, expect, test } from 'vitest';
import { matMulNBits, splitProduct } from '../../src/language/matmul-nbits.js';
import { quantizeInt4 } from '../../src/language/quantize-int4.js';
import {
  dequantizeMatrix,
  type QuantizedMatrix,
  quantizeMatrix,
  type WeightBits,
} from '../../src/language/quantized-matrix.js';
import { heavyTailedNumbers, matrixOf } from './random-matrix.js';
import { probe, runtime, worstError } from './reference.js';

const randomMatrix = (outputs: number, inputs: number, bits: WeightBits): QuantizedMatrix =>
  quantizeMatrix(matrixOf(outputs, inputs, heavyTailedNumbers(4)), outputs, inputs, bits).matrix;

/** What a graph over x [rows, inputs] gives, where how many rows there are is free. */
async function resultOf(
  product: (x: ag.Tensor) => ag.Tensor,
  x: Float32Array,
  inputs: number,
): Promise<Float32Array> {
  const y = product(ag.input('x', [2, inputs]));
  const session = await runtime.load(ag.compile({ y }, { dynamicAxes: { x: { 0: 'rows' } } }));
  const results = await session.run({ x: { type: 'float32', shape: [x.length / inputs, inputs], data: x } });
  await session.release();
  return results.y!.data as Float32Array;
}

/** x by the values that the matrix stands for. */
function wantedOf(x: Float32Array, matrix: QuantizedMatrix): Float32Array {
  const { outputs, inputs } = matrix;
  const values = dequantizeMatrix(matrix);
  const rows = x.length / inputs;
  const wanted = new Float32Array(rows * outputs);
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        wanted[row * outputs + o]! += x[row * inputs + i]! * values[o * inputs + i]!;
  return wanted;
}

const SIZES = [
  [48, 128, 5],
  [48, 96, 1],
  [7, 112, 3],
  [16, 40, 2],
] as const;

describe('MatMulNBits', () => {
  const product = (matrix: QuantizedMatrix, x: Float32Array, accuracyLevel: 0 | 4) => {
    const { bits, quants, scales, outputs, inputs } = matrix;
    const zeroPoints = matrix.bits === 4 ? matrix.zeroPoints : undefined;
    const options = { bits, accuracyLevel, zeroPoints };
    return resultOf((input) => matMulNBits(input, quants, scales, outputs, options), x, inputs);
  };

  test.each(SIZES)('of %i by %i computes what the dequantised values give', async (outputs, inputs, rows) => {
    const x = probe(rows * inputs, 7);
    for (const bits of [4, 8] as const) {
      const matrix = randomMatrix(outputs, inputs, bits);
      const wanted = wantedOf(x, matrix);
      expect(worstError(await product(matrix, x, 0), wanted), `${bits} bits`).toBeLessThan(1e-5);
      // Activations of 8 bits.
      expect(worstError(await product(matrix, x, 4), wanted), `${bits} bits`).toBeLessThan(0.03);
    }
  });

  test('refuses zero points of another size', () => {
    const { quants, scales } = quantizeInt4(new Float32Array(64), 2, 32);
    const options = { bits: 4, accuracyLevel: 0, zeroPoints: new Uint8Array(1) } as const;
    expect(() => matMulNBits(ag.input('x', [1, 32]), quants, scales, 2, options)).toThrow(
      'the weight is not one of 2 outputs',
    );
  });
});

describe('a product of 8-bit weights in two', () => {
  const product = ({ quants, scales, outputs, inputs }: QuantizedMatrix, x: Float32Array) =>
    resultOf((input) => splitProduct(input, quants, scales, outputs), x, inputs);

  test.each(SIZES)(
    'of %i by %i is within 15 bits of the dequantised values',
    async (outputs, inputs, rows) => {
      const matrix = randomMatrix(outputs, inputs, 8);
      const x = probe(rows * inputs, 7);
      expect(worstError(await product(matrix, x), wantedOf(x, matrix))).toBeLessThan(1e-4);
    },
  );

  test('takes blocks of zeros, and of numbers far apart', async () => {
    const matrix = randomMatrix(16, 96, 8);
    const x = Float32Array.from({ length: 2 * 96 }, (_, i) => (i < 64 ? 0 : Math.sin(i) * 10 ** (i % 7)));
    const result = await product(matrix, x);
    expect(worstError(result, wantedOf(x, matrix))).toBeLessThan(1e-4);
    expect(await product(matrix, new Float32Array(96))).toEqual(new Float32Array(16));
  });
});
