export { paddingBias, type Question } from './fusion/question-states.js';
export * from './fusion/zone-maps.js';
export * from './grounding/regions.js';
export * from './initialize.js';
export * from './language/llama.js';
export * from './preset.js';
export * from './prs-med.js';
export * from './vision/efficientnet-lite.js';
