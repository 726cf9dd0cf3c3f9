import {
  float16ToFloat32,
  float32ToFloat16,
  readEntryInto,
  type TensorEntry,
  tensorEntry,
} from '@prs-med/nn';
import type { LinearName } from './base-weights.js';
import { blocksOf } from './quantize-int4.js';
import { blockBytes, type QuantizedMatrix, type WeightBits } from './quantized-matrix.js';

/** A tensor that a quantised linear is stored as. */
interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'uint8' | 'float16';
}

/** The tensors that a linear of so many bits is stored as: quants, scales and, of 4 bits, zero points. */
export function storedTensors({ name, outputs, inputs }: LinearName, bits: WeightBits): StoredTensor[] {
  const blocks = blocksOf(inputs);
  const part = (own: string, type: StoredTensor['type'], shape: readonly number[]): StoredTensor => ({
    name: `${name}.weight.${own}`,
    shape,
    type,
  });
  const both = [
    part('quants', 'uint8', [outputs, blocks, blockBytes(bits)]),
    part('scales', 'float16', [outputs, blocks]),
  ];
  return bits === 8 ? both : [...both, part('zero_points', 'uint8', [outputs, Math.ceil(blocks / 2)])];
}

/** The bits of a linear, by the shape of its quants; undefined where it has none. */
export function storedBits(
  tensors: ReadonlyMap<string, TensorEntry>,
  { name }: LinearName,
): WeightBits | undefined {
  const quants = tensors.get(`${name}.weight.quants`);
  if (quants === undefined) return undefined;
  return quants.shape.at(-1) === blockBytes(8) ? 8 : 4;
}

/** A quantised linear as its tensors. */
export function storeMatrix(linear: LinearName, matrix: QuantizedMatrix): TensorEntry[] {
  const halves = float32ToFloat16(matrix.scales);
  const parts = matrix.bits === 8 ? [matrix.quants, halves] : [matrix.quants, halves, matrix.zeroPoints];
  return storedTensors(linear, matrix.bits).map(({ name, shape, type }, i) =>
    tensorEntry(name, shape, type, parts[i]!),
  );
}

/** Where a quantised linear's numbers go. */
export interface MatrixArrays {
  readonly quants: Uint8Array;
  readonly scales: Float32Array;
  /** Of 4 bits. */
  readonly zeroPoints?: Uint8Array | undefined;
}

/** Reads a linear that is stored in so many bits. */
export async function readMatrix(
  tensors: ReadonlyMap<string, TensorEntry>,
  linear: LinearName,
  bits: WeightBits,
): Promise<QuantizedMatrix> {
  const { outputs, inputs } = linear;
  const blocks = outputs * blocksOf(inputs);
  const arrays = { quants: new Uint8Array(blocks * blockBytes(bits)), scales: new Float32Array(blocks) };
  if (bits === 8) {
    await readMatrixInto(tensors, linear, arrays);
    return { bits, outputs, inputs, ...arrays };
  }
  const zeroPoints = new Uint8Array(outputs * Math.ceil(blocksOf(inputs) / 2));
  await readMatrixInto(tensors, linear, { ...arrays, zeroPoints });
  return { bits, outputs, inputs, ...arrays, zeroPoints };
}

/** Reads a linear that is stored in blocks into arrays of its lengths, which may be parts of larger ones. */
export async function readMatrixInto(
  tensors: ReadonlyMap<string, TensorEntry>,
  { name }: LinearName,
  { quants, scales, zeroPoints }: MatrixArrays,
): Promise<void> {
  const part = (own: string): TensorEntry => tensors.get(`${name}.weight.${own}`)!;
  const halves = await part('scales').read();
  float16ToFloat32(new Uint16Array(halves.buffer, halves.byteOffset, halves.byteLength / 2), scales);
  await readEntryInto(part('quants'), quants);
  if (zeroPoints !== undefined) await readEntryInto(part('zero_points'), zeroPoints);
}
