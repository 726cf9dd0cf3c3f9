import type { Criterion } from './criteria.js';

/** How far ratings agree. Shares are from 0 to 1. */
export interface Agreement {
  /** Items that are rated at least twice: what agreement can be seen on. */
  items: number;
  /** The mean share of pairs of ratings of an item that agree (per cent agreement, as a share); null without items. */
  observed: number | null;
  /** The share that would agree by chance. */
  expected: number | null;
  /** (observed - expected) / (1 - expected); null without items, or when all ratings are of one category. */
  kappa: number | null;
}

/** An agreement for each criterion. */
export type CriteriaAgreement = Readonly<Record<Criterion, Agreement>>;

/** How far a panel agrees. */
export interface AgreementReport {
  /** Fleiss' kappa over all experts. */
  overall: CriteriaAgreement;
  modalities: Readonly<Record<string, CriteriaAgreement>>;
  /** Cohen's kappa of two experts, on the pairs that both voted on. */
  couples: readonly { reviewers: readonly [string, string]; criteria: CriteriaAgreement }[];
  /** Cohen's kappa of an expert's first vote with the one on the hidden repeat. */
  self: readonly { reviewer: string; criteria: CriteriaAgreement }[];
}

/** Items that were rated alike. */
export interface Ratings {
  /** How many raters put an item into each category. */
  counts: readonly number[];
  /** How many items that is. */
  items: number;
}

/**
 * Fleiss' kappa (Fleiss 1971, "Measuring nominal scale agreement among many raters") in the form that lets items have
 * different numbers of ratings (Gwet 2014, "Handbook of Inter-Rater Reliability", 4th edition, chapter 2): the observed
 * agreement is the mean over items with two or more ratings, the share of a category is the mean over items with one
 * or more. Where every item has as many ratings it is Fleiss' own.
 * @throws Error when items differ in their number of categories
 */
export function fleissKappa(ratings: readonly Ratings[]): Agreement {
  const categories = ratings[0]?.counts.length ?? 0;
  const shares = new Array<number>(categories).fill(0);
  let rated = 0;
  let comparable = 0;
  let agreeing = 0;
  for (const { counts, items } of ratings) {
    if (counts.length !== categories) {
      throw new Error(`fleissKappa: an item has ${counts.length} categories, others have ${categories}`);
    }
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) continue;
    rated += items;
    for (const [category, count] of counts.entries()) shares[category]! += (items * count) / total;
    if (total < 2) continue;
    comparable += items;
    const pairs = counts.reduce((sum, count) => sum + count * (count - 1), 0);
    agreeing += (items * pairs) / (total * (total - 1));
  }
  const expected = shares.reduce((sum, share) => sum + (share / rated) ** 2, 0);
  return agreementOf(comparable, agreeing / comparable, expected);
}

/**
 * Cohen's kappa of two raters (Cohen 1960, "A coefficient of agreement for nominal scales").
 * @param table items by the category that the first rater (row) and the second (column) put them into; square
 * @throws Error when the table is not square
 */
export function cohenKappa(table: readonly (readonly number[])[]): Agreement {
  if (table.some((row) => row.length !== table.length))
    throw new Error('cohenKappa: the table is not square');
  const items = table.flat().reduce((sum, count) => sum + count, 0);
  let agreeing = 0;
  let chance = 0;
  for (const [category, row] of table.entries()) {
    const first = row.reduce((sum, count) => sum + count, 0);
    const second = table.reduce((sum, other) => sum + other[category]!, 0);
    agreeing += row[category]!;
    chance += first * second;
  }
  return agreementOf(items, agreeing / items, chance / items ** 2);
}

function agreementOf(items: number, observed: number, expected: number): Agreement {
  if (items === 0) return { items, observed: null, expected: null, kappa: null };
  // Within rounding all ratings are of one category: nothing is left that chance could not explain.
  const kappa = 1 - expected < 1e-12 ? null : (observed - expected) / (1 - expected);
  return { items, observed, expected, kappa };
}
