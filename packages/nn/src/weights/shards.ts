import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import { duplicateKey, isRecord } from './json.js';
import { readPytorch } from './pytorch.js';
import { readSafetensors } from './safetensors.js';
import type { ByteSource } from './source.js';
import type { TensorEntry, TensorFile } from './tensors.js';

/** Where each tensor of a checkpoint in several files is: from its name to a file beside the index. */
function parseIndex(name: string, json: string): ReadonlyMap<string, string> {
  let index: unknown;
  let twice: string | undefined;
  try {
    index = JSON.parse(json);
    twice = duplicateKey(json);
  } catch (error) {
    throw new WeightFileError(name, 'the index is not JSON', FETCH_AGAIN, { cause: error });
  }
  if (!isRecord(index) || !isRecord(index.weight_map)) {
    throw new WeightFileError(
      name,
      'the index has no weight_map',
      'give the index that came with the shards',
    );
  }
  if (twice !== undefined) {
    throw new WeightFileError(name, `the index names ${quoted(twice)} twice`, FETCH_AGAIN);
  }
  const files = new Map<string, string>();
  for (const [tensor, file] of Object.entries(index.weight_map)) {
    if (typeof file !== 'string' || !isPlainFileName(file)) {
      throw new WeightFileError(
        name,
        `tensor ${quoted(tensor)} is said to be in ${quoted(String(file))}, which is no file name in the same folder`,
        'get the checkpoint from a place you trust, with its shards beside the index',
      );
    }
    files.set(tensor, file);
  }
  return files;
}

/** A name without any folder: no separators of any system, no drive, not '.' or '..', no control characters. */
function isPlainFileName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a NUL would cut the name short for the system.
  return name.length <= 255 && /^[^/\\:\u0000-\u001f]+$/.test(name) && name !== '.' && name !== '..';
}

/** Opens a shard by its file name, which never has a path; whoever gives it closes what it opened. */
type OpenShard = (file: string) => Promise<ByteSource>;

/**
 * Reads a checkpoint in several safetensors files. `indexJson` is the text of `model.safetensors.index.json`;
 * `open` is called once a shard. Tensors that a shard has and the index does not name are among the entries too.
 * Throws WeightFileError when the index leads out of its folder, or names a tensor that its shard lacks.
 */
export const readShardedSafetensors = (
  open: OpenShard,
  indexJson: string,
  indexName = 'model.safetensors.index.json',
): Promise<TensorFile> => readShards(readSafetensors, open, indexJson, indexName);

/** As `readShardedSafetensors`, for files of torch.save by `pytorch_model.bin.index.json`. */
export const readShardedPytorch = (
  open: OpenShard,
  indexJson: string,
  indexName = 'pytorch_model.bin.index.json',
): Promise<TensorFile> => readShards(readPytorch, open, indexJson, indexName);

async function readShards(
  read: (source: ByteSource) => Promise<TensorFile>,
  open: OpenShard,
  indexJson: string,
  indexName: string,
): Promise<TensorFile> {
  const files = parseIndex(indexName, indexJson);
  const entries = new Map<string, TensorEntry>();
  const metadata: Record<string, string> = {};
  const shardOf = new Map<string, string>();
  for (const file of [...new Set(files.values())].sort()) {
    const shard = await read(await open(file));
    Object.assign(metadata, shard.metadata);
    for (const [name, entry] of shard.entries) {
      const other = shardOf.get(name);
      if (other !== undefined) {
        const problem = `tensor ${quoted(name)} is in both ${quoted(other)} and ${quoted(file)}`;
        throw new WeightFileError(indexName, problem, 'remove the shards of another checkpoint');
      }
      shardOf.set(name, file);
      entries.set(name, entry);
    }
  }
  const lost = [...files].filter(([name, file]) => shardOf.get(name) !== file);
  if (lost.length > 0) {
    const list = lost.map(([name, file]) => `${quoted(name)} (${quoted(file)})`).join(', ');
    throw new WeightFileError(
      indexName,
      `${lost.length} tensors are not in the shards that should have them: ${list}`,
      'download the index and all shards of one checkpoint',
    );
  }
  return { name: indexName, entries, metadata };
}
