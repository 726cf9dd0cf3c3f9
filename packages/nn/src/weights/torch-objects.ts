// What torch.save pickles: torch/_utils.py (_rebuild_*) and torch/serialization.py (persistent ids).
import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import type { PickleEnvironment } from './pickle.js';
import { PickleFunction, PickleObject, type PickleValue } from './pickle-values.js';
import { ELEMENT_SIZES, type ElementType, elementCount } from './tensors.js';

const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

/** A state dict of ten thousand tensors is some 3 MB. */
export const LARGEST_PICKLE = 1 << 25;

const MOST_DIMENSIONS = 16;
// A pickle can hand one list of pairs to many calls, each of which would copy it.
const MOST_PAIRS = 1_000_000;

/** A storage class (with its element type) or a dtype such as torch.uint16. */
class TorchType extends PickleObject {
  constructor(
    readonly description: string,
    readonly type: ElementType,
  ) {
    super();
  }
}

/** A reference to a storage: bytes that lie elsewhere in the file, under `key`. */
export class TorchStorage extends PickleObject {
  readonly description = 'a storage';

  constructor(
    readonly key: string,
    readonly type: ElementType,
    readonly byteLength: number,
  ) {
    super();
  }
}

/** A view of a storage. Strides and offset count elements. */
export class TorchTensor extends PickleObject {
  readonly description = 'a tensor';

  constructor(
    readonly storage: TorchStorage,
    readonly type: ElementType,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly offset: number,
  ) {
    super();
  }
}

/** What the pickles of torch.save may name, and the storages that they do name, by key. */
export interface TorchEnvironment extends PickleEnvironment {
  readonly storages: ReadonlyMap<string, TorchStorage>;
}

/** The pickled value of a file and where the storages that it refers to begin, by key. */
export interface TorchLayout {
  readonly value: PickleValue;
  readonly storageOffsets: ReadonlyMap<string, number>;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function counts(file: string, value: PickleValue | undefined): readonly number[] {
  if (!Array.isArray(value) || value.length > MOST_DIMENSIONS || !value.every(isCount)) {
    throw new WeightFileError(
      file,
      'a tensor has a shape or strides that are no list of counts',
      FETCH_AGAIN,
    );
  }
  return [...value];
}

function rebuildTensor(
  file: string,
  args: readonly PickleValue[],
  dtype: ElementType | undefined,
): TorchTensor {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof TorchStorage) || !isCount(offset)) {
    throw new WeightFileError(file, 'a tensor has no storage or offset', FETCH_AGAIN);
  }
  const type = dtype ?? storage.type;
  const shape = counts(file, size);
  const strides = counts(file, stride);
  const available = Math.floor(storage.byteLength / ELEMENT_SIZES[type]);
  const elements = elementCount(shape);
  const last = shape.reduce((sum, length, i) => sum + (length - 1) * (strides[i] ?? 0), offset);
  const empty = elements === 0;
  if (shape.length !== strides.length || (!empty && last >= available) || offset > available) {
    const problem = `a tensor of shape [${shape}] and strides [${strides}] leaves its storage of ${available} values`;
    throw new WeightFileError(file, problem, FETCH_AGAIN);
  }
  // Expanded tensors repeat few values many times: a small file must not become a huge tensor.
  if (elements > available) {
    throw new WeightFileError(
      file,
      `a tensor of shape [${shape}] repeats the values of a storage of ${available}`,
      'save it after .contiguous()',
    );
  }
  return new TorchTensor(storage, type, shape, strides, offset);
}

/** The function OrderedDict, which takes nothing or a list of pairs. */
function orderedDictBuilder(file: string): PickleFunction['call'] {
  let pairsLeft = MOST_PAIRS;
  return ([pairs = []]) => {
    const dict = new Map<PickleValue, PickleValue>();
    const valid = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
    if (valid) pairsLeft -= pairs.length;
    if (!valid || pairsLeft < 0) {
      const problem = valid ? 'has too many pairs' : 'is not made of pairs';
      throw new WeightFileError(file, `an OrderedDict ${problem}`, FETCH_AGAIN);
    }
    for (const pair of pairs) if (Array.isArray(pair)) dict.set(pair[0]!, pair[1]!);
    return dict;
  };
}

function torchGlobals(file: string): ReadonlyMap<string, PickleValue> {
  const globals = new Map<string, PickleValue>();
  const define = (name: string, call: PickleFunction['call']) =>
    globals.set(name, new PickleFunction(name, call));
  for (const [name, type] of Object.entries(STORAGE_TYPES)) {
    globals.set(`torch.${name}`, new TorchType(`torch.${name}`, type));
  }
  for (const type of Object.keys(ELEMENT_SIZES) as ElementType[]) {
    globals.set(`torch.${type}`, new TorchType(`torch.${type}`, type));
  }
  for (const name of ['torch.UntypedStorage', 'torch.storage.UntypedStorage']) {
    globals.set(name, new TorchType(name, 'uint8'));
  }
  define('collections.OrderedDict', orderedDictBuilder(file));
  define('torch.Size', ([sizes]) => [...counts(file, sizes)]);
  define('torch._utils._rebuild_tensor_v2', (args) => rebuildTensor(file, args, undefined));
  define('torch._utils._rebuild_tensor_v3', (args) => {
    const dtype = args[6];
    if (!(dtype instanceof TorchType)) throw new WeightFileError(file, 'a tensor has no dtype', FETCH_AGAIN);
    return rebuildTensor(file, args, dtype.type);
  });
  define('torch._utils._rebuild_parameter', ([data]) => {
    if (!(data instanceof TorchTensor))
      throw new WeightFileError(file, 'a parameter is no tensor', FETCH_AGAIN);
    return data;
  });
  return globals;
}

/** The closed list of names and the persistent ids of torch.save, for one file. */
export function torchEnvironment(file: string): TorchEnvironment {
  const globals = torchGlobals(file);
  const storages = new Map<string, TorchStorage>();
  return {
    storages,
    global: (qualifiedName) => globals.get(qualifiedName),
    persistent(id) {
      const [tag, storageType, key, , count, viewMetadata] = Array.isArray(id) ? id : [];
      if (
        tag !== 'storage' ||
        !(storageType instanceof TorchType) ||
        typeof key !== 'string' ||
        !isCount(count)
      ) {
        throw new WeightFileError(file, 'its pickle refers to something that is no storage', FETCH_AGAIN);
      }
      if (viewMetadata) {
        const problem = 'it has views of storages, as PyTorch before 0.4 saved them';
        throw new WeightFileError(file, problem, 'load and save it again with a current PyTorch');
      }
      const byteLength = count * ELEMENT_SIZES[storageType.type];
      const known = storages.get(key);
      if (!Number.isSafeInteger(byteLength) || (known && known.byteLength !== byteLength)) {
        throw new WeightFileError(file, `storage ${quoted(key)} has impossible sizes`, FETCH_AGAIN);
      }
      if (known?.type === storageType.type) return known;
      const storage = new TorchStorage(key, storageType.type, byteLength);
      if (!known) storages.set(key, storage);
      return storage;
    },
  };
}
