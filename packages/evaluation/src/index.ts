export { hausdorff95 } from './segmentation/hausdorff.js';
export type { Prediction } from './segmentation/prediction.js';
export { type ImageScore, scoreImage } from './segmentation/score-image.js';
export { type SegmentationSummary, summarizeImage, summarizeSegmentation } from './segmentation/summarize.js';
export { bootstrapMean, type Interval, type ResamplingOptions } from './statistics/bootstrap.js';
export { comparePaired, correctHolm, type PairedComparison } from './statistics/paired.js';
export { areaUnderCurve } from './statistics/ranking.js';
