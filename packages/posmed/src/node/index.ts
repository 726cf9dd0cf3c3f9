export { type AuditSample, auditFolder, type FolderAudit, type FolderAuditOptions } from './audit-folder.js';
export { writeAuditPage } from './audit-page.js';
export { type BuildOptions, type BuildStage, buildDataset } from './build-dataset.js';
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
export { readTemplateBank } from './template-bank.js';
