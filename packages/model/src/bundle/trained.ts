import type { Shape } from '@prs-med/autograd';
import {
  type ByteSource,
  elementCount,
  matchTensors,
  readSafetensors,
  type TensorEntry,
  type TensorFile,
  tensorEntry,
  toFloat32,
  writeSafetensors,
} from '@prs-med/nn';

/** A parameter's numbers, row-major. */
export interface Parameter {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export type Parameters = ReadonlyMap<string, Parameter>;

/** Tensors of fewer elements, or of one axis, stay float32. */
const QUANTIZED_FROM = 1024;
const SCALE = '.scale';

/** Whether `trained.safetensors` stores a parameter of this shape as int8. */
export const isStoredAsInt8 = (shape: Shape): boolean =>
  shape.length >= 2 && elementCount(shape) >= QUANTIZED_FROM;

/**
 * A safetensors file of what training changes. Tensors of two or more axes and at least 1,024 elements are int8,
 * symmetric by first axis, with `NAME.scale` float32 [first axis] beside them: value = int8 x scale.
 * @param precision float32 keeps every value as it is: for what training starts from
 * @throws RangeError for a parameter that holds a value that is not finite
 */
export async function writeTrained(
  parameters: Parameters,
  precision: 'int8' | 'float32' = 'int8',
): Promise<Uint8Array> {
  const entries: TensorEntry[] = [];
  for (const [name, { shape, data }] of parameters) {
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new RangeError(`parameter ${name} holds ${data[bad]} at element ${bad}`);
    if (precision === 'int8' && isStoredAsInt8(shape)) {
      const { values, scales } = quantizeRows(data, shape[0]!);
      entries.push(tensorEntry(name, shape, 'int8', values));
      entries.push(tensorEntry(`${name}${SCALE}`, [shape[0]!], 'float32', scales));
    } else {
      entries.push(tensorEntry(name, shape, 'float32', data));
    }
  }
  return writeSafetensors(entries);
}

/**
 * Reads what `writeTrained` wrote, as float32.
 * @param shapes every parameter that the model has
 * @throws WeightFileError that lists every missing, unexpected and misshapen tensor
 */
export async function readTrained(
  source: ByteSource,
  shapes: ReadonlyMap<string, Shape>,
): Promise<Map<string, Parameter>> {
  const file = await readSafetensors(source);
  const entries = matchTensors(storedShapes(shapes, file), file);
  const parameters = new Map<string, Parameter>();
  await Promise.all(
    [...shapes].map(async ([name, shape]) => {
      const data = await toFloat32(entries.get(name)!);
      const scale = entries.get(`${name}${SCALE}`);
      if (scale !== undefined) scaleRows(data, await toFloat32(scale));
      parameters.set(name, { shape, data });
    }),
  );
  return parameters;
}

/** Shapes with the scales of those that the file has as int8: a file of plain float32 is read too. */
function storedShapes(shapes: ReadonlyMap<string, Shape>, file: TensorFile): Map<string, Shape> {
  const stored = new Map<string, Shape>();
  for (const [name, shape] of shapes) {
    stored.set(name, shape);
    if (file.entries.get(name)?.type === 'int8') stored.set(`${name}${SCALE}`, [shape[0]!]);
  }
  return stored;
}

function quantizeRows(data: Float32Array, rows: number): { values: Int8Array; scales: Float32Array } {
  const width = data.length / rows;
  const values = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * width; i < (row + 1) * width; i++) largest = Math.max(largest, Math.abs(data[i]!));
    if (largest === 0) continue;
    const scale = roundUp(largest / 127);
    scales[row] = scale;
    for (let i = row * width; i < (row + 1) * width; i++) {
      values[i] = Math.max(-127, Math.min(127, Math.round(data[i]! / scale)));
    }
  }
  return { values, scales };
}

/** Up to 17 binary digits: times 127 it is then exact, so that what is read and written again stays as it is. */
function roundUp(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(value)) - 16);
  return Math.ceil(value / unit) * unit;
}

function scaleRows(data: Float32Array, scales: Float32Array): void {
  const width = data.length / scales.length;
  for (let row = 0; row < scales.length; row++) {
    const scale = scales[row]!;
    for (let i = row * width; i < (row + 1) * width; i++) data[i] = data[i]! * scale;
  }
}
