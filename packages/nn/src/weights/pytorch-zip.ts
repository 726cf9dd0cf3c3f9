// The layout of torch.save since PyTorch 1.6: a zip of FOLDER/data.pkl and FOLDER/data/KEY, nothing compressed.
import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import { runPickle } from './pickle.js';
import { type ByteSource, parsePrefix } from './source.js';
import { LARGEST_PICKLE, type TorchLayout, torchEnvironment } from './torch-objects.js';
import { listZipRecords, locateZipRecord, type ZipRecord } from './zip-records.js';

async function checkByteOrder(source: ByteSource, record: ZipRecord): Promise<void> {
  const begin = await locateZipRecord(source, record);
  const order = new TextDecoder().decode(await source.read(begin, Math.min(16, record.byteLength)));
  if (order === 'little') return;
  const problem = `its numbers are in ${quoted(order)} byte order`;
  throw new WeightFileError(source.name, problem, 'save it again on a little-endian machine');
}

/** Reads the directory and the pickle of a file saved since PyTorch 1.6 and finds its storages. Throws WeightFileError. */
export async function readZipLayout(source: ByteSource): Promise<TorchLayout> {
  const file = source.name;
  const records = await listZipRecords(source);
  const pickles = [...records.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle || pickles.length > 1) {
    const problem = `the zip has ${pickles.length} records FOLDER/data.pkl, and a file of torch.save has one`;
    throw new WeightFileError(file, problem, 'give a file of torch.save');
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const byteOrder = records.get(`${folder}byteorder`);
  if (byteOrder) await checkByteOrder(source, byteOrder);
  const pickleOffset = await locateZipRecord(source, pickle);
  const whole: ByteSource = {
    name: file,
    size: pickleOffset + pickle.byteLength,
    read: (offset, length) => source.read(offset, length),
  };
  const environment = torchEnvironment(file);
  const value = await parsePrefix(
    whole,
    pickleOffset,
    LARGEST_PICKLE,
    'pickle',
    (bytes) => runPickle(file, bytes, 0, environment).value,
  );
  const storageOffsets = new Map<string, number>();
  for (const { key, byteLength } of environment.storages.values()) {
    const record = records.get(`${folder}data/${key}`);
    if (record?.byteLength !== byteLength) {
      const has = record ? `has ${record.byteLength} bytes` : 'is not there';
      throw new WeightFileError(file, `storage ${quoted(key)} of ${byteLength} bytes ${has}`, FETCH_AGAIN);
    }
    storageOffsets.set(key, await locateZipRecord(source, record));
  }
  return { value, storageOffsets };
}
