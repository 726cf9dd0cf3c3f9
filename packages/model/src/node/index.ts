export { bundleFolder, saveBundle } from './bundle-folder.js';
export { checkpointFolder } from './checkpoint-folder.js';
export { saveExport } from './export-folder.js';
export { releasedFolder } from './released-folder.js';
export { type QuantizedShards, type ShardInputs, writeInt4Shards } from './unfinished-shards.js';
