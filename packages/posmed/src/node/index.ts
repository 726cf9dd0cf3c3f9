export { type AuditSample, auditFolder, type FolderAudit, type FolderAuditOptions } from './audit-folder.js';
export { writeAuditPage } from './audit-page.js';
export { type BuildOptions, type BuildStage, buildDataset } from './build-dataset.js';
export { WORK_FOLDER } from './build-folder.js';
export { type DataFolder, type DataFolderOptions, openDataFolder } from './data-folder.js';
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
export { drawPlot, type Plot, type PlotSpec } from './draw-plot.js';
export { type ExportCounts, type ExportFormat, type ExportOptions, exportFile } from './export-file.js';
export { exportHuggingFace } from './export-hugging-face.js';
export { type FolderUse, lockFolder } from './folder-lock.js';
export { escapeHtml, htmlPage } from './html-page.js';
export { openEndpoint } from './open-endpoint.js';
export type { ChatRequest, Completion, Endpoint, EndpointOptions } from './openai-endpoint.js';
export { type OpenAIGenerator, type OpenAIGeneratorOptions, openAIGenerator } from './openai-generator.js';
export { dataUri, readPagePicture, shrinkForPage } from './page-picture.js';
export type { Batch, BatchOptions } from './review/batches.js';
export type { Panel } from './review/panels.js';
export type { ApplyResult, BatchProgress, DecisionCounts, PairDecision } from './review/results.js';
export { openReview, type Review, type ReviewOptions } from './review/review.js';
export type { ImportResult, SheetSelection } from './review/sheets.js';
export type { CastVote, ReviewItem, Vote } from './review/votes.js';
export { openSourceFolder } from './source-folder.js';
export { readTemplateBank } from './template-bank.js';
export { untilAborted } from './until-aborted.js';
