import { createRandom } from '@prs-med/posmed';
import { clusterByGroup } from './clusters.js';

export interface ResamplingOptions {
  /** 10,000 by default. */
  readonly resamples?: number;
  /** 0 by default; the same seed gives the same figures. */
  readonly seed?: number;
}

export const RESAMPLES = 10_000;
const LEVEL = 0.95;

/** `[low, high]`. */
export type Interval = [low: number, high: number];

/**
 * The 95 % percentile interval of a mean, by drawing groups with replacement and taking all values of those drawn. With a
 * single group nothing can be said: the interval is null.
 * @throws RangeError when there are no values, or not as many groups as values
 */
export function bootstrapMean(
  values: ArrayLike<number>,
  groups: readonly string[],
  options: ResamplingOptions = {},
): Interval | null {
  const { sums, counts } = clusterByGroup(values, groups);
  if (sums.length < 2) return null;
  const { resamples = RESAMPLES, seed = 0 } = options;
  const random = createRandom(seed, 'bootstrap', 0);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < sums.length; draw++) {
      const group = random.integer(sums.length);
      sum += sums[group]!;
      count += counts[group]!;
    }
    means[r] = sum / count;
  }
  means.sort();
  return [quantile(means, (1 - LEVEL) / 2), quantile(means, (1 + LEVEL) / 2)];
}

/** The quantile of sorted values, interpolated between neighbours. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
