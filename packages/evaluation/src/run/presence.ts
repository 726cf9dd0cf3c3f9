import { areaUnderCurve } from '../statistics/ranking.js';
import { type Breakdown, breakDown, shareOf, summarizeEach } from './breakdown.js';
import type { RowScore } from './row-score.js';

/** What is said of rows of which all are absent, or all are there. Shares are 0 to 1. */
export interface PresenceFigures {
  readonly rows: number;
  /** The share of maps with nothing at one half: right for what is absent, a miss for what is there. Null without maps. */
  readonly emptyMasks: number | null;
  /** The share of answers that deny; null without answers. */
  readonly denials: number | null;
}

export interface PresenceScores {
  /** Rows whose truth is empty. What is not an empty mask there is a false alarm. */
  readonly absent: Breakdown<PresenceFigures> & { readonly kinds: Readonly<Record<string, PresenceFigures>> };
  /** Rows that have a truth. */
  readonly present: Breakdown<PresenceFigures>;
  /** How well the probability of presence tells the two apart; null where it is not told, or there is one alone. */
  readonly areaUnderCurve: Breakdown<number | null>;
}

export function scorePresence(rows: readonly RowScore[]): PresenceScores {
  const absent = rows.filter(({ truthPixels }) => truthPixels === 0);
  const present = rows.filter(({ truthPixels }) => truthPixels > 0);
  return {
    absent: { ...breakDown(absent, figuresOf), kinds: summarizeEach(absent, ({ kind }) => kind, figuresOf) },
    present: breakDown(present, figuresOf),
    areaUnderCurve: breakDown(rows, (some) => {
      const told = some.filter(({ presence }) => presence !== null);
      return areaUnderCurve(
        told.map(({ presence }) => presence!),
        told.map(({ truthPixels }) => truthPixels > 0),
      );
    }),
  };
}

function figuresOf(rows: readonly RowScore[]): PresenceFigures {
  return {
    rows: rows.length,
    emptyMasks: shareOf(
      rows.map(({ predictedPixels }) => (predictedPixels === null ? null : predictedPixels === 0)),
    ),
    denials: shareOf(rows.map(({ denies }) => denies)),
  };
}
