import { WeightFileError } from './errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './float16.js';
import { dequantize, isQuantizedType, type QuantizedType } from './ggml-blocks.js';

/** Bytes of one element of each plain type. Little-endian everywhere. */
export const ELEMENT_SIZES = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
} as const;

export type ElementType = keyof typeof ELEMENT_SIZES;

/** A tensor of a weight file, known by its header and not yet read. */
export interface TensorEntry {
  readonly name: string;
  /** Sizes from the slowest dimension to the fastest, as PyTorch writes them. */
  readonly shape: readonly number[];
  readonly type: ElementType | QuantizedType;
  readonly byteLength: number;
  /** Its bytes, contiguous and little-endian (for a quantised type the blocks as stored). Owned by the caller. */
  read(): Promise<Uint8Array>;
  /** The same, into an array of that length; for files that need not hold them beside. */
  readonly readInto?: (into: Uint8Array) => Promise<void>;
}

/** A weight file whose header has been read and checked. */
export interface TensorFile {
  /** The file's name, for messages. */
  readonly name: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Text that the file carries beside its tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** An entry's bytes, into an array of that length. */
export async function readEntryInto(entry: TensorEntry, into: Uint8Array): Promise<void> {
  if (entry.readInto === undefined) into.set(await entry.read());
  else await entry.readInto(into);
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An entry over values in memory, to be written. Throws WeightFileError when shape and values differ in count. */
export function tensorEntry(
  name: string,
  shape: readonly number[],
  type: ElementType,
  values: ArrayBufferView,
): TensorEntry {
  const byteLength = elementCount(shape) * ELEMENT_SIZES[type];
  if (byteLength !== values.byteLength) {
    throw new WeightFileError(
      name,
      `shape [${shape}] of ${type} needs ${byteLength} bytes and ${values.byteLength} were given`,
      'give the shape and type that the values have',
    );
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, shape: [...shape], type, byteLength, read: async () => new Uint8Array(bytes) };
}

/** The bytes as a typed array, copied only when they are not aligned for it. */
function view<T>(
  bytes: Uint8Array,
  construct: {
    new (buffer: ArrayBufferLike, offset: number, length: number): T;
    readonly BYTES_PER_ELEMENT: number;
  },
): T {
  const size = construct.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new construct(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / size));
}

function wideIntegers(bytes: Uint8Array, signed: boolean): Float32Array {
  const low = view(bytes, Uint32Array);
  const high = signed ? view(bytes, Int32Array) : low;
  const values = new Float32Array(low.length / 2);
  for (let i = 0; i < values.length; i++) values[i] = high[2 * i + 1]! * 2 ** 32 + low[2 * i]!;
  return values;
}

function convert(bytes: Uint8Array, type: ElementType): Float32Array {
  switch (type) {
    case 'float32':
      return view(bytes, Float32Array);
    case 'float16':
      return float16ToFloat32(view(bytes, Uint16Array));
    case 'bfloat16':
      return bfloat16ToFloat32(view(bytes, Uint16Array));
    case 'float64':
      return Float32Array.from(view(bytes, Float64Array));
    case 'int64':
      return wideIntegers(bytes, true);
    case 'uint64':
      return wideIntegers(bytes, false);
    case 'int32':
      return Float32Array.from(view(bytes, Int32Array));
    case 'uint32':
      return Float32Array.from(view(bytes, Uint32Array));
    case 'int16':
      return Float32Array.from(view(bytes, Int16Array));
    case 'uint16':
      return Float32Array.from(view(bytes, Uint16Array));
    case 'int8':
      return Float32Array.from(view(bytes, Int8Array));
    case 'uint8':
    case 'bool':
      return Float32Array.from(bytes);
  }
}

/**
 * Reads a tensor as float32, row-major in its shape; quantised types are dequantised as ggml does, integers
 * beyond 2^24 and float64 are rounded to the nearest.
 */
export async function toFloat32(entry: TensorEntry): Promise<Float32Array> {
  const bytes = await entry.read();
  return isQuantizedType(entry.type) ? dequantize(bytes, entry.type) : convert(bytes, entry.type);
}
