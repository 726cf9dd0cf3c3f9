import { type Breakdown, breakDown, meanOf, shareOf, summarizeEach } from './breakdown.js';
import type { RowScore } from './row-score.js';

/** Whether the mask is of what was asked for, and not of the rest of the target. */
export interface ReferringFigures {
  readonly rows: number;
  /** Mean Dice at one half with what was asked for; null without rows. */
  readonly dice: number | null;
  /** The share of rows with a Dice above 0.5 with what was asked for and below 0.2 with the rest; null without rows. */
  readonly found: number | null;
}

/** Figures over all rows, and over those alone whose target has other parts, so that the mask must move. */
export interface ReferringSummary extends ReferringFigures {
  readonly contrasted: ReferringFigures;
}

/** Questions for what lies in a zone, on a side, or is the largest. */
export interface ReferringScores extends Breakdown<ReferringSummary> {
  readonly kinds: Readonly<Record<string, ReferringSummary>>;
  /** Left or right of two lungs. */
  readonly lungs: Breakdown<ReferringFigures>;
}

const KINDS: ReadonlySet<string> = new Set(['refer-zone', 'refer-side', 'refer-largest']);
const ENOUGH = 0.5;
const TOO_MUCH = 0.2;

/** Of rows with a map and something to find. */
export function scoreReferring(rows: readonly RowScore[]): ReferringScores {
  const referring = rows.filter(
    ({ kind, truthPixels, dice }) => KINDS.has(kind) && truthPixels > 0 && dice !== null,
  );
  const lungs = referring.filter(
    ({ kind, target, restDice }) => kind === 'refer-side' && target === 'lung' && restDice !== null,
  );
  return {
    ...breakDown(referring, summarize),
    kinds: summarizeEach(referring, ({ kind }) => kind, summarize),
    lungs: breakDown(lungs, figuresOf),
  };
}

function summarize(rows: readonly RowScore[]): ReferringSummary {
  return { ...figuresOf(rows), contrasted: figuresOf(rows.filter(({ restDice }) => restDice !== null)) };
}

function figuresOf(rows: readonly RowScore[]): ReferringFigures {
  return {
    rows: rows.length,
    dice: meanOf(rows.map(({ dice }) => dice!)),
    found: shareOf(rows.map(({ dice, restDice }) => dice! > ENOUGH && (restDice ?? 0) < TOO_MUCH)),
  };
}
