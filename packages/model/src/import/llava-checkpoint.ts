import { type TensorEntry, type TensorFile, WeightFileError } from '@prs-med/nn';
import { type CheckpointWeights, readCheckpointWeights } from '../language/checkpoint-weights.js';
import { type CheckpointFiles, readCheckpointTensors, readText } from '../llava/checkpoint.js';
import { LLAVA_CONFIG_FILE, parseLlavaConfig } from '../llava/config.js';
import { llavaShapes } from '../llava/llava.js';
import { canonicalTensors, matchLlavaTensors } from '../llava/names.js';
import { llavaConfigOf } from '../llava/preset-config.js';
import type { Preset } from '../preset.js';
import { checkLlavaShape } from './checkpoint-shape.js';
import { readCheckpointTokenizer } from './checkpoint-tokenizer.js';

/** A LLaVA checkpoint, checked against a preset. Its tensors are read when they are asked for. */
export interface LlavaCheckpoint {
  readonly name: string;
  /** Names of its files that have a part in it. */
  readonly files: readonly string[];
  /** Texts of the tokenizer's files by file name, as a bundle has them. */
  readonly tokenizer: ReadonlyMap<string, string>;
  readonly language: CheckpointWeights;
  /** The tower's layers that are run, as `visionTowerShapes` has them, and the projector: `mm_projector.*`. */
  readonly tower: ReadonlyMap<string, TensorEntry>;
  readonly projector: ReadonlyMap<string, TensorEntry>;
}

/**
 * Reads a LLaVA checkpoint for a preset: its configuration, its tokenizer and the headers of its weights.
 * @throws WeightFileError for a shape that is not the preset's, a file that is missing, cut off or half downloaded,
 * tensors that are not the model's, a tokenizer of another vocabulary
 */
export async function readLlavaCheckpoint(
  checkpoint: CheckpointFiles,
  preset: Preset,
): Promise<LlavaCheckpoint> {
  refuseHalfDownloads(checkpoint);
  const used = new Set<string>();
  const watched: CheckpointFiles = {
    ...checkpoint,
    open: (file) => {
      used.add(file);
      return checkpoint.open(file);
    },
  };
  const config = parseLlavaConfig(
    await readText(watched, LLAVA_CONFIG_FILE),
    `${checkpoint.name}, file ${LLAVA_CONFIG_FILE}`,
  );
  checkLlavaShape(checkpoint.name, config, preset);
  const tokenizer = await readCheckpointTokenizer(watched, preset.language.vocabulary);
  await refusePointers(checkpoint);
  const tensors = canonicalTensors(await readCheckpointTensors(watched));
  refuseWithoutTower(tensors);
  const matched = [...matchLlavaTensors(llavaShapes(llavaConfigOf(preset)), tensors)];
  const under = (scope: string) => new Map(matched.filter(([name]) => name.startsWith(`${scope}.`)));
  return {
    name: checkpoint.name,
    files: [...used].sort(),
    tokenizer,
    language: readCheckpointWeights(tensors, preset.language),
    tower: under('vision_tower'),
    projector: under('mm_projector'),
  };
}

/** How programs that download call a file that is not whole yet. */
const UNFINISHED = /\.(incomplete|part|crdownload|aria2)$/;

function refuseHalfDownloads({ name, files }: CheckpointFiles): void {
  const half = [...files].filter((file) => UNFINISHED.test(file));
  if (half.length === 0) return;
  const problem = `${half.join(', ')} ${half.length === 1 ? 'is half a download' : 'are half downloads'}`;
  throw new WeightFileError(name, problem, 'finish the download, and delete what is left of an earlier one');
}

const WEIGHTS = /\.(safetensors|bin|model)$/;
const POINTER = 'version https://git-lfs';

/** A clone without Git LFS has a few lines of text in the place of each large file. */
async function refusePointers(checkpoint: CheckpointFiles): Promise<void> {
  for (const file of checkpoint.files) {
    if (!WEIGHTS.test(file)) continue;
    const source = await checkpoint.open(file);
    const start = await source.read(0, Math.min(POINTER.length, source.size));
    if (new TextDecoder().decode(start) !== POINTER) continue;
    const where = `${checkpoint.name}, file ${file}`;
    throw new WeightFileError(where, 'this is a pointer of Git LFS, not the file', 'run git lfs pull there');
  }
}

/** LLaVA can be saved without the tower, which it then fetches elsewhere: one line instead of 390 missing tensors. */
function refuseWithoutTower({ name, entries }: TensorFile): void {
  if ([...entries.keys()].some((tensor) => tensor.startsWith('vision_tower.'))) return;
  const remedy = 'give one that was saved with its tower, as llava-med-v1.5-mistral-7b is';
  throw new WeightFileError(name, 'the checkpoint has no vision tower', remedy);
}
