// Files of torch.save: a zip of a pickle and storages since PyTorch 1.6, a run of pickles and storages before.
import { quoted, WeightFileError } from './errors.js';
import { describeValue, type PickleValue } from './pickle-values.js';
import { readLegacyLayout } from './pytorch-legacy.js';
import { readZipLayout } from './pytorch-zip.js';
import { checkDisjoint, type NamedRange } from './ranges.js';
import { type ByteSource, checkRange } from './source.js';
import { gatherStrided, isContiguous, spannedElements } from './strided.js';
import { ELEMENT_SIZES, type TensorEntry, type TensorFile } from './tensors.js';
import { type TorchLayout, TorchTensor } from './torch-objects.js';

/** How to read a file of torch.save. */
export interface PytorchOptions {
  /** The key of the outermost dict whose value is the state dict, for training checkpoints: 'state_dict', 'model'. */
  readonly wrapper?: string;
}

async function readLayout(source: ByteSource): Promise<TorchLayout> {
  const start = await source.read(0, Math.min(512, source.size));
  const begins = (...bytes: number[]) => bytes.every((byte, i) => start[i] === byte);
  if (begins(0x50, 0x4b, 3, 4)) return readZipLayout(source);
  if (begins(0x80)) return readLegacyLayout(source);
  const isTar = new TextDecoder('latin1').decode(start.subarray(257, 262)) === 'ustar';
  throw new WeightFileError(
    source.name,
    isTar ? 'it is a tar, as PyTorch before 0.1.10 saved' : 'it is no file of torch.save',
    isTar ? 'load and save it again with a current PyTorch' : 'give a .pth, .pt or .bin file of torch.save',
  );
}

function torchEntry(
  source: ByteSource,
  name: string,
  tensor: TorchTensor,
  storageOffset: number,
): TensorEntry {
  const { type, shape, strides, offset } = tensor;
  const size = ELEMENT_SIZES[type];
  const spanned = spannedElements(shape, strides);
  const byteLength = shape.reduce((product, length) => product * length, size);
  const read = async () => {
    const bytes = await source.read(storageOffset + offset * size, spanned * size);
    return spanned === 0 || isContiguous(shape, strides) ? bytes : gatherStrided(bytes, shape, strides, size);
  };
  return { name, shape, type, byteLength, read };
}

function holdsTensors(value: PickleValue): boolean {
  if (!(value instanceof Map)) return false;
  for (const inner of value.values()) if (inner instanceof TorchTensor) return true;
  return false;
}

/** The dict that holds the tensors. Throws WeightFileError, naming the wrappers that there are, if it is another. */
function stateDict(
  file: string,
  value: PickleValue,
  wrapper: string | undefined,
): Map<PickleValue, PickleValue> {
  if (!(value instanceof Map)) {
    const problem = `it holds ${describeValue(value)} and no dict of tensors`;
    throw new WeightFileError(file, problem, 'save the state dict: torch.save(model.state_dict(), ...)');
  }
  const wrappers = [...value]
    .filter(([, inner]) => holdsTensors(inner))
    .map(([key]) => (typeof key === 'string' ? quoted(key) : describeValue(key)));
  const choice =
    wrappers.length > 0 ? `ask for one of its wrappers: ${wrappers.join(', ')}` : 'give a state dict';
  if (wrapper !== undefined) {
    const inner = value.get(wrapper);
    if (inner instanceof Map) return inner;
    throw new WeightFileError(file, `it has no dict under ${quoted(wrapper)}`, choice);
  }
  if (wrappers.length > 0) {
    throw new WeightFileError(file, `its tensors are inside ${wrappers.join(', ')}`, choice);
  }
  return value;
}

/**
 * Reads the state dict of a file of torch.save: the zip format, and the one before PyTorch 1.6. Nothing in the
 * file is executed: a pickle that names anything but tensors and plain data is refused with that name. Tensors
 * are read when their entries are asked to; transposed and sliced views become contiguous then. Text, numbers
 * and truth values beside the tensors become metadata. Throws WeightFileError.
 */
export async function readPytorch(source: ByteSource, options: PytorchOptions = {}): Promise<TensorFile> {
  const file = source.name;
  const { value, storageOffsets } = await readLayout(source);
  const entries = new Map<string, TensorEntry>();
  const metadata: [string, string][] = [];
  const ranges = new Map<string, NamedRange>();
  for (const [key, item] of stateDict(file, value, options.wrapper)) {
    if (item instanceof TorchTensor) {
      if (typeof key !== 'string') {
        throw new WeightFileError(file, `a tensor is named by ${describeValue(key)}`, 'name tensors by text');
      }
      const { storage } = item;
      const begin = storageOffsets.get(storage.key)!;
      checkRange(source, begin, storage.byteLength);
      ranges.set(storage.key, { name: `storage ${storage.key}`, begin, end: begin + storage.byteLength });
      entries.set(key, torchEntry(source, key, item, begin));
    } else if (typeof key === 'string' && ['string', 'number', 'bigint', 'boolean'].includes(typeof item)) {
      metadata.push([key, String(item)]);
    }
  }
  checkDisjoint(file, [...ranges.values()], source.size, false);
  return { name: file, entries, metadata: Object.fromEntries(metadata) };
}
