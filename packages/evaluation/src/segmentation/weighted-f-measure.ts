import type { Mask } from '@prs-med/imaging';
import { nearestTarget } from './nearest-target.js';
import type { LevelValues, Prediction } from './prediction.js';

const KERNEL_SIDE = 7;
const REACH = (KERNEL_SIDE - 1) / 2;
const KERNEL_SIGMA = 5;
/** The weight of an error away from the target falls off by half in this many pixels, from 2 at its edge towards 1. */
const HALF_DISTANCE = 5;

/**
 * The weighted F-measure (beta 1): errors count less next to other correct pixels and more near the target. 0 for an empty
 * truth.
 * Source: Margolin, Zelnik-Manor and Tal, How to Evaluate Foreground Maps (CVPR 2014).
 */
export function weightedFMeasure(prediction: Prediction, truth: Mask, values: LevelValues): number {
  const { width, height, data } = prediction;
  const pixels = width * height;
  let positives = 0;
  for (let i = 0; i < pixels; i++) if (truth.data[i] !== 0) positives++;
  if (positives === 0) return 0;
  const errors = new Float64Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const value = values[data[i]!]!;
    errors[i] = truth.data[i] !== 0 ? 1 - value : value;
  }
  const { index, squaredDistance } = nearestTarget(truth);
  let outsideError = 0;
  for (let i = 0; i < pixels; i++) {
    const error = errors[i]!;
    if (error === 0 || truth.data[i] !== 0) continue;
    outsideError += error * (2 - Math.exp((Math.log(0.5) / HALF_DISTANCE) * Math.sqrt(squaredDistance[i]!)));
  }
  const insideError = insideErrorOf(truth, errors, index);
  const recall = 1 - insideError / positives;
  const hits = positives - insideError;
  const precision = hits / (Number.EPSILON + hits + outsideError);
  return (2 * recall * precision) / (Number.EPSILON + recall + precision);
}

/** The target's errors, each no greater than the Gaussian mean of those around, which go on beyond the target's edge. */
function insideErrorOf(truth: Mask, errors: Float64Array, nearest: Int32Array): number {
  const { left, top, width, height } = windowOf(truth);
  const spread = new Float64Array(width * height);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0, i = (y + top) * truth.width + left; x < width; x++, i++, o++) {
      spread[o] = errors[nearest[i]!]!;
    }
  }
  const smoothed = smooth(spread, width, height);
  let sum = 0;
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0, i = (y + top) * truth.width + left; x < width; x++, i++, o++) {
      if (truth.data[i] !== 0) sum += Math.min(errors[i]!, smoothed[o]!);
    }
  }
  return sum;
}

/** The part of the picture that the kernel reaches from the target. */
function windowOf({ width, height, data }: Mask) {
  let left = width;
  let right = 0;
  let top = height;
  let bottom = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  left = Math.max(0, left - REACH);
  top = Math.max(0, top - REACH);
  return {
    left,
    top,
    width: Math.min(width - 1, right + REACH) - left + 1,
    height: Math.min(height - 1, bottom + REACH) - top + 1,
  };
}

/** A Gaussian of 7 x 7; the border's values go on beyond it. */
function smooth(data: Float64Array, width: number, height: number): Float64Array {
  const kernel = Float64Array.from({ length: KERNEL_SIDE }, (_, i) =>
    Math.exp(-((i - REACH) ** 2) / (2 * KERNEL_SIGMA ** 2)),
  );
  const sum = kernel.reduce((total, value) => total + value, 0);
  for (let i = 0; i < KERNEL_SIDE; i++) kernel[i]! /= sum;
  const across = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let value = 0;
      for (let k = -REACH; k <= REACH; k++) {
        value += kernel[k + REACH]! * data[row + Math.min(Math.max(x + k, 0), width - 1)]!;
      }
      across[row + x] = value;
    }
  }
  const out = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let k = -REACH; k <= REACH; k++) {
      const weight = kernel[k + REACH]!;
      const from = Math.min(Math.max(y + k, 0), height - 1) * width;
      for (let x = 0, o = y * width, a = from; x < width; x++, o++, a++) out[o]! += weight * across[a]!;
    }
  }
  return out;
}
