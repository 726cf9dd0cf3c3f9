import { fleissKappa } from '@prs-med/posmed';
import { bootstrapMean, type Interval, type ResamplingOptions } from '../statistics/bootstrap.js';
import type { JudgedRow, Judgement } from './judge-prompt.js';

/** Judgements of a row: an odd number, so that a majority is always there. */
export const JUDGEMENTS = 3;

/** Figures of a judge; shares and scores are 0 to 1, null where no row was judged. */
export interface JudgeFigures {
  /** Rows with three judgements, which the figures are of. */
  readonly rows: number;
  /** Rows to which the judge gave too few replies that could be read. */
  readonly unjudged: number;
  /** Mean over rows of the mean of three scores. */
  readonly score: number | null;
  /** The share of rows that the majority judged right. */
  readonly right: number | null;
  readonly agreement: {
    /** The share of rows that all three judged alike. */
    readonly unanimous: number | null;
    /** Fleiss' kappa of right and wrong; null also where every judgement is the same. */
    readonly kappa: number | null;
  };
  /** 95 %, by the bootstrap over groups; null where there is one group alone. */
  readonly confidenceInterval: { readonly score: Interval | null; readonly right: Interval | null };
}

/**
 * Sums up the judgements of rows.
 * @param judgements of each row by its id; fewer than three count as none
 */
export function summarizeJudgements(
  rows: readonly Pick<JudgedRow, 'id' | 'group'>[],
  judgements: ReadonlyMap<string, readonly Judgement[]>,
  options: ResamplingOptions = {},
): JudgeFigures {
  const judged = rows.flatMap(({ id, group = id }) => {
    const given = judgements.get(id) ?? [];
    return given.length < JUDGEMENTS ? [] : [{ group, ...decide(given.slice(0, JUDGEMENTS)) }];
  });
  const groups = judged.map(({ group }) => group);
  const over = (figure: (row: (typeof judged)[number]) => number) => {
    const values = judged.map(figure);
    if (values.length === 0) return { mean: null, interval: null };
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, interval: bootstrapMean(values, groups, options) };
  };
  const score = over((row) => row.score);
  const right = over((row) => Number(row.affirming > JUDGEMENTS / 2));
  const ratings = judged.map(({ affirming }) => ({ counts: [affirming, JUDGEMENTS - affirming], items: 1 }));
  return {
    rows: judged.length,
    unjudged: rows.length - judged.length,
    score: score.mean,
    right: right.mean,
    agreement: {
      unanimous: over(({ affirming }) => Number(affirming === 0 || affirming === JUDGEMENTS)).mean,
      kappa: fleissKappa(ratings).kappa,
    },
    confidenceInterval: { score: score.interval, right: right.interval },
  };
}

function decide(judgements: readonly Judgement[]): { readonly score: number; readonly affirming: number } {
  return {
    score: judgements.reduce((sum, { score }) => sum + score, 0) / judgements.length,
    affirming: judgements.filter(({ right }) => right).length,
  };
}
