/** What an expert judges of a pair, each with yes or no. */
export const CRITERIA = ['medicalAccuracy', 'positionalRelevance', 'clinicalPlausibility'] as const;

export type Criterion = (typeof CRITERIA)[number];

/** One expert's vote on one pair: whether each criterion holds. */
export type Judgement = Readonly<Record<Criterion, boolean>>;

/** A value for each criterion, in the order of `CRITERIA`. */
export const perCriterion = <Value>(make: (criterion: Criterion) => Value): Record<Criterion, Value> =>
  Object.fromEntries(CRITERIA.map((criterion) => [criterion, make(criterion)])) as Record<Criterion, Value>;
