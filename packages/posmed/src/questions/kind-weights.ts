import type { PairKind } from '../pair.js';

/** A share of the questions, and within it the weight of each kind where a picture allows it. */
export interface KindGroup {
  /** They need not add up to anything, as the kinds' weights need not. */
  share: number;
  kinds: Partial<Record<PairKind, number>>;
}

/** How often each kind is asked. What a picture does not allow gives way to others of its group, then of another. */
export const KIND_GROUPS: readonly KindGroup[] = [
  {
    share: 50,
    kinds: {
      where: 12,
      'which-region': 6,
      'yes-and-where': 8,
      quadrant: 5,
      side: 5,
      'upper-or-lower': 5,
      describe: 5,
      pinpoint: 4,
      precise: 4,
      approximate: 4,
      abnormal: 5,
    },
  },
  {
    share: 34,
    kinds: {
      segment: 12,
      'refer-zone': 9,
      'refer-side': 16,
      'refer-largest': 5,
      'refer-all': 5,
      count: 4,
      relation: 5,
      'multiple-choice': 5,
    },
  },
  { share: 16, kinds: { 'absent-zone': 9, 'absent-target': 8 } },
];
