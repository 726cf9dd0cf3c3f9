export {
  buildLlavaBundle,
  type LlavaBuildStage,
  type LlavaBundleParts,
  unfinishedBundle,
} from './build-llava-bundle.js';
export { bundleFolder, saveBundle } from './bundle-folder.js';
export { checkpointFolder } from './checkpoint-folder.js';
export { saveExport } from './export-folder.js';
export { releasedFolder } from './released-folder.js';
export {
  type LanguageShards,
  type Quantization,
  type ShardInputs,
  UNFINISHED_FILE,
  writeLanguageShards,
} from './unfinished-shards.js';
