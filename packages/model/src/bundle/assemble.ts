import { safetensorsChunks } from '@prs-med/nn';
import { BASE_INDEX, type BaseShard, baseShards } from '../language/base-shards.js';
import type { BaseWeights } from '../language/base-weights.js';
import { TOKENIZER_JSON } from '../language/tokenizer-files.js';
import { type BundleFile, bytesFile, textFile } from './bundle-file.js';
import {
  BUNDLE_SCHEMA_VERSION,
  type BundleConfig,
  type BundleDescription,
  bundleConfigSchema,
  CONFIG_FILE,
  type FileRecord,
  MODEL_CARD_FILE,
  TRAINED_FILE,
} from './config.js';
import { modelCard } from './model-card.js';
import { type Parameters, writeTrained } from './trained.js';

/** All that a bundle is made of. */
export interface BundleParts {
  readonly description: BundleDescription;
  /** The language model's frozen base. */
  readonly language: BaseWeights;
  /** Texts of the tokenizer's files by file name, `tokenizer.json` among them. */
  readonly tokenizer: ReadonlyMap<string, string>;
  /** Every parameter of `trainedShapes`. */
  readonly trained: Parameters;
  /** Markdown that goes into the model card. */
  readonly notes?: string | undefined;
}

/** Every file of a bundle but the config, which needs their sums: see `finishConfig`. */
export async function* bundleFiles(parts: BundleParts): AsyncGenerator<BundleFile, void, undefined> {
  if (!parts.tokenizer.has(TOKENIZER_JSON)) throw new Error(`bundle: the tokenizer has no ${TOKENIZER_JSON}`);
  for (const [name, text] of parts.tokenizer) yield textFile(name, text);
  const { shards, index } = baseShards(parts.language);
  for (const shard of shards) yield shardFile(shard);
  yield textFile(BASE_INDEX, index);
  const precision = parts.description.trained ? 'int8' : 'float32';
  yield bytesFile(TRAINED_FILE, [await writeTrained(parts.trained, precision)]);
  yield textFile(MODEL_CARD_FILE, modelCard(parts.description, parts.trained, parts.notes));
}

/** The config's text, last to be written: a folder without one is no bundle. */
export function finishConfig(
  description: BundleDescription,
  files: ReadonlyMap<string, FileRecord>,
): BundleFile {
  const config: BundleConfig = bundleConfigSchema.parse({
    schemaVersion: BUNDLE_SCHEMA_VERSION,
    name: description.name,
    version: description.version,
    trained: description.trained,
    preset: description.preset,
    provenance: description.provenance,
    licences: description.licences,
    files: Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  return textFile(CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`);
}

const shardFile = ({ file, entries }: BaseShard): BundleFile => ({
  name: file,
  chunks: safetensorsChunks(entries),
});
