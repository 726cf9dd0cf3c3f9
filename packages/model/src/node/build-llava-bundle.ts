import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { safetensorsChunks } from '@prs-med/nn';
import { finishConfig } from '../bundle/assemble.js';
import { BundleError } from '../bundle/bundle-error.js';
import { type BundleFile, bytesFile, textFile } from '../bundle/bundle-file.js';
import {
  type BundleDescription,
  CONFIG_FILE,
  type FileRecord,
  MODEL_CARD_FILE,
  type Provenance,
  TRAINED_FILE,
  VISION_TOWER_FILE,
} from '../bundle/config.js';
import { modelCard } from '../bundle/model-card.js';
import { quantizationNote, summarizeErrors } from '../bundle/quantization-note.js';
import { type Parameters, writeTrained } from '../bundle/trained.js';
import { asFloat16 } from '../import/half-precision.js';
import { type LlavaCheckpoint, readLlavaCheckpoint } from '../import/llava-checkpoint.js';
import { BASE_INDEX } from '../language/base-shards.js';
import { refuseOccupied } from './bundle-folder.js';
import { checkpointFolder } from './checkpoint-folder.js';
import { neededRoom } from './llava-bundle-size.js';
import { openQuantizingThreads } from './quantizing-threads.js';
import { checkRoom, freeRoom } from './room.js';
import {
  type LanguageShards,
  type Quantization,
  type ShardInputs,
  UNFINISHED_FILE,
  WEIGHT_BITS,
  writeLanguageShards,
} from './unfinished-shards.js';
import { moveIntoPlace, statOf, writeFailure, writeFolderFile } from './whole-folder.js';

/** What a bundle with LLaVA is made of. */
export interface LlavaBundleParts {
  /** What else was put into it is in the provenance; the checkpoint's sums and what quantising cost are added. */
  readonly description: BundleDescription;
  /** Folder of the LLaVA checkpoint. */
  readonly checkpoint: string;
  readonly quantization: Quantization;
  /** Makes every parameter of `trainedShapes`, once the checkpoint is found to be the preset's. */
  readonly parameters: (checkpoint: LlavaCheckpoint) => Promise<Parameters>;
  /** Markdown that goes into the model card. */
  readonly notes?: string | undefined;
}

/** What a build is at: files of the checkpoint that are read for their sums, files of the language model that are written. */
export type LlavaBuildStage = 'read' | 'language';

/** Where a bundle is until it is whole: beside it, by a fixed name, so that the same call after a kill finds it. */
export const unfinishedBundle = (path: string): string => `${resolve(path)}.unfinished`;

/**
 * Builds a bundle of a preset with LLaVA, one layer in memory at a time, in a folder that gets the bundle's name when it
 * is whole. What is wrong with the inputs is said before anything is written. A build that was ended goes on when it is
 * called again with the same checkpoint, to the same bytes.
 * @param options.replace takes the place of a bundle that is there; otherwise a folder that holds anything is refused
 * @param options.signal ends the build, which can be gone on with
 * @throws BundleError when the folder is in use or cannot be written, or disk or memory are too small; WeightFileError for
 * a checkpoint that is not the preset's
 */
export async function buildLlavaBundle(
  path: string,
  { description, checkpoint: folder, quantization, parameters, notes }: LlavaBundleParts,
  options: {
    readonly replace?: boolean;
    readonly onProgress?: (stage: LlavaBuildStage, done: number, of: number) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<void> {
  const { signal, onProgress } = options;
  const { preset } = description;
  const unfinished = unfinishedBundle(path);
  await refuseOccupied(path, options.replace ?? false);
  await refuseForeign(unfinished);
  const checkpoint = await readLlavaCheckpoint(await checkpointFolder(folder), preset);
  const trained = await parameters(checkpoint);
  const { disk, memory } = neededRoom(checkpoint, trained, quantization);
  const free = await freeRoom(path);
  checkRoom(path, { disk: disk - (await bytesIn(unfinished)), memory }, free);
  const inputs: Record<string, string> = {};
  for (const [done, file] of checkpoint.files.entries()) {
    onProgress?.('read', done, checkpoint.files.length);
    inputs[file] = await sumOf(join(folder, file), signal);
  }
  const bits = WEIGHT_BITS[quantization];
  const quantizer = bits && openQuantizingThreads(Math.floor(free.memory / memory));
  try {
    const shards = await writeLanguageShards(unfinished, checkpoint.language, quantization, inputs, {
      quantizer,
      onShard: (done, of) => onProgress?.('language', done, of),
      signal,
    });
    const made = { ...description, provenance: provenanceOf(description, inputs, quantization, shards) };
    const noted = [notes?.trim(), bits && quantizationNote(shards.errors, bits)];
    const rest = [
      ...[...checkpoint.tokenizer].map(([name, text]) => textFile(name, text)),
      textFile(BASE_INDEX, shards.index),
      {
        name: VISION_TOWER_FILE,
        chunks: safetensorsChunks([...checkpoint.tower.values()].map(asFloat16)),
      },
      // A trained adapter is some hundredths of the model: nothing is gained by rounding it.
      bytesFile(TRAINED_FILE, [await writeTrained(trained, 'float32')]),
      textFile(
        MODEL_CARD_FILE,
        modelCard(
          made,
          trained,
          noted.filter((text) => text !== undefined).join('\n\n') || undefined,
          bits === undefined ? 'as in the checkpoint' : `${bits}-bit`,
        ),
      ),
    ];
    const files = new Map<string, FileRecord>(shards.files);
    for (const file of rest) {
      signal?.throwIfAborted();
      files.set(file.name, await replaceFile(unfinished, file));
    }
    await replaceFile(unfinished, finishConfig(made, files));
    for (const name of await readdir(unfinished))
      if (name !== CONFIG_FILE && !files.has(name)) await rm(join(unfinished, name));
    await moveIntoPlace(unfinished, resolve(path));
  } catch (error) {
    throw writeFailure(path, error);
  } finally {
    await quantizer?.close();
  }
}

/** Throws BundleError when a folder has the name of the unfinished bundle and is none. */
async function refuseForeign(folder: string): Promise<void> {
  const about = await statOf(folder);
  if (about === undefined) return;
  const inside = about.isDirectory() ? await readdir(folder) : [folder];
  if (inside.every((name) => name.startsWith(UNFINISHED_FILE)) || inside.includes(UNFINISHED_FILE)) return;
  throw new BundleError(
    folder,
    'this is no unfinished bundle, and one is made under this name',
    'move it away, or choose another folder with --out',
  );
}

async function bytesIn(folder: string): Promise<number> {
  if ((await statOf(folder)) === undefined) return 0;
  const sizes = await Promise.all((await readdir(folder)).map((name) => statOf(join(folder, name))));
  return sizes.reduce((sum, about) => sum + (about?.size ?? 0), 0);
}

async function sumOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

/** Writes a file of the folder, in the place of one that an earlier call left. */
async function replaceFile(folder: string, file: BundleFile): Promise<FileRecord> {
  await rm(join(folder, file.name), { force: true });
  return writeFolderFile(folder, file);
}

const provenanceOf = (
  { provenance }: BundleDescription,
  inputs: ShardInputs,
  quantization: Quantization,
  { errors }: LanguageShards,
): Provenance => ({
  ...provenance,
  llavaSha256: inputs,
  quantization:
    quantization === 'none' ? 'none' : { kind: quantization, error: { ...summarizeErrors(errors) } },
});
