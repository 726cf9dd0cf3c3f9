import { addNode, constant, matmul, type Tensor } from '@prs-med/autograd';
import { type BaseWeights, BLOCK, type LinearName, readHalves, readQuants } from './base-weights.js';
import type { LoraWeights } from './lora-weights.js';
import { type AccuracyLevel, matMulNBits, splitProduct } from './matmul-nbits.js';
import type { WeightBits } from './quantized-matrix.js';

/**
 * One or more linears over the same input, their rows joined: quants as MatMulNBits takes them, and what is then missing
 * as two thin products: x `down` [K, thin] `up` [thin, N]; LoRA is in it, and what a base of minimums adds.
 */
export interface QuantizedLinear {
  readonly kind: 'quantized';
  readonly bits: WeightBits;
  readonly inputs: number;
  readonly outputs: number;
  readonly quants: Uint8Array;
  readonly scales: Float32Array;
  /** Of 4 bits, packed as in `Int4Matrix`; 8, and of 8 bits 128, for all blocks when left out. */
  readonly zeroPoints?: Uint8Array | undefined;
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
  return { kind: 'quantized', bits: 4, inputs, outputs, quants, scales, down, up, thin };
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

/** x [length, K] through the joined linears, [length, N]. */
export function quantizedLinear(x: Tensor, weights: QuantizedLinear, accuracyLevel: AccuracyLevel): Tensor {
  const { bits, quants, scales, zeroPoints, outputs } = weights;
  const main =
    bits === 8 && accuracyLevel === 0
      ? splitProduct(x, quants, scales, outputs)
      : matMulNBits(x, quants, scales, outputs, { bits, accuracyLevel, zeroPoints });
  if (weights.thin === 0) return main;
  const thin = matmul(x, constant(weights.down, [weights.inputs, weights.thin]));
  // Gemm adds the first product to the second without a further pass.
  return addNode('Gemm', [thin, constant(weights.up, [weights.thin, outputs]), main], {
    outputs: [{ shape: main.shape }],
  })[0]!;
}
