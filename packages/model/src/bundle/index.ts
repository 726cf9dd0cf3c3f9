export { type BundleParts, bundleFiles, finishConfig } from './assemble.js';
export { BundleError } from './bundle-error.js';
export type { BundleFile } from './bundle-file.js';
export { byteTokenizer } from './byte-tokenizer.js';
export * from './config.js';
export { countParameters, initialParameters, VISION_SCOPE } from './initial-parameters.js';
export { modelCard } from './model-card.js';
export { checkAllFiles, type OpenBundle, openBundle } from './open-bundle.js';
export { LANGUAGE_SCOPE, trainedShapes, visionTowerShapes } from './parameter-shapes.js';
export { randomLanguage } from './random-language.js';
export {
  readLanguageBase,
  readLanguageCheckpoint,
  readParameters,
  readTokenizer,
  readVisionTower,
} from './read-parts.js';
export { type BundleSource, memoryBundle, missingFile, webSha256 } from './source.js';
export { isStoredAsInt8, type Parameter, type Parameters, readTrained, writeTrained } from './trained.js';
