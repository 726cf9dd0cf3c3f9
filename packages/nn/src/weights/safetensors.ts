// The safetensors format: https://github.com/huggingface/safetensors#format
import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import { duplicateKey, isRecord } from './json.js';
import { checkDisjoint, type NamedRange } from './ranges.js';
import type { ByteSource } from './source.js';
import {
  ELEMENT_SIZES,
  type ElementType,
  elementCount,
  type TensorEntry,
  type TensorFile,
} from './tensors.js';

/** The length that the reference implementation allows a header. */
export const LARGEST_SAFETENSORS_HEADER = 100_000_000;

const TYPES: ReadonlyMap<string, ElementType> = new Map([
  ['BOOL', 'bool'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
]);

interface HeaderEntry extends NamedRange {
  readonly type: ElementType;
  readonly shape: readonly number[];
}

function isCount(value: unknown): value is number {
  // -0 is a safe integer, and no count.
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

function parseHeaderEntry(file: string, name: string, value: unknown, dataSize: number): HeaderEntry {
  const wrong = (problem: string, remedy = FETCH_AGAIN) =>
    new WeightFileError(file, `tensor ${quoted(name)} ${problem}`, remedy);
  if (!isRecord(value)) throw wrong('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw wrong('has no dtype');
  const type = TYPES.get(dtype);
  if (!type)
    throw wrong(`has the unknown dtype ${quoted(dtype)}`, `convert it to one of ${[...TYPES.keys()]}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw wrong('has a shape that is not a list of counts');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw wrong('has data_offsets that are not two counts');
  }
  const [begin, end] = offsets as [number, number];
  const byteLength = elementCount(shape) * ELEMENT_SIZES[type];
  if (!Number.isSafeInteger(byteLength)) throw wrong('has a shape too large for any file');
  if (begin > end || end > dataSize) throw wrong(`lies at ${begin} to ${end} of ${dataSize} bytes of data`);
  if (end - begin !== byteLength) {
    throw wrong(`needs ${byteLength} bytes for shape [${shape}] of ${dtype} and has ${end - begin}`);
  }
  return { name, type, shape, begin, end };
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    throw new WeightFileError(file, '__metadata__ is not a map from text to text', FETCH_AGAIN);
  }
  return value as Record<string, string>;
}

function parseHeaderText(file: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  let twice: string | undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
    twice = duplicateKey(text);
  } catch (error) {
    throw new WeightFileError(file, 'the header is not JSON in UTF-8', FETCH_AGAIN, { cause: error });
  }
  if (!isRecord(header)) throw new WeightFileError(file, 'the header is not a JSON object', FETCH_AGAIN);
  if (twice !== undefined) {
    const problem = `the header names ${quoted(twice)} twice`;
    throw new WeightFileError(file, problem, 'save the file again with each tensor named once');
  }
  return header;
}

/**
 * Reads and checks the header of a safetensors file; tensors are read when their entries are asked to.
 * Throws WeightFileError on anything the format does not allow: see `parseHeaderEntry` and `checkDisjoint`.
 */
export async function readSafetensors(source: ByteSource): Promise<TensorFile> {
  const file = source.name;
  if (source.size < 8)
    throw new WeightFileError(file, `${source.size} bytes are no safetensors file`, FETCH_AGAIN);
  const prefix = await source.read(0, 8);
  const wide = new DataView(prefix.buffer).getBigUint64(0, true);
  if (wide > BigInt(Math.min(source.size - 8, LARGEST_SAFETENSORS_HEADER))) {
    throw new WeightFileError(
      file,
      `its first 8 bytes say that the header has ${wide} bytes, of ${source.size} in the file`,
      `if it is a safetensors file (limit ${LARGEST_SAFETENSORS_HEADER} bytes of header), ${FETCH_AGAIN}`,
    );
  }
  const headerLength = Number(wide);
  const header = parseHeaderText(file, await source.read(8, headerLength));
  const dataStart = 8 + headerLength;
  const dataSize = source.size - dataStart;
  const tensors: HeaderEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.push(parseHeaderEntry(file, name, value, dataSize));
  }
  checkDisjoint(file, tensors, dataSize, true);
  const entries = new Map<string, TensorEntry>();
  for (const { name, shape, type, begin, end } of tensors) {
    const byteLength = end - begin;
    entries.set(name, {
      name,
      shape,
      type,
      byteLength,
      read: () => source.read(dataStart + begin, byteLength),
      ...(source.readInto && { readInto: (into) => source.readInto!(dataStart + begin, into) }),
    });
  }
  return { name: file, entries, metadata: parseMetadata(file, header.__metadata__) };
}
