import { findComponents } from './components.js';
import type { Box, Mask } from './picture.js';

/** Distances in pixels over a box of a picture, row-major in the box: below 0 inside the mask. */
export interface DistanceField {
  box: Box;
  data: Float32Array;
}

/** Larger than any squared distance in a picture, small enough that sums of it stay exact. */
const FAR = 1e12;

/**
 * The signed Euclidean distance from pixel middles to the mask's outline, over the mask's box and `margin`
 * pixels around it; null for an empty mask. The picture's border is not an outline.
 * Source: Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions (2012).
 */
export function signedDistance(mask: Mask, margin: number): DistanceField | null {
  const box = paddedBox(mask, margin);
  if (box === null) return null;
  const toMask = squaredDistance(mask, box, 1);
  const toRest = squaredDistance(mask, box, 0);
  const data = new Float32Array(toMask.length);
  for (let i = 0; i < data.length; i++) {
    // The outline runs half a pixel from the middles on both sides of it.
    data[i] = toMask[i]! > 0 ? Math.sqrt(toMask[i]!) - 0.5 : 0.5 - Math.sqrt(toRest[i]!);
  }
  return { box, data };
}

function paddedBox(mask: Mask, margin: number): Box | null {
  let left = mask.width;
  let top = mask.height;
  let right = 0;
  let bottom = 0;
  for (const { box } of findComponents(mask)) {
    left = Math.min(left, box[0]);
    top = Math.min(top, box[1]);
    right = Math.max(right, box[0] + box[2]);
    bottom = Math.max(bottom, box[1] + box[3]);
  }
  if (right === 0) return null;
  left = Math.max(0, left - margin);
  top = Math.max(0, top - margin);
  right = Math.min(mask.width, right + margin);
  bottom = Math.min(mask.height, bottom + margin);
  return [left, top, right - left, bottom - top];
}

/** The squared distance of each pixel of the box to the nearest one there whose mask value is `target`. */
function squaredDistance(mask: Mask, box: Box, target: 0 | 1): Float32Array {
  const [left, top, width, height] = box;
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = (top + y) * mask.width + left;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = (mask.data[row + x] !== 0 ? 1 : 0) === target ? 0 : FAR;
    }
  }
  const scratch = parabolas(Math.max(width, height));
  for (let x = 0; x < width; x++) lowerEnvelope(data, x, width, height, scratch);
  for (let y = 0; y < height; y++) lowerEnvelope(data, y * width, 1, width, scratch);
  return data;
}

interface Parabolas {
  values: Float64Array;
  places: Int32Array;
  borders: Float64Array;
}

function parabolas(length: number): Parabolas {
  return {
    values: new Float64Array(length),
    places: new Int32Array(length),
    borders: new Float64Array(length + 1),
  };
}

/** Replaces `length` values, `step` apart, by the lower envelope of the parabolas that stand on them. */
function lowerEnvelope(
  data: Float32Array,
  offset: number,
  step: number,
  length: number,
  { values, places, borders }: Parabolas,
): void {
  for (let i = 0; i < length; i++) values[i] = data[offset + i * step]!;
  let last = 0;
  places[0] = 0;
  borders[0] = Number.NEGATIVE_INFINITY;
  borders[1] = Number.POSITIVE_INFINITY;
  for (let i = 1; i < length; i++) {
    let border = crossing(values, places[last]!, i);
    while (border <= borders[last]!) {
      last--;
      border = crossing(values, places[last]!, i);
    }
    last++;
    places[last] = i;
    borders[last] = border;
    borders[last + 1] = Number.POSITIVE_INFINITY;
  }
  let nearest = 0;
  for (let i = 0; i < length; i++) {
    while (borders[nearest + 1]! < i) nearest++;
    const away = i - places[nearest]!;
    data[offset + i * step] = away * away + values[places[nearest]!]!;
  }
}

function crossing(values: Float64Array, a: number, b: number): number {
  return (values[b]! + b * b - (values[a]! + a * a)) / (2 * (b - a));
}
