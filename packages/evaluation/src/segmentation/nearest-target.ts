import type { Mask } from '@prs-med/imaging';

/** For each pixel the nearest target pixel: its index, and the squared distance to it in pixels. */
export interface NearestTarget {
  readonly index: Int32Array;
  readonly squaredDistance: Float64Array;
}

/**
 * The exact Euclidean feature transform: columns first, then the lower envelope of parabolas along each row. Of equally
 * near targets the one further to the left wins. The mask must have a target.
 * Source: Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions (2012).
 */
export function nearestTarget({ width, height, data }: Mask): NearestTarget {
  const rowOfNearest = nearestInColumns(data, width, height);
  const index = new Int32Array(width * height);
  const squaredDistance = new Float64Array(width * height);
  const places = new Int32Array(width);
  const borders = new Float64Array(width + 1);
  const heights = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let last = -1;
    for (let x = 0; x < width; x++) {
      const nearestRow = rowOfNearest[row + x]!;
      if (nearestRow < 0) continue;
      heights[x] = (nearestRow - y) ** 2;
      let border = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const before = places[last]!;
        border = (heights[x]! + x * x - heights[before]! - before * before) / (2 * (x - before));
        if (border > borders[last]!) break;
        last--;
        border = Number.NEGATIVE_INFINITY;
      }
      last++;
      places[last] = x;
      borders[last] = border;
      borders[last + 1] = Number.POSITIVE_INFINITY;
    }
    let nearest = 0;
    for (let x = 0; x < width; x++) {
      while (borders[nearest + 1]! < x) nearest++;
      const place = places[nearest]!;
      index[row + x] = rowOfNearest[row + place]! * width + place;
      squaredDistance[row + x] = (x - place) ** 2 + heights[place]!;
    }
  }
  return { index, squaredDistance };
}

/** The row of the nearest target in each pixel's own column, -1 where the column has none. */
function nearestInColumns(data: Uint8Array, width: number, height: number): Int32Array {
  const nearest = new Int32Array(width * height).fill(-1);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] !== 0) nearest[i] = y;
      else if (y > 0) nearest[i] = nearest[i - width]!;
    }
  }
  for (let y = height - 2; y >= 0; y--) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const below = nearest[i + width]!;
      if (below > y && (nearest[i]! < 0 || below - y < y - nearest[i]!)) nearest[i] = below;
    }
  }
  return nearest;
}
