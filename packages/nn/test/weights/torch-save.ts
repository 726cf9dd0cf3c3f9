import { bytesOf, zipOf } from './files.js';

interface SavedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const text = (value: string) => bytesOf(0x8c, new TextEncoder().encode(value).length, value);
const integer = (value: number) => bytesOf('J', new Uint8Array(Int32Array.of(value).buffer));
const tuple = (numbers: readonly number[]) => bytesOf('(', ...numbers.map(integer), 't');

/** Strides of a contiguous tensor. */
const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));

/** A file as torch.save makes it of a state dict of float32 tensors that are views of one storage. */
export async function torchSave(tensors: ReadonlyMap<string, SavedTensor>): Promise<Uint8Array> {
  const count = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const values = new Float32Array(count);
  const kind = bytesOf(text('storage'), 'ctorch\nFloatStorage\n', text('0'), text('cpu'));
  const storage = bytesOf('(', kind, integer(count), 'tQ');
  let offset = 0;
  const items = [...tensors].map(([name, { shape, data }]) => {
    values.set(data, offset);
    const place = bytesOf(integer(offset), tuple(shape), tuple(stridesOf(shape)), 0x89);
    offset += data.length;
    const args = bytesOf('(', storage, place, 'ccollections\nOrderedDict\n)Rt');
    return bytesOf(text(name), 'ctorch._utils\n_rebuild_tensor_v2\n', args, 'R');
  });
  const pickle = bytesOf(0x80, 2, '}(', ...items, 'u.');
  return zipOf({ 'archive/data.pkl': pickle, 'archive/data/0': new Uint8Array(values.buffer) });
}
