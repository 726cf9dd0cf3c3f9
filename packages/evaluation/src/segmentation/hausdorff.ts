import type { Mask, Point } from '@prs-med/imaging';
import { nearestTarget } from './nearest-target.js';

/**
 * The 95th percentile of the distances between two outlines, both ways together, in pixels; null where a mask is empty.
 * An outline is the pixels of a mask that touch, by a side, what is not the mask or the picture's border. Percentiles are
 * interpolated between neighbours.
 * Source: the surface distance of MedPy and MONAI, pooled over both directions as in MedPy's `hd95`.
 */
export function hausdorff95(a: Mask, b: Mask): number | null {
  const edgeA = outline(a);
  const edgeB = outline(b);
  if (edgeA.length === 0 || edgeB.length === 0) return null;
  const [outlineA, outlineB] = cropTogether(edgeA, edgeB);
  const distances = Float64Array.from([
    ...distancesTo(outlineA, outlineB),
    ...distancesTo(outlineB, outlineA),
  ]).sort();
  const place = 0.95 * (distances.length - 1);
  const below = distances[Math.floor(place)]!;
  const above = distances[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

function outline({ width, height, data }: Mask): Point[] {
  const edge: Point[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0) continue;
      const inner =
        x > 0 &&
        x < width - 1 &&
        y > 0 &&
        y < height - 1 &&
        data[i - 1] !== 0 &&
        data[i + 1] !== 0 &&
        data[i - width] !== 0 &&
        data[i + width] !== 0;
      if (!inner) edge.push([x, y]);
    }
  }
  return edge;
}

/** The outlines as masks of the box that holds both: distances are the same there, and it is smaller than the picture. */
function cropTogether(edgeA: readonly Point[], edgeB: readonly Point[]): [Mask, Mask] {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let right = 0;
  let bottom = 0;
  for (const edge of [edgeA, edgeB]) {
    for (const [x, y] of edge) {
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
  }
  const width = right - left + 1;
  const height = bottom - top + 1;
  const draw = (edge: readonly Point[]): Mask => {
    const data = new Uint8Array(width * height);
    for (const [x, y] of edge) data[(y - top) * width + x - left] = 1;
    return { width, height, data };
  };
  return [draw(edgeA), draw(edgeB)];
}

function distancesTo(from: Mask, to: Mask): number[] {
  const { squaredDistance } = nearestTarget(to);
  const distances: number[] = [];
  for (let i = 0; i < from.data.length; i++) {
    if (from.data[i] !== 0) distances.push(Math.sqrt(squaredDistance[i]!));
  }
  return distances;
}
