import type { Mask } from '@prs-med/imaging';
import type { LevelValues, Prediction } from './prediction.js';

/** How much the object counts against the region. */
const OBJECT_SHARE = 0.5;

/**
 * The S-measure: how alike a map and a mask are in structure, 0 to 1.
 * Source: Fan et al., Structure-measure (ICCV 2017), with the special cases of the published evaluation.
 */
export function structureMeasure(prediction: Prediction, truth: Mask, values: LevelValues): number {
  const { width, height, data } = prediction;
  let positives = 0;
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    sum += values[data[i]!]!;
    if (truth.data[i] !== 0) positives++;
  }
  const pixels = width * height;
  if (positives === 0) return 1 - sum / pixels;
  if (positives === pixels) return sum / pixels;
  const object = objectPart(prediction, truth, values, positives);
  const region = regionPart(prediction, truth, values, positives);
  return Math.max(0, OBJECT_SHARE * object + (1 - OBJECT_SHARE) * region);
}

function objectPart({ data }: Prediction, truth: Mask, values: LevelValues, positives: number): number {
  const foreground = objectScore(data, truth, (level) => values[level]!, 1);
  const background = objectScore(data, truth, (level) => 1 - values[level]!, 0);
  const share = positives / data.length;
  return share * foreground + (1 - share) * background;
}

function objectScore(data: Uint8Array, truth: Mask, valueIn: (level: number) => number, side: 0 | 1): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    if ((truth.data[i] !== 0 ? 1 : 0) !== side) continue;
    const value = valueIn(data[i]!);
    count++;
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  const variance = Math.max(0, squares / count - mean * mean);
  return (2 * mean) / (mean * mean + 1 + Math.sqrt(variance) + Number.EPSILON);
}

/** The picture is cut in four at the truth's centroid, and each part weighs as much as its area. */
function regionPart(prediction: Prediction, truth: Mask, values: LevelValues, positives: number): number {
  const { width, height } = prediction;
  let sumX = 0;
  let sumY = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (truth.data[i] === 0) continue;
      sumX += x;
      sumY += y;
    }
  }
  const cutX = roundHalfToEven(sumX / positives);
  const cutY = roundHalfToEven(sumY / positives);
  let score = 0;
  for (const [left, right] of [
    [0, cutX],
    [cutX, width],
  ] as const) {
    for (const [top, bottom] of [
      [0, cutY],
      [cutY, height],
    ] as const) {
      const share = ((right - left) * (bottom - top)) / (width * height);
      if (share > 0) score += share * similarity(prediction, truth, values, left, right, top, bottom);
    }
  }
  return score;
}

function similarity(
  { width, data }: Prediction,
  truth: Mask,
  values: LevelValues,
  left: number,
  right: number,
  top: number,
  bottom: number,
): number {
  const count = (right - left) * (bottom - top);
  let sumP = 0;
  let sumT = 0;
  let sumPP = 0;
  let sumPT = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = y * width + x;
      const value = values[data[i]!]!;
      sumP += value;
      sumPP += value * value;
      if (truth.data[i] !== 0) {
        sumT++;
        sumPT += value;
      }
    }
  }
  const meanP = sumP / count;
  const meanT = sumT / count;
  const divisor = count - 1 + Number.EPSILON;
  const varianceP = (sumPP - count * meanP * meanP) / divisor;
  const varianceT = (sumT - count * meanT * meanT) / divisor;
  const covariance = (sumPT - count * meanP * meanT) / divisor;
  const alpha = 4 * meanP * meanT * covariance;
  const beta = (meanP * meanP + meanT * meanT) * (varianceP + varianceT);
  if (alpha !== 0) return alpha / (beta + Number.EPSILON);
  return beta === 0 ? 1 : 0;
}

/** As NumPy rounds, on which the reference rests. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
