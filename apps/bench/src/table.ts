import type { Row } from './row.js';

const HEADINGS = ['part', 'what', 'median', 'best', 'unit', 'GFLOP', 'GFLOP/s', 'share', 'target'] as const;
/** Columns of words; the others are numbers, and end at the same place. */
const WORDS = new Set<string>(['part', 'what', 'unit', 'target']);

/** Rows as lines of text. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row): string[] => [
    row.part,
    row.what,
    short(row.value),
    short(row.best),
    row.unit,
    short(row.operations === undefined ? undefined : row.operations / 1e9),
    short(row.gigaflops),
    row.share === undefined ? '' : `${Math.round(100 * row.share)} %`,
    row.target ?? '',
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]!.length)),
  );
  return [[...HEADINGS], ...cells]
    .map((line) =>
      line
        .map((cell, column) =>
          WORDS.has(HEADINGS[column]!) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three figures that count. */
const short = (value: number | undefined): string => {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
};
