import type { Mask } from '@prs-med/imaging';
import { hausdorff95 } from './hausdorff.js';
import { levelCounts, type Prediction, plainValues, stretchedValues } from './prediction.js';
import { structureMeasure } from './structure-measure.js';
import { type ThresholdCurves, thresholdCurves } from './threshold-curves.js';
import { weightedFMeasure } from './weighted-f-measure.js';

/** Level from which a pixel is target at one half: 128 / 255 is the first above it. */
export const HALF_LEVEL = 128;

/** The figures of one picture. */
export interface ImageScore {
  readonly curves: ThresholdCurves;
  readonly structureMeasure: number;
  readonly weightedFMeasure: number;
  readonly meanAbsoluteError: number;
  /** At one half. Of an empty truth 1 when the prediction is empty too, else 0, as for IoU. */
  readonly dice: number;
  readonly iou: number;
  /** 95th percentile of the distances between the outlines, pixels; null where one of the masks is empty. */
  readonly hd95: number | null;
  readonly emptyTruth: boolean;
  /** Whether a pixel is target at one half. */
  readonly predictedPresent: boolean;
  /** The highest probability of the map, 0 to 1. */
  readonly highest: number;
  /** Pixels at one half, for pooled figures. */
  readonly hits: number;
  readonly predictedPixels: number;
  readonly truthPixels: number;
}

/**
 * Scores a probability map against a mask of the same size.
 * @param releasedNormalisation stretches the map as the released evaluation does, for the figures that read its values;
 *   what is at one half never is
 * @throws RangeError when the sizes differ
 */
export function scoreImage(
  prediction: Prediction,
  truth: Mask,
  options: { readonly releasedNormalisation?: boolean } = {},
): ImageScore {
  if (prediction.width !== truth.width || prediction.height !== truth.height) {
    throw new RangeError(
      `the prediction has ${prediction.width} x ${prediction.height} pixels and the truth ${truth.width} x ${truth.height}`,
    );
  }
  const values = options.releasedNormalisation ? stretchedValues(prediction) : plainValues();
  const counts = levelCounts(prediction, truth);
  const { inside, outside } = counts;
  let error = 0;
  let hits = 0;
  let falseAlarms = 0;
  let truthPixels = 0;
  let highest = 0;
  for (let level = 0; level < 256; level++) {
    error += inside[level]! * (1 - values[level]!) + outside[level]! * values[level]!;
    truthPixels += inside[level]!;
    if (inside[level]! + outside[level]! > 0) highest = level;
    if (level < HALF_LEVEL) continue;
    hits += inside[level]!;
    falseAlarms += outside[level]!;
  }
  const predictedPixels = hits + falseAlarms;
  const bothEmpty = predictedPixels + truthPixels === 0;
  return {
    curves: thresholdCurves(counts, values),
    structureMeasure: structureMeasure(prediction, truth, values),
    weightedFMeasure: weightedFMeasure(prediction, truth, values),
    meanAbsoluteError: error / truth.data.length,
    dice: bothEmpty ? 1 : (2 * hits) / (predictedPixels + truthPixels),
    iou: bothEmpty ? 1 : hits / (predictedPixels + truthPixels - hits),
    hd95: hausdorff95(atHalf(prediction), truth),
    emptyTruth: truthPixels === 0,
    predictedPresent: predictedPixels > 0,
    highest: highest / 255,
    hits,
    predictedPixels,
    truthPixels,
  };
}

/** The pixels that are target at one half. */
export function atHalf({ width, height, data }: Prediction): Mask {
  return { width, height, data: data.map((level) => (level >= HALF_LEVEL ? 1 : 0)) };
}
