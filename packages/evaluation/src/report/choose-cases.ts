import type { RowScore } from '../run/row-score.js';
import { type Column, sortColumns } from './columns.js';

/** A row that stands for others of its modality and target. */
export interface ChosenCase {
  readonly rank: 'best' | 'median' | 'worst';
  readonly row: RowScore & { readonly dice: number };
}

/**
 * The best, the median and the worst picture of each modality and target by Dice at one half, of ties the first by id; fewer
 * where there are not as many.
 */
export function chooseCases(rows: readonly RowScore[]): ChosenCase[] {
  const scored = rows.filter((row): row is ChosenCase['row'] => row.whole && row.dice !== null);
  return sortColumns(scored).flatMap((column) => casesOf(scored, column));
}

function casesOf(rows: readonly ChosenCase['row'][], { modality, target }: Column): ChosenCase[] {
  const sorted = rows
    .filter((row) => row.modality === modality && row.target === target)
    .sort((a, b) => b.dice - a.dice || (a.id < b.id ? -1 : 1));
  const [best, ...others] = sorted;
  const worst = others.pop();
  const median = others[Math.floor((others.length - 1) / 2)];
  return [
    ...(best ? [{ rank: 'best' as const, row: best }] : []),
    ...(median ? [{ rank: 'median' as const, row: median }] : []),
    ...(worst ? [{ rank: 'worst' as const, row: worst }] : []),
  ];
}
