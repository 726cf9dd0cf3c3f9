import * as ag from '@prs-med/autograd';
import { BLOCK } from './base-weights.js';
import { blocksOf } from './quantize-int4.js';
import { blockBytes, type WeightBits } from './quantized-matrix.js';

/**
 * How products with quantised weights are computed: 0 in float32, with 8-bit weights nearly so (`splitProduct`); 4 with
 * the activations rounded to 8 bits a block, as llama.cpp does.
 */
export type AccuracyLevel = 0 | 4;

export interface MatMulNBitsOptions {
  readonly bits: WeightBits;
  readonly accuracyLevel: AccuracyLevel;
  /** Packed as in `Int4Matrix`; `2^(bits - 1)` for all blocks when left out. */
  readonly zeroPoints?: Uint8Array | undefined;
}

/** x [length, K] by quantised weights: [length, N]. `quants` [N, ceil(K / 32), bytes of a block]. */
export function matMulNBits(
  x: ag.Tensor,
  quants: Uint8Array,
  scales: Float32Array,
  outputs: number,
  { bits, accuracyLevel, zeroPoints }: MatMulNBitsOptions,
): ag.Tensor {
  const inputs = x.shape[1]!;
  const blocks = blocksOf(inputs);
  const bytes = blockBytes(bits);
  const zeroBytes = outputs * Math.ceil((blocks * bits) / 8);
  if (
    x.shape.length !== 2 ||
    quants.length !== outputs * blocks * bytes ||
    scales.length !== outputs * blocks ||
    (zeroPoints !== undefined && zeroPoints.length !== zeroBytes)
  )
    throw new ag.GraphError('matMulNBits', `the weight is not one of ${outputs} outputs`, [x]);
  const weight = [
    ag.constant(quants, [outputs, blocks, bytes], 'uint8'),
    ag.constant(scales, [outputs * blocks]),
    ...(zeroPoints === undefined ? [] : [ag.constant(zeroPoints, [zeroBytes], 'uint8')]),
  ];
  return ag.addNode('MatMulNBits', [x, ...weight], {
    domain: 'com.microsoft',
    attributes: { K: inputs, N: outputs, bits, block_size: BLOCK, accuracy_level: accuracyLevel },
    outputs: [{ shape: [x.shape[0]!, outputs] }],
  })[0]!;
}

/** Steps from 0 to the largest magnitude of a block, as the kernel rounds. */
const STEPS = 127;

/**
 * x [length, K] by 8-bit weights with 15 bits of x kept: [length, N]. MatMulNBits has no kernel that takes 8 bits and
 * float32: at accuracy level 0 ONNX Runtime 1.30 unpacks the whole weight at each call, which for 4096 by 4096 and one row
 * takes over 200 ms on a core where this takes 0.5. Its kernel of level 4 rounds a row to 8 bits a block; so each row goes
 * in as that and as what the rounding left, in one pass over the weights, and the two products are added.
 */
export function splitProduct(
  x: ag.Tensor,
  quants: Uint8Array,
  scales: Float32Array,
  outputs: number,
): ag.Tensor {
  const [length, inputs] = x.shape as [number, number];
  const count = blocksOf(inputs);
  const whole = ag.pad(x, [
    [0, 0],
    [0, count * BLOCK - inputs],
  ]);
  // How many rows there are is free at each run.
  const shaped = (from: ag.Tensor, target: readonly number[], shape: readonly number[]): ag.Tensor =>
    ag.addNode('Reshape', [from, ag.integers(target)], { outputs: [{ shape }] })[0]!;
  const blocks = shaped(whole, [-1, count, BLOCK], [length, count, BLOCK]);
  const largest = ag.max(ag.absolute(blocks), { axes: [2], keepDimensions: true });
  // A block of zeros has a step too: nothing is divided by 0.
  const step = ag.maximum(ag.multiply(largest, 1 / STEPS), 1e-30);
  const steps = ag.addNode('Round', [ag.divide(blocks, step)], { outputs: [{ shape: blocks.shape }] })[0]!;
  const coarse = ag.multiply(steps, step);
  const both = ag.concatenate([coarse, ag.subtract(blocks, coarse)], 0);
  const rows = shaped(both, [-1, count * BLOCK], [2 * length, count * BLOCK]);
  const products = matMulNBits(rows, quants, scales, outputs, { bits: 8, accuracyLevel: 4 });
  return ag.sum(shaped(products, [2, -1, outputs], [2, length, outputs]), { axes: [0] });
}
