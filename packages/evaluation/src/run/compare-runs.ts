import { EvaluationError } from '../evaluation-error.js';
import type { ResamplingOptions } from '../statistics/bootstrap.js';
import { comparePaired, correctHolm, type PairedComparison } from '../statistics/paired.js';
import type { RowScore } from './row-score.js';
import type { Subject } from './schema.js';
import type { RunScores } from './score-run.js';

/** How a figure of one run differs from that of another, over rows that both have. */
export interface RunComparison extends PairedComparison {
  readonly rows: number;
}

export interface CorrectedComparison extends RunComparison {
  /** The p-value corrected by Holm for the modalities that are compared. */
  readonly correctedPValue: number;
}

/** First minus second: Dice at one half of whole targets, and whether answers name the right zone. Null without rows. */
export interface RunComparisons {
  readonly first: Subject;
  readonly second: Subject;
  /** Pairs that one of the runs alone has are left out. */
  readonly pairs: { readonly both: number; readonly onlyFirst: number; readonly onlySecond: number };
  readonly dice: Compared;
  readonly zoneAccuracy: Compared;
}

export interface Compared {
  readonly overall: RunComparison | null;
  readonly modalities: Readonly<Record<string, CorrectedComparison>>;
}

/**
 * Compares two runs over the same pairs.
 * @throws EvaluationError when they are of different data or splits, ask different questions or have no pair in common
 */
export function comparePairedRuns(
  first: RunScores,
  second: RunScores,
  options: ResamplingOptions = {},
): RunComparisons {
  checkSameData(first, second);
  const others = new Map(second.rows.map((row) => [row.id, row]));
  const pairs = first.rows.flatMap((row): [RowScore, RowScore][] => {
    const other = others.get(row.id);
    return other ? [[row, other]] : [];
  });
  const where = nameOf(first, second);
  const differing = pairs.find(([a, b]) => a.question !== b.question);
  if (differing) {
    const problem = `pair ${differing[0].id} asks "${differing[0].question}" in one and "${differing[1].question}" in the other`;
    throw new EvaluationError(where, problem, 'compare runs with the same seed');
  }
  if (pairs.length === 0) {
    throw new EvaluationError(where, 'they have no pair in common', 'compare runs over the same pairs');
  }
  return {
    first: first.record.subject,
    second: second.record.subject,
    pairs: {
      both: pairs.length,
      onlyFirst: first.rows.length - pairs.length,
      onlySecond: second.rows.length - pairs.length,
    },
    dice: compare(pairs, ({ whole, dice }) => (whole ? dice : null), options),
    zoneAccuracy: compare(
      pairs,
      ({ verdict }) => (verdict === null || verdict.zone === null ? null : Number(verdict.zone)),
      options,
    ),
  };
}

function checkSameData(first: RunScores, second: RunScores): void {
  const [a, b] = [first.record.data, second.record.data];
  if (a.sha256 === b.sha256 && a.split === b.split) return;
  const describe = ({ name, sha256, split }: typeof a): string => `${name} (${sha256.slice(0, 8)}, ${split})`;
  throw new EvaluationError(
    nameOf(first, second),
    `one is of ${describe(a)} and the other of ${describe(b)}`,
    'compare runs of the same data and split',
  );
}

const nameOf = (first: RunScores, second: RunScores): string =>
  `runs of ${first.record.subject.name} and ${second.record.subject.name}`;

function compare(
  pairs: readonly (readonly [RowScore, RowScore])[],
  figureOf: (row: RowScore) => number | null,
  options: ResamplingOptions,
): Compared {
  const told = pairs.flatMap(([a, b]) => {
    const [left, right] = [figureOf(a), figureOf(b)];
    return left === null || right === null ? [] : [{ left, right, group: a.group, modality: a.modality }];
  });
  const over = (some: typeof told): RunComparison => ({
    rows: some.length,
    ...comparePaired(
      some.map(({ left }) => left),
      some.map(({ right }) => right),
      some.map(({ group }) => group),
      options,
    ),
  });
  const names = [...new Set(told.map(({ modality }) => modality))];
  const compared = names.map((name) => over(told.filter(({ modality }) => modality === name)));
  const corrected = correctHolm(compared.map(({ pValue }) => pValue));
  return {
    overall: told.length === 0 ? null : over(told),
    modalities: Object.fromEntries(
      names.map((name, i) => [name, { ...compared[i]!, correctedPValue: corrected[i]! }]),
    ),
  };
}
