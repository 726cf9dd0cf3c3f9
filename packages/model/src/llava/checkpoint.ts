import {
  type ByteSource,
  readPytorch,
  readSafetensors,
  readShardedSafetensors,
  type TensorFile,
  WeightFileError,
} from '@prs-med/nn';

/** The files of a checkpoint as Hugging Face lays them out: a folder, or files that a browser was given. */
export interface CheckpointFiles {
  /** What errors call the checkpoint. */
  readonly name: string;
  /** Plain names of its files. */
  readonly files: ReadonlySet<string>;
  /** Opens one of them for ranged reads. */
  open(file: string): Promise<ByteSource>;
}

/** The text of a file. Throws WeightFileError when the checkpoint has none of that name. */
export async function readText(checkpoint: CheckpointFiles, file: string): Promise<string> {
  if (!checkpoint.files.has(file))
    throw new WeightFileError(checkpoint.name, `there is no ${file}`, 'copy the whole checkpoint');
  const source = await checkpoint.open(file);
  return new TextDecoder().decode(await source.read(0, source.size));
}

/**
 * The tensors of a model's checkpoint: `model.safetensors`, its shards by `model.safetensors.index.json`, or
 * `pytorch_model.bin`. Headers only are read. Throws WeightFileError when there is none of these.
 */
export async function readCheckpointTensors(checkpoint: CheckpointFiles): Promise<TensorFile> {
  const index = 'model.safetensors.index.json';
  if (checkpoint.files.has(index)) {
    const text = await readText(checkpoint, index);
    return readShardedSafetensors((file) => checkpoint.open(file), text, index);
  }
  return readSingleFile(checkpoint, 'model.safetensors', 'pytorch_model.bin');
}

/** The tensors of the first file that is there. Throws WeightFileError when neither is. */
export async function readSingleFile(
  checkpoint: CheckpointFiles,
  safetensors: string,
  pytorch: string,
): Promise<TensorFile> {
  if (checkpoint.files.has(safetensors)) return readSafetensors(await checkpoint.open(safetensors));
  if (checkpoint.files.has(pytorch)) return readPytorch(await checkpoint.open(pytorch));
  throw new WeightFileError(
    checkpoint.name,
    `there is neither ${safetensors} nor ${pytorch}`,
    'copy the whole checkpoint; one of several .bin files must be saved as safetensors first',
  );
}
