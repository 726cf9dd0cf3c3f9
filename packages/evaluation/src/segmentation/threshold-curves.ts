import type { LevelValues } from './prediction.js';

/** Figures at each of the 256 thresholds, in the order of {@link THRESHOLD_VALUES}. */
export interface ThresholdCurves {
  readonly dice: Float64Array;
  readonly iou: Float64Array;
  readonly sensitivity: Float64Array;
  readonly specificity: Float64Array;
  /** The enhanced-alignment measure. */
  readonly enhancedAlignment: Float64Array;
}

export const THRESHOLDS = 256;

/**
 * 0, 1/255, …, 1, each rounded as NumPy's `linspace(1, 0, 256)` rounds it: some lie a hair above the level of 8 bits that
 * they stand for, which is then below them. The published figures are made with these.
 */
export const THRESHOLD_VALUES: Float64Array = Float64Array.from({ length: THRESHOLDS }, (_, t) =>
  t === 0 ? 0 : 1 + (THRESHOLDS - 1 - t) * (-1 / 255),
);

/**
 * The curves of one picture over 256 thresholds, a pixel counting as target from the threshold on. Where prediction and
 * truth share no pixel all of Dice, IoU, sensitivity and specificity are 0, as in the published evaluation.
 * Source: the MATLAB evaluation of PraNet (Fan et al., 2020), which PRS-Med's figures follow; E-measure by Fan et al. (2018).
 * @param counts pixels of each level inside and outside the truth
 * @param values what the levels stand for, rising
 */
export function thresholdCurves(
  counts: { readonly inside: Float64Array; readonly outside: Float64Array },
  values: LevelValues,
): ThresholdCurves {
  const { inside, outside } = counts;
  const positives = total(inside);
  const negatives = total(outside);
  const curves: ThresholdCurves = {
    dice: new Float64Array(THRESHOLDS),
    iou: new Float64Array(THRESHOLDS),
    sensitivity: new Float64Array(THRESHOLDS),
    specificity: new Float64Array(THRESHOLDS),
    enhancedAlignment: new Float64Array(THRESHOLDS),
  };
  let hits = positives;
  let falseAlarms = negatives;
  let level = 0;
  for (let t = 0; t < THRESHOLDS; t++) {
    // Levels below the threshold drop out of the prediction one after another.
    while (level < 256 && values[level]! < THRESHOLD_VALUES[t]!) {
      hits -= inside[level]!;
      falseAlarms -= outside[level]!;
      level++;
    }
    if (hits > 0) {
      curves.dice[t] = (2 * hits) / (positives + hits + falseAlarms);
      curves.iou[t] = hits / (positives + falseAlarms);
      curves.sensitivity[t] = hits / positives;
      curves.specificity[t] = (negatives - falseAlarms) / Math.max(negatives, 1);
    }
    curves.enhancedAlignment[t] = enhancedAlignment(hits, falseAlarms, positives, negatives);
  }
  return curves;
}

/** The E-measure of a binary prediction depends on four counts alone. */
function enhancedAlignment(hits: number, falseAlarms: number, positives: number, negatives: number): number {
  const pixels = positives + negatives;
  const divisor = pixels - 1 + Number.EPSILON;
  if (positives === 0) return (negatives - falseAlarms) / divisor;
  if (negatives === 0) return hits / divisor;
  const predictedMean = (hits + falseAlarms) / pixels;
  const truthMean = positives / pixels;
  const aligned = (predicted: 0 | 1, truth: 0 | 1): number => {
    const a = predicted - predictedMean;
    const b = truth - truthMean;
    const alignment = (2 * a * b) / (a * a + b * b + Number.EPSILON);
    return (alignment + 1) ** 2 / 4;
  };
  const sum =
    hits * aligned(1, 1) +
    (positives - hits) * aligned(0, 1) +
    falseAlarms * aligned(1, 0) +
    (negatives - falseAlarms) * aligned(0, 0);
  return sum / divisor;
}

const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
