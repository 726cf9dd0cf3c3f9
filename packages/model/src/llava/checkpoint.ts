import {
  type ByteSource,
  readPytorch,
  readSafetensors,
  readShardedPytorch,
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

const SAFETENSORS_INDEX = 'model.safetensors.index.json';
const PYTORCH_INDEX = 'pytorch_model.bin.index.json';

/**
 * The tensors of a model's checkpoint: by the index of its shards, safetensors before PyTorch's, or `model.safetensors`
 * or `pytorch_model.bin`. Headers only are read. Throws WeightFileError when there is none of these.
 */
export async function readCheckpointTensors(checkpoint: CheckpointFiles): Promise<TensorFile> {
  const { files } = checkpoint;
  const open = (file: string) => checkpoint.open(file);
  if (files.has(SAFETENSORS_INDEX))
    return readShardedSafetensors(open, await readText(checkpoint, SAFETENSORS_INDEX));
  // A whole file in the better format stands beside shards of the other in some checkpoints.
  if (files.has(PYTORCH_INDEX) && !files.has('model.safetensors'))
    return readShardedPytorch(open, await readText(checkpoint, PYTORCH_INDEX));
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
    'copy the whole checkpoint, with the index of its shards where it has several files',
  );
}
