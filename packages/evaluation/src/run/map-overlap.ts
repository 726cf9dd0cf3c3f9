import { type Mask, type Zone, zoneOfBox } from '@prs-med/imaging';
import type { Prediction } from '../segmentation/prediction.js';
import { HALF_LEVEL } from '../segmentation/score-image.js';

/** How a map at one half lies over what was asked for and what was not. */
export interface MapOverlap {
  readonly predictedPixels: number;
  readonly truthPixels: number;
  readonly restPixels: number;
  /** With the truth; of two empty masks 1. */
  readonly dice: number;
  readonly iou: number;
  /** With the rest of the target; null where it has none. */
  readonly restDice: number | null;
  /** Of the map by the released rule; null when it is empty. */
  readonly zone: Zone | null;
}

/** All of one size. */
export function overlapOf({ width, height, data }: Prediction, truth: Mask, rest: Mask): MapOverlap {
  let predictedPixels = 0;
  let truthPixels = 0;
  let restPixels = 0;
  let hits = 0;
  let restHits = 0;
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const isTruth = truth.data[i] !== 0;
      const isRest = rest.data[i] !== 0;
      if (isTruth) truthPixels++;
      if (isRest) restPixels++;
      if (data[i]! < HALF_LEVEL) continue;
      predictedPixels++;
      if (isTruth) hits++;
      if (isRest) restHits++;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  const both = predictedPixels + truthPixels;
  return {
    predictedPixels,
    truthPixels,
    restPixels,
    dice: both === 0 ? 1 : (2 * hits) / both,
    iou: both === 0 ? 1 : hits / (both - hits),
    restDice: restPixels === 0 ? null : (2 * restHits) / (predictedPixels + restPixels),
    zone:
      predictedPixels === 0
        ? null
        : zoneOfBox([left, top, right - left + 1, bottom - top + 1], width, height).zone,
  };
}
