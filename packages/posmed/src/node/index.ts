export {
  createImageWriter,
  createPairWriter,
  createTargetWriter,
  DATASET_FILES,
  openPosMed,
  readImages,
  readPairs,
  readTargets,
  rewritePairs,
} from './dataset-files.js';
export { readDatasetImages } from './dataset-images.js';
export { openSourceFolder } from './source-folder.js';
