// The GGUF format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import { BLOCK_LAYOUTS, type QuantizedType } from './ggml-blocks.js';
import { GgufCursor, type GgufValue } from './gguf-cursor.js';
import { checkDisjoint, type NamedRange } from './ranges.js';
import { type ByteSource, parsePrefix } from './source.js';
import {
  ELEMENT_SIZES,
  type ElementType,
  elementCount,
  type TensorEntry,
  type TensorFile,
} from './tensors.js';

export type { GgufValue } from './gguf-cursor.js';

/** A GGUF file whose header has been read. Shapes are in PyTorch's order, the reverse of ggml's. */
export interface GgufFile extends TensorFile {
  readonly version: number;
  /** Every key and value of the header; `metadata` has those that are text, numbers or booleans, as text. */
  readonly fields: ReadonlyMap<string, GgufValue>;
}

// A tokenizer of a million entries is some 30 MB.
const LARGEST_HEADER = 1 << 26;
const MOST_DIMENSIONS = 4;

const SUPPORTED: ReadonlyMap<number, ElementType | QuantizedType> = new Map([
  [0, 'float32'],
  [1, 'float16'],
  [2, 'q4_0'],
  [3, 'q4_1'],
  [6, 'q5_0'],
  [7, 'q5_1'],
  [8, 'q8_0'],
  [12, 'q4_k'],
  [13, 'q5_k'],
  [14, 'q6_k'],
  [24, 'int8'],
  [25, 'int16'],
  [26, 'int32'],
  [27, 'int64'],
  [28, 'float64'],
  [30, 'bfloat16'],
]);

/** Names of the types of ggml.h that are not read. */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
  40: 'NVFP4',
};

interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly typeNumber: number;
  readonly offset: number;
}

interface Header {
  readonly version: number;
  readonly fields: Map<string, GgufValue>;
  readonly tensors: TensorInfo[];
  /** Length of the header in bytes, before the padding. */
  readonly length: number;
}

function parseHeader(file: string, bytes: Uint8Array, fileSize: number): Header {
  const cursor = new GgufCursor(file, bytes, fileSize);
  if (cursor.uint32() !== 0x46554747) {
    throw new WeightFileError(file, 'it does not begin with "GGUF"', 'give a GGUF file');
  }
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    const bigEndian = (version & 0xffff) === 0;
    throw new WeightFileError(
      file,
      bigEndian
        ? 'it is a big-endian GGUF file'
        : `it is GGUF version ${version}, and versions 2 and 3 are read`,
      'convert it again with a current llama.cpp on an ordinary machine',
    );
  }
  // A tensor's description takes at least 24 bytes, a key and its value 13.
  const tensorCount = cursor.count(24, 'tensors');
  const fieldCount = cursor.count(13, 'metadata keys');
  const fields = new Map<string, GgufValue>();
  for (let i = 0; i < fieldCount; i++) {
    const key = cursor.string();
    if (fields.has(key))
      throw new WeightFileError(file, `metadata key ${quoted(key)} is there twice`, FETCH_AGAIN);
    fields.set(key, cursor.value(cursor.uint32()));
  }
  const tensors: TensorInfo[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.string();
    const dimensions = cursor.uint32();
    if (dimensions > MOST_DIMENSIONS) {
      const problem = `tensor ${quoted(name)} has ${dimensions} dimensions, more than ggml allows`;
      throw new WeightFileError(file, problem, FETCH_AGAIN);
    }
    const shape = Array.from({ length: dimensions }, () =>
      cursor.safeUint64(`shape of ${quoted(name)}`),
    ).reverse();
    const typeNumber = cursor.uint32();
    tensors.push({ name, shape, typeNumber, offset: cursor.safeUint64(`offset of ${quoted(name)}`) });
  }
  return { version, fields, tensors, length: cursor.position };
}

