import {
  type ByteSource,
  matchTensors,
  readSafetensors,
  readShardedSafetensors,
  type TensorEntry,
  toFloat32,
} from '@prs-med/nn';
import { BASE_INDEX } from '../language/base-shards.js';
import { type BaseWeights, readBaseWeights } from '../language/base-weights.js';
import { type CheckpointWeights, readCheckpointWeights } from '../language/checkpoint-weights.js';
import { loadTokenizer, type Tokenizer } from '../language/tokenizer.js';
import { TOKENIZER_CONFIG_JSON, TOKENIZER_JSON } from '../language/tokenizer-files.js';
import { TRAINED_FILE, VISION_TOWER_FILE } from './config.js';
import type { OpenBundle } from './open-bundle.js';
import { trainedShapes, visionTowerShapes } from './parameter-shapes.js';
import { type Parameter, type Parameters, readTrained } from './trained.js';

/** The parameters that training changes, checked. */
export async function readParameters(bundle: OpenBundle): Promise<Parameters> {
  return readTrained(await bundle.open(TRAINED_FILE), trainedShapes(bundle.config.preset));
}

/** The frozen base of a language model of kind llama, checked; tensors are read when they are asked for. */
export async function readLanguageBase(bundle: OpenBundle): Promise<BaseWeights> {
  const index = await bundle.text(BASE_INDEX);
  const shards = Object.keys(bundle.config.files).filter((file) => /^language-.*\.safetensors$/.test(file));
  // Read side by side, then opened in the index's order.
  const opened = new Map(shards.map((file) => [file, bundle.open(file)]));
  for (const promise of opened.values()) promise.catch(() => undefined);
  const file = await readShardedSafetensors(
    (name) => opened.get(name) ?? bundle.open(name),
    index,
    BASE_INDEX,
  );
  return readBaseWeights(file, bundle.config.preset.language);
}

/**
 * The frozen language model of a LLaVA, its files checked one after the other; tensors are read when they are asked for.
 * @param open opens its files
 */
export async function readLanguageCheckpoint(
  bundle: OpenBundle,
  open: (file: string) => Promise<ByteSource> = bundle.openLarge,
): Promise<CheckpointWeights> {
  const index = await bundle.text(BASE_INDEX);
  const file = await readShardedSafetensors(open, index, BASE_INDEX);
  return readCheckpointWeights(file, bundle.config.preset.language);
}

/**
 * The frozen tower that a LLaVA sees by, checked, by the names of the whole model; tensors are read when they are asked for.
 * @param open opens its file
 */
export async function openVisionTower(
  bundle: OpenBundle,
  open: (file: string) => Promise<ByteSource> = bundle.openLarge,
): Promise<ReadonlyMap<string, TensorEntry>> {
  const file = await readSafetensors(await open(VISION_TOWER_FILE));
  return matchTensors(visionTowerShapes(bundle.config.preset), file);
}

/** As {@link openVisionTower}, all of it in float32. */
export async function readVisionTower(bundle: OpenBundle): Promise<Parameters> {
  const tower = new Map<string, Parameter>();
  for (const [name, entry] of await openVisionTower(bundle))
    tower.set(name, { shape: entry.shape, data: await toFloat32(entry) });
  return tower;
}

/** The bundle's tokenizer. */
export async function readTokenizer(bundle: OpenBundle): Promise<Tokenizer> {
  const config =
    TOKENIZER_CONFIG_JSON in bundle.config.files ? bundle.text(TOKENIZER_CONFIG_JSON) : undefined;
  return loadTokenizer(await bundle.text(TOKENIZER_JSON), await config);
}
