import { addNode, constant, GraphError, matmul, type Tensor } from '@prs-med/autograd';
import { type BaseWeights, BLOCK, type LinearName, readHalves, readQuants } from './base-weights.js';
import type { LoraWeights } from './lora-weights.js';
import { blocksOf } from './quantize-int4.js';

/**
 * One or more linears over the same input, their rows joined: 4-bit quants as MatMulNBits takes them, and what is then
 * missing as two thin products: x `down` [K, thin] `up` [thin, N]; LoRA is in it, and what a base of minimums adds.
 */
export interface QuantizedLinear {
  readonly kind: 'int4';
  readonly inputs: number;
  readonly outputs: number;
  readonly quants: Uint8Array;
  readonly scales: Float32Array;
  /** Packed as in `Int4Matrix`; 8 for all blocks when left out. */
  readonly zeroPoints?: Uint8Array;
  readonly down: Float32Array;
  readonly up: Float32Array;
  /** 0 when nothing is missing. */
  readonly thin: number;
}

/**
 * Reads linears of a base that share their input and joins them, with the zero point 8 that MatMulNBits is fast with:
 * the first columns of `down` sum the blocks of x, and the rows of `up` under them hold minimum + 8 scale. Throws an Error when a tensor is missing or LoRA does not fit.
 */
export async function readQuantizedLinear(
  base: BaseWeights,
  names: readonly LinearName[],
  lora: LoraWeights | undefined,
): Promise<QuantizedLinear> {
  const inputs = names[0]!.inputs;
  const blocks = inputs / BLOCK;
  const outputs = names.reduce((sum, { outputs: rows }) => sum + rows, 0);
  const adapted = names.map(({ name }) => lora?.tensors.has(`${name}.lora_A.weight`) ?? false);
  const rank = lora?.rank ?? 0;
  const thin = blocks + adapted.filter(Boolean).length * rank;
  const quants = new Uint8Array((outputs * inputs) / 2);
  const scales = new Float32Array(outputs * blocks);
  const down = new Float32Array(inputs * thin);
  const up = new Float32Array(thin * outputs);
  for (let i = 0; i < inputs; i++) down[i * thin + Math.floor(i / BLOCK)] = 1;
  const read = await Promise.all(
    names.map(({ name }) =>
      Promise.all([
        readQuants(base, `${name}.weight.quants`),
        readHalves(base, `${name}.weight.scales`),
        readHalves(base, `${name}.weight.minimums`),
      ]),
    ),
  );
  let row = 0;
  let column = blocks;
  for (const [index, { name, outputs: rows }] of names.entries()) {
    const [ownQuants, ownScales, minimums] = read[index]!;
    quants.set(ownQuants, (row * inputs) / 2);
    scales.set(ownScales, row * blocks);
    for (let block = 0; block < blocks; block++) {
      for (let o = 0; o < rows; o++)
        up[block * outputs + row + o] = minimums[o * blocks + block]! + 8 * ownScales[o * blocks + block]!;
    }
    if (lora !== undefined && adapted[index]) {
      placeLora(lora, name, { inputs, rows, outputs, thin, row, column }, down, up);
      column += rank;
    }
    row += rows;
  }
  return { kind: 'int4', inputs, outputs, quants, scales, down, up, thin };
}

/** Where a linear's adapter goes: the first of its rows among all, the first of its columns of `down`. */
export interface LoraPlace {
  readonly inputs: number;
  readonly rows: number;
  readonly outputs: number;
  readonly thin: number;
  readonly row: number;
  readonly column: number;
}

/** Writes A, transposed, into columns of `down`, and B times alpha / rank, transposed, into rows of `up`. */
export function placeLora(
  { tensors, rank, alpha }: LoraWeights,
  name: string,
  { inputs, rows, outputs, thin, row, column }: LoraPlace,
  down: Float32Array,
  up: Float32Array,
): void {
  const a = tensors.get(`${name}.lora_A.weight`)!;
  const b = tensors.get(`${name}.lora_B.weight`);
  if (a.length !== rank * inputs || b?.length !== rows * rank) {
    throw new Error(`LoRA of ${name} does not fit rank ${rank}, ${inputs} inputs and ${rows} outputs`);
  }
  for (let r = 0; r < rank; r++) {
    for (let i = 0; i < inputs; i++) down[i * thin + column + r] = a[r * inputs + i]!;
    for (let o = 0; o < rows; o++) up[(column + r) * outputs + row + o] = (b[o * rank + r]! * alpha) / rank;
  }
}

/** How MatMulNBits computes: 0 in float32; 4 with the activations rounded to 8 bits a block, as llama.cpp does. */
export type AccuracyLevel = 0 | 4;

export interface MatMulNBitsOptions {
  readonly bits: 4 | 8;
  readonly accuracyLevel: AccuracyLevel;
  /** Packed as in `Int4Matrix`; `2^(bits - 1)` for all blocks when left out. */
  readonly zeroPoints?: Uint8Array | undefined;
}

/** x [length, K] by quantised weights: [length, N]. `quants` [N, ceil(K / 32), 4 bits]. */
export function matMulNBits(
  x: Tensor,
  quants: Uint8Array,
  scales: Float32Array,
  outputs: number,
  { bits, accuracyLevel, zeroPoints }: MatMulNBitsOptions,
): Tensor {
  const inputs = x.shape[1]!;
  const blocks = blocksOf(inputs);
  const bytes = (BLOCK * bits) / 8;
  const zeroBytes = outputs * Math.ceil((blocks * bits) / 8);
  if (
    x.shape.length !== 2 ||
    quants.length !== outputs * blocks * bytes ||
    scales.length !== outputs * blocks ||
    (zeroPoints !== undefined && zeroPoints.length !== zeroBytes)
  )
    throw new GraphError('matMulNBits', `the weight is not one of ${outputs} outputs`, [x]);
  const weight = [
    constant(quants, [outputs, blocks, bytes], 'uint8'),
    constant(scales, [outputs * blocks]),
    ...(zeroPoints === undefined ? [] : [constant(zeroPoints, [zeroBytes], 'uint8')]),
  ];
  return addNode('MatMulNBits', [x, ...weight], {
    domain: 'com.microsoft',
    attributes: { K: inputs, N: outputs, bits, block_size: BLOCK, accuracy_level: accuracyLevel },
    outputs: [{ shape: [x.shape[0]!, outputs] }],
  })[0]!;
}

/** x [length, K] through the joined linears, [length, N]. */
export function quantizedLinear(x: Tensor, weights: QuantizedLinear, accuracyLevel: AccuracyLevel): Tensor {
  const { quants, scales, zeroPoints } = weights;
  const main = matMulNBits(x, quants, scales, weights.outputs, { bits: 4, accuracyLevel, zeroPoints });
  if (weights.thin === 0) return main;
  const thin = matmul(x, constant(weights.down, [weights.inputs, weights.thin]));
  // Gemm adds the first product to the second without a further pass.
  return addNode('Gemm', [thin, constant(weights.up, [weights.thin, weights.outputs]), main], {
    outputs: [{ shape: main.shape }],
  })[0]!;
}
