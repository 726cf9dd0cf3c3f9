import type { Mask } from '@prs-med/imaging';
import { nearestTarget } from './nearest-target.js';

/**
 * The 95th percentile of the distances between two outlines, both ways together, in pixels; null where a mask is empty.
 * An outline is the pixels of a mask that touch, by a side, what is not the mask or the picture's border. Percentiles are
 * interpolated between neighbours.
 * Source: the surface distance of MedPy and MONAI, pooled over both directions as in MedPy's `hd95`.
 */
export function hausdorff95(a: Mask, b: Mask): number | null {
  const outlineA = outline(a);
  const outlineB = outline(b);
  if (outlineA === null || outlineB === null) return null;
  const distances = [...distancesTo(outlineA, outlineB), ...distancesTo(outlineB, outlineA)];
  distances.sort((left, right) => left - right);
  const place = 0.95 * (distances.length - 1);
  const below = distances[Math.floor(place)]!;
  const above = distances[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

function outline({ width, height, data }: Mask): Mask | null {
  const edge = new Uint8Array(data.length);
  let any = false;
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
      if (inner) continue;
      edge[i] = 1;
      any = true;
    }
  }
  return any ? { width, height, data: edge } : null;
}

function distancesTo(from: Mask, to: Mask): number[] {
  const { squaredDistance } = nearestTarget(to);
  const distances: number[] = [];
  for (let i = 0; i < from.data.length; i++) {
    if (from.data[i] !== 0) distances.push(Math.sqrt(squaredDistance[i]!));
  }
  return distances;
}
