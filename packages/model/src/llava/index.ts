export { ADAPTER_CONFIG_FILE, readAdapter } from './adapter.js';
export { type CheckpointFiles, readCheckpointTensors, readText } from './checkpoint.js';
export { clipPicture, clipSquare } from './clip-picture.js';
export {
  type ClipVisionConfig,
  clipNormalization,
  clipPatchFeatures,
  clipVitLarge14At336,
  patchCount,
} from './clip-vision.js';
export { LLAVA_CONFIG_FILE, type LlavaConfig, parseLlavaConfig } from './config.js';
export {
  type LlavaPrompt,
  llavaAnswerIds,
  llavaAnswerText,
  llavaEndToken,
  llavaPrompt,
} from './conversation.js';
export {
  type LlavaInputs,
  type LlavaOutputs,
  llava,
  llavaShapes,
  visualTokens as llavaVisualTokens,
} from './llava.js';
export { canonicalName, canonicalTensors, matchLlavaTensors } from './names.js';
export { llavaConfigOf } from './preset-config.js';
export { mlpProjector } from './projector.js';