function byteLengthOf(file: string, { name, shape }: TensorInfo, type: ElementType | QuantizedType): number {
  const count = elementCount(shape);
  let byteLength: number;
  if (type in BLOCK_LAYOUTS) {
    const { values, bytes } = BLOCK_LAYOUTS[type as QuantizedType];
    if ((shape.at(-1) ?? 1) % values !== 0) {
      const problem = `tensor ${quoted(name)} has rows of ${shape.at(-1)} values in ${type} blocks of ${values}`;
      throw new WeightFileError(file, problem, FETCH_AGAIN);
    }
    byteLength = (count / values) * bytes;
  } else {
    byteLength = count * ELEMENT_SIZES[type as ElementType];
  }
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(byteLength)) {
    throw new WeightFileError(file, `tensor ${quoted(name)} has a shape too large for any file`, FETCH_AGAIN);
  }
  return byteLength;
}

function checkTypes(file: string, tensors: readonly TensorInfo[]): void {
  const wrong = new Map<string, string[]>();
  for (const { name, typeNumber } of tensors) {
    if (SUPPORTED.has(typeNumber)) continue;
    const type = UNSUPPORTED[typeNumber] ?? `number ${typeNumber}`;
    wrong.set(type, [...(wrong.get(type) ?? []), name]);
  }
  if (wrong.size === 0) return;
  const list = [...wrong].map(([type, names]) => {
    const first = quoted(names[0]!);
    return `${type} (${names.length === 1 ? first : `${names.length} tensors, ${first} the first`})`;
  });
  const readable = [...SUPPORTED.values()].join(', ');
  throw new WeightFileError(
    file,
    `types that are not read: ${list.join(', ')}`,
    `use a file of ${readable} only`,
  );
}

function alignmentOf(file: string, fields: ReadonlyMap<string, GgufValue>): number {
  const alignment = fields.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || alignment < 1 || !Number.isInteger(Math.log2(alignment))) {
    throw new WeightFileError(file, 'general.alignment is not a power of two', FETCH_AGAIN);
  }
  return alignment;
}

/**
 * Reads and checks the header of a GGUF file (versions 2 and 3, little-endian); tensors are read when their
 * entries are asked to, and `toFloat32` dequantises them. Throws WeightFileError on damage, on types that are
 * not read (by name), and on counts or lengths that the file is too small for.
 */
export async function readGguf(source: ByteSource): Promise<GgufFile> {
  const file = source.name;
  const header = await parsePrefix(source, 0, LARGEST_HEADER, 'header', (bytes) =>
    parseHeader(file, bytes, source.size),
  );
  checkTypes(file, header.tensors);
  const alignment = alignmentOf(file, header.fields);
  const dataStart = Math.ceil(header.length / alignment) * alignment;
  const dataSize = Math.max(0, source.size - dataStart);
  const entries = new Map<string, TensorEntry>();
  const ranges: NamedRange[] = [];
  for (const tensor of header.tensors) {
    const { name, shape, offset } = tensor;
    const type = SUPPORTED.get(tensor.typeNumber)!;
    const byteLength = byteLengthOf(file, tensor, type);
    const end = offset + byteLength;
    if (offset % alignment !== 0 || end > dataSize) {
      const problem = `tensor ${quoted(name)} lies at ${offset} to ${end} of ${dataSize} bytes of data`;
      throw new WeightFileError(file, problem, FETCH_AGAIN);
    }
    if (entries.has(name))
      throw new WeightFileError(file, `tensor ${quoted(name)} is there twice`, FETCH_AGAIN);
    ranges.push({ name, begin: offset, end });
    const read = () => source.read(dataStart + offset, byteLength);
    entries.set(name, { name, shape, type, byteLength, read });
  }
  checkDisjoint(file, ranges, dataSize, false);
  const scalars = [...header.fields].filter(([, value]) => typeof value !== 'object');
  const metadata = Object.fromEntries(scalars.map(([key, value]) => [key, String(value)]));
  return { name: file, version: header.version, fields: header.fields, entries, metadata };
}
