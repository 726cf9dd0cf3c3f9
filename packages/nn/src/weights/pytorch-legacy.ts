// The layout of torch.save before PyTorch 1.6 (torch/serialization.py, _legacy_save): pickles of a magic number,
// the protocol, the machine, the value and the storages' keys; then for each key its length and its bytes.
import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import { runPickle } from './pickle.js';
import type { PickleValue } from './pickle-values.js';
import { type ByteSource, checkRange, parsePrefix } from './source.js';
import { ELEMENT_SIZES } from './tensors.js';
import {
  LARGEST_PICKLE,
  type TorchEnvironment,
  type TorchLayout,
  torchEnvironment,
} from './torch-objects.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

interface Pickles {
  readonly value: PickleValue;
  readonly keys: readonly PickleValue[];
  readonly environment: TorchEnvironment;
  readonly end: number;
}

function parsePickles(file: string, bytes: Uint8Array): Pickles {
  const environment = torchEnvironment(file);
  let end = 0;
  const next = (): PickleValue => {
    const result = runPickle(file, bytes, end, environment);
    end = result.end;
    return result.value;
  };
  const magic = next();
  if (magic !== MAGIC || next() !== PROTOCOL) {
    throw new WeightFileError(file, 'it is a pickle, but none of torch.save', 'give a file of torch.save');
  }
  const machine = next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) {
    throw new WeightFileError(
      file,
      'its numbers are not little-endian',
      'save it again with a current PyTorch',
    );
  }
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new WeightFileError(file, 'its list of storages is none', FETCH_AGAIN);
  return { value, keys, environment, end };
}

/** Reads the pickles of a file saved before PyTorch 1.6 and finds its storages. Throws WeightFileError. */
export async function readLegacyLayout(source: ByteSource): Promise<TorchLayout> {
  const file = source.name;
  const { value, keys, environment, end } = await parsePrefix(source, 0, LARGEST_PICKLE, 'pickle', (bytes) =>
    parsePickles(file, bytes),
  );
  const storageOffsets = new Map<string, number>();
  let position = end;
  for (const key of keys) {
    const storage = typeof key === 'string' ? environment.storages.get(key) : undefined;
    if (!storage || storageOffsets.has(storage.key)) {
      throw new WeightFileError(file, 'its list of storages is not that of its tensors', FETCH_AGAIN);
    }
    const prefix = await source.read(position, 8);
    const count = new DataView(prefix.buffer).getBigInt64(0, true);
    const expected = storage.byteLength / ELEMENT_SIZES[storage.type];
    if (count !== BigInt(expected)) {
      const problem = `storage ${quoted(storage.key)} has ${count} values instead of ${expected}`;
      throw new WeightFileError(file, problem, FETCH_AGAIN);
    }
    checkRange(source, position + 8, storage.byteLength);
    storageOffsets.set(storage.key, position + 8);
    position += 8 + storage.byteLength;
  }
  if (storageOffsets.size !== environment.storages.size) {
    throw new WeightFileError(file, 'its tensors have storages that the file lacks', FETCH_AGAIN);
  }
  return { value, storageOffsets };
}
