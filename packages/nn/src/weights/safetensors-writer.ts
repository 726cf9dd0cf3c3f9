import { quoted, WeightFileError } from './errors.js';
import { ELEMENT_SIZES, type ElementType, elementCount, type TensorEntry } from './tensors.js';

// The order of the reference implementation, which sorts the wide types first: each tensor is then aligned.
const DTYPES: readonly (readonly [ElementType, string])[] = [
  ['uint64', 'U64'],
  ['int64', 'I64'],
  ['float64', 'F64'],
  ['float32', 'F32'],
  ['uint32', 'U32'],
  ['int32', 'I32'],
  ['bfloat16', 'BF16'],
  ['float16', 'F16'],
  ['uint16', 'U16'],
  ['int16', 'I16'],
  ['int8', 'I8'],
  ['uint8', 'U8'],
  ['bool', 'BOOL'],
];

const FILE = 'safetensors to be written';

interface Plan {
  readonly header: Uint8Array;
  readonly ordered: readonly TensorEntry[];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function plan(entries: Iterable<TensorEntry>, metadata: Readonly<Record<string, string>>): Plan {
  const rank = new Map<string, number>(DTYPES.map(([type], index) => [type, index]));
  const ordered = [...entries];
  const names = new Set<string>();
  for (const { name, type, shape, byteLength } of ordered) {
    if (names.has(name))
      throw new WeightFileError(FILE, `two tensors are named ${quoted(name)}`, 'rename one');
    if (name === '__metadata__') throw new WeightFileError(FILE, `a tensor is named ${name}`, 'rename it');
    if (!rank.has(type)) {
      const problem = `tensor ${quoted(name)} is of type ${type}, which the format does not have`;
      throw new WeightFileError(FILE, problem, 'convert it with toFloat32 first');
    }
    if (elementCount(shape) * ELEMENT_SIZES[type as ElementType] !== byteLength) {
      const problem = `tensor ${quoted(name)} of shape [${shape}] and type ${type} has ${byteLength} bytes`;
      throw new WeightFileError(FILE, problem, 'give the shape and type that the values have');
    }
    names.add(name);
  }
  ordered.sort((a, b) => rank.get(a.type)! - rank.get(b.type)! || compareText(a.name, b.name));
  const fields: string[] = [];
  const notes = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  if (notes.length > 0) {
    const pairs = notes.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    fields.push(`"__metadata__":{${pairs.join()}}`);
  }
  let offset = 0;
  for (const { name, type, shape, byteLength } of ordered) {
    // Written by hand: an object would move names such as "0" to the front.
    const dtype = DTYPES[rank.get(type)!]![1];
    const description = JSON.stringify({ dtype, shape, data_offsets: [offset, offset + byteLength] });
    fields.push(`${JSON.stringify(name)}:${description}`);
    offset += byteLength;
  }
  const json = new TextEncoder().encode(`{${fields.join()}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return { header, ordered };
}

/**
 * A safetensors file in chunks: the header, then one chunk a tensor, read as it is needed. The bytes depend only
 * on the tensors and the metadata, not on their order: wide types first, then by name, as the reference
 * implementation sorts. Throws WeightFileError on a name given twice or a type the format does not have.
 */
export async function* safetensorsChunks(
  entries: Iterable<TensorEntry>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { header, ordered } = plan(entries, metadata);
  yield header;
  for (const entry of ordered) {
    const bytes = await entry.read();
    if (bytes.byteLength !== entry.byteLength) {
      const problem = `tensor ${quoted(entry.name)} gave ${bytes.byteLength} bytes instead of ${entry.byteLength}`;
      throw new WeightFileError(FILE, problem, 'its source changed, so open it again');
    }
    yield bytes;
  }
}

/** A whole safetensors file in memory; `safetensorsChunks` is for those too large for that. */
export async function writeSafetensors(
  entries: Iterable<TensorEntry>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of safetensorsChunks(entries, metadata)) chunks.push(chunk);
  const file = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    file.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return file;
}
