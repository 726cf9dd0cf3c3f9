import type { RowScore } from './row-score.js';

/** The same figures over all rows and over those of each modality. */
export interface Breakdown<Figures> {
  readonly overall: Figures;
  readonly modalities: Readonly<Record<string, Figures>>;
}

export function breakDown<Figures>(
  rows: readonly RowScore[],
  summarize: (rows: readonly RowScore[]) => Figures,
): Breakdown<Figures> {
  return {
    overall: summarize(rows),
    modalities: summarizeEach(rows, ({ modality }) => modality, summarize),
  };
}

/** Figures of the rows with each key, in the order in which the keys come. */
export function summarizeEach<Figures>(
  rows: readonly RowScore[],
  keyOf: (row: RowScore) => string,
  summarize: (rows: readonly RowScore[]) => Figures,
): Record<string, Figures> {
  const members = new Map<string, RowScore[]>();
  for (const row of rows) {
    const known = members.get(keyOf(row));
    if (known) known.push(row);
    else members.set(keyOf(row), [row]);
  }
  return Object.fromEntries([...members].map(([key, some]) => [key, summarize(some)]));
}

/** The share (0 to 1) of verdicts that are true, of those that are not null; null where all are. */
export function shareOf(verdicts: readonly (boolean | null)[]): number | null {
  const told = verdicts.filter((verdict) => verdict !== null);
  return told.length === 0 ? null : told.filter(Boolean).length / told.length;
}

/** Null without values. */
export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
