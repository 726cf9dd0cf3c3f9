import type { ImageScore } from './score-image.js';
import { THRESHOLDS, type ThresholdCurves } from './threshold-curves.js';

/** The thirteen figures of the published evaluation, and what they hide. */
export interface SegmentationSummary {
  readonly images: number;
  readonly meanDic: number;
  readonly meanIoU: number;
  readonly wFm: number;
  readonly Sm: number;
  readonly meanEm: number;
  readonly mae: number;
  readonly maxEm: number;
  readonly maxDic: number;
  readonly maxIoU: number;
  readonly meanSen: number;
  readonly maxSen: number;
  readonly meanSpe: number;
  readonly maxSpe: number;
  /** Means over pictures at one half. */
  readonly dice: number;
  readonly iou: number;
  /** Mean over the pictures where both masks have an outline, pixels; null when there is none. */
  readonly hd95: number | null;
  /** At one half, all pixels of all pictures together. */
  readonly pooled: { readonly dice: number; readonly iou: number };
  readonly emptyTruth: { readonly images: number; readonly falsePositives: number };
}

/**
 * Figures over pictures. The published ones are made of curves: the mean over pictures at each threshold, then the mean or
 * the maximum over thresholds.
 * @throws RangeError without pictures
 */
export function summarizeSegmentation(scores: readonly ImageScore[]): SegmentationSummary {
  if (scores.length === 0) throw new RangeError('there are no pictures to sum up');
  const curve = (name: keyof ThresholdCurves): Float64Array => {
    const sum = new Float64Array(THRESHOLDS);
    for (const { curves } of scores) for (let t = 0; t < THRESHOLDS; t++) sum[t]! += curves[name][t]!;
    return sum.map((value) => value / scores.length);
  };
  const dice = curve('dice');
  const iou = curve('iou');
  const sensitivity = curve('sensitivity');
  const specificity = curve('specificity');
  const enhanced = curve('enhancedAlignment');
  const over = (valueIn: (score: ImageScore) => number): number => mean(scores.map(valueIn));
  const distances = scores.flatMap(({ hd95 }) => (hd95 === null ? [] : [hd95]));
  const sum = (valueIn: (score: ImageScore) => number): number =>
    scores.reduce((total, score) => total + valueIn(score), 0);
  const hits = sum((score) => score.hits);
  const both = sum((score) => score.predictedPixels + score.truthPixels);
  const empty = scores.filter(({ emptyTruth }) => emptyTruth);
  return {
    images: scores.length,
    meanDic: mean(dice),
    meanIoU: mean(iou),
    wFm: over((score) => score.weightedFMeasure),
    Sm: over((score) => score.structureMeasure),
    meanEm: mean(enhanced),
    mae: over((score) => score.meanAbsoluteError),
    maxEm: most(enhanced),
    maxDic: most(dice),
    maxIoU: most(iou),
    meanSen: mean(sensitivity),
    maxSen: most(sensitivity),
    meanSpe: mean(specificity),
    maxSpe: most(specificity),
    dice: over((score) => score.dice),
    iou: over((score) => score.iou),
    hd95: distances.length === 0 ? null : mean(distances),
    pooled: {
      dice: both === 0 ? 1 : (2 * hits) / both,
      iou: both === 0 ? 1 : hits / (both - hits),
    },
    emptyTruth: {
      images: empty.length,
      falsePositives: empty.filter((score) => score.predictedPresent).length,
    },
  };
}

/** The figures over thresholds of one picture, as its row of a table. */
export function summarizeImage({ curves }: ImageScore): { meanDic: number; meanIoU: number; meanEm: number } {
  return { meanDic: mean(curves.dice), meanIoU: mean(curves.iou), meanEm: mean(curves.enhancedAlignment) };
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

const most = (values: Float64Array): number => values.reduce((best, value) => Math.max(best, value), 0);
