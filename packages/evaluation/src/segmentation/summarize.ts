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

/** Adds up pictures one by one, so that none need be kept. */
export interface SegmentationSums {
  add(score: ImageScore): void;
  /**
   * Figures over the pictures so far. The published ones are made of curves: the mean over pictures at each threshold, then
   * the mean or the maximum over thresholds.
   * @throws RangeError without pictures
   */
  summarize(): SegmentationSummary;
}

export function createSegmentationSums(): SegmentationSums {
  const curves: ThresholdCurves = {
    dice: new Float64Array(THRESHOLDS),
    iou: new Float64Array(THRESHOLDS),
    sensitivity: new Float64Array(THRESHOLDS),
    specificity: new Float64Array(THRESHOLDS),
    enhancedAlignment: new Float64Array(THRESHOLDS),
  };
  const sums = { wFm: 0, Sm: 0, mae: 0, dice: 0, iou: 0, hd95: 0 };
  const emptyTruth = { images: 0, falsePositives: 0 };
  let images = 0;
  let distances = 0;
  let hits = 0;
  let pixels = 0;
  return {
    add(score) {
      images++;
      for (const name of Object.keys(curves) as (keyof ThresholdCurves)[]) {
        for (let t = 0; t < THRESHOLDS; t++) curves[name][t]! += score.curves[name][t]!;
      }
      sums.wFm += score.weightedFMeasure;
      sums.Sm += score.structureMeasure;
      sums.mae += score.meanAbsoluteError;
      sums.dice += score.dice;
      sums.iou += score.iou;
      if (score.hd95 !== null) {
        sums.hd95 += score.hd95;
        distances++;
      }
      hits += score.hits;
      pixels += score.predictedPixels + score.truthPixels;
      if (!score.emptyTruth) return;
      emptyTruth.images++;
      if (score.predictedPresent) emptyTruth.falsePositives++;
    },
    summarize() {
      if (images === 0) throw new RangeError('there are no pictures to sum up');
      const meanOf = (curve: Float64Array): number => mean(curve) / images;
      const mostOf = (curve: Float64Array): number => most(curve) / images;
      return {
        images,
        meanDic: meanOf(curves.dice),
        meanIoU: meanOf(curves.iou),
        wFm: sums.wFm / images,
        Sm: sums.Sm / images,
        meanEm: meanOf(curves.enhancedAlignment),
        mae: sums.mae / images,
        maxEm: mostOf(curves.enhancedAlignment),
        maxDic: mostOf(curves.dice),
        maxIoU: mostOf(curves.iou),
        meanSen: meanOf(curves.sensitivity),
        maxSen: mostOf(curves.sensitivity),
        meanSpe: meanOf(curves.specificity),
        maxSpe: mostOf(curves.specificity),
        dice: sums.dice / images,
        iou: sums.iou / images,
        hd95: distances === 0 ? null : sums.hd95 / distances,
        pooled: {
          dice: pixels === 0 ? 1 : (2 * hits) / pixels,
          iou: pixels === 0 ? 1 : hits / (pixels - hits),
        },
        emptyTruth: { ...emptyTruth },
      };
    },
  };
}

/**
 * Figures over pictures, as {@link SegmentationSums} has them.
 * @throws RangeError without pictures
 */
export function summarizeSegmentation(scores: Iterable<ImageScore>): SegmentationSummary {
  const sums = createSegmentationSums();
  for (const score of scores) sums.add(score);
  return sums.summarize();
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
