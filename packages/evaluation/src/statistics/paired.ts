import { createRandom } from '@prs-med/posmed';
import { bootstrapMean, type Interval, RESAMPLES, type ResamplingOptions } from './bootstrap.js';
import { clusterByGroup } from './clusters.js';

/** How one run differs from another on the same pictures. */
export interface PairedComparison {
  /** Mean of the first minus the second. */
  readonly difference: number;
  readonly interval: Interval | null;
  /** Two-sided; of the hypothesis that neither is better. */
  readonly pValue: number;
  readonly groups: number;
}

/**
 * Compares two runs picture by picture: the interval by the bootstrap over groups, the p-value by turning the sign of each
 * group's difference at random (all ways where there are few groups).
 * @throws RangeError when there are no values, or not as many of each
 */
export function comparePaired(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  groups: readonly string[],
  options: ResamplingOptions = {},
): PairedComparison {
  if (first.length !== second.length) {
    throw new RangeError(
      `the runs have ${first.length} and ${second.length} values; compare the same pictures`,
    );
  }
  const differences = Float64Array.from(first, (value, i) => value - second[i]!);
  const { sums } = clusterByGroup(differences, groups);
  const total = sums.reduce((sum, value) => sum + value, 0);
  return {
    difference: total / differences.length,
    interval: bootstrapMean(differences, groups, options),
    pValue: signFlipPValue(sums, Math.abs(total), options),
    groups: sums.length,
  };
}

/** Of as many groups all ways of turning signs are tried. */
const FEW_GROUPS = 12;
/** Sums that differ by rounding alone count as equal. */
const SLACK = 1e-12;

function signFlipPValue(sums: Float64Array, observed: number, options: ResamplingOptions): number {
  const { resamples = RESAMPLES, seed = 0 } = options;
  const least = observed - SLACK;
  if (sums.length <= FEW_GROUPS) {
    const ways = 2 ** sums.length;
    let asFar = 0;
    for (let way = 0; way < ways; way++) {
      let sum = 0;
      for (let group = 0; group < sums.length; group++)
        sum += (way >> group) & 1 ? sums[group]! : -sums[group]!;
      if (Math.abs(sum) >= least) asFar++;
    }
    return asFar / ways;
  }
  const random = createRandom(seed, 'sign flip', 0);
  let asFar = 0;
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    for (let group = 0; group < sums.length; group++)
      sum += random.chance(0.5) ? sums[group]! : -sums[group]!;
    if (Math.abs(sum) >= least) asFar++;
  }
  // What was observed is one of the ways itself, so that no p-value is 0.
  return (asFar + 1) / (resamples + 1);
}

/**
 * p-values corrected for being several, in the order given.
 * Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979).
 */
export function correctHolm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = new Array<number>(pValues.length);
  let most = 0;
  order.forEach((i, rank) => {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[i]!));
    corrected[i] = most;
  });
  return corrected;
}
