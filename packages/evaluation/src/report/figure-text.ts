import type { Interval } from '../statistics/bootstrap.js';
import { type Cell, cell } from './blocks.js';

/** What stands where there is nothing to tell. */
export const NOTHING = '-';

/** A share or a coefficient. */
export const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? NOTHING : value.toFixed(3);

/** With its sign. */
export const difference = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;

/** A line of a cell; none where nothing can be said. */
export const intervalLines = (
  bounds: Interval | null,
  write: (value: number) => string = figure,
): readonly string[] => (bounds === null ? [] : [`[${write(bounds[0])}, ${write(bounds[1])}]`]);

export const probability = (value: number): string => (value < 0.001 ? '< 0.001' : value.toFixed(3));

export const figureCell = (value: number | null | undefined): Cell => cell(figure(value));

/** "1 picture", "2 pictures". */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The first of many, and how many more there are. */
export function listed(items: readonly string[], most: number): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join('; ')}; and ${more} more` : items.join('; ');
}
