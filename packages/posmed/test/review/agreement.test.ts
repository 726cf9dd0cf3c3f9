import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cohenKappa, fleissKappa } from '../../src/review/agreement.js';

interface Golden {
  full: { counts: number[][]; kappa: number }[];
  gaps: { counts: number[][]; observed: number; expected: number; kappa: number }[];
  two: { table: number[][]; kappa: number }[];
}

/** By statsmodels and irrCAC; fixtures/agreement.py made it. */
const golden: Golden = JSON.parse(
  await readFile(new URL('fixtures/agreement.json', import.meta.url), 'utf8'),
);

const ratings = (table: readonly (readonly number[])[]) => table.map((counts) => ({ counts, items: 1 }));

/** The worked example of Wikipedia's "Fleiss' kappa": 14 raters, 10 subjects, 5 categories. */
const WORKED_EXAMPLE = [
  [0, 0, 0, 0, 14],
  [0, 2, 6, 4, 2],
  [0, 0, 3, 5, 6],
  [0, 3, 9, 2, 0],
  [2, 2, 8, 1, 1],
  [7, 7, 0, 0, 0],
  [3, 2, 6, 3, 0],
  [2, 5, 3, 2, 2],
  [6, 5, 2, 1, 0],
  [0, 2, 2, 3, 7],
];

/** Table 1 of Fleiss 1971: 30 patients, each diagnosed by six psychiatrists; one digit a category. */
const DIAGNOSES = `00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
  00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006`
  .split(/\s+/)
  .map((row) => [...row].map(Number));

describe("Fleiss' kappa", () => {
  it('is the published one of the worked example: 0.210, from 0.378 observed and 0.213 expected', () => {
    const { items, observed, expected, kappa } = fleissKappa(ratings(WORKED_EXAMPLE));
    expect(items).toBe(10);
    expect(observed).toBeCloseTo(0.378, 3);
    expect(expected).toBeCloseTo(0.213, 3);
    expect(kappa).toBeCloseTo(0.21, 3);
  });

  it('is the published one of the diagnoses: 0.430, from 0.5556 observed and 0.2199 expected', () => {
    expect(DIAGNOSES.every((row) => row.reduce((sum, count) => sum + count, 0) === 6)).toBe(true);
    const { observed, expected, kappa } = fleissKappa(ratings(DIAGNOSES));
    expect(observed).toBeCloseTo(0.5556, 4);
    expect(expected).toBeCloseTo(0.2199, 4);
    expect(kappa).toBeCloseTo(0.43, 3);
  });

  it.each(golden.full)('is that of statsmodels: $kappa', ({ counts, kappa }) => {
    expect(fleissKappa(ratings(counts)).kappa).toBeCloseTo(kappa, 12);
  });

  it.each(golden.gaps)('is that of irrCAC where ratings are missing: $kappa', ({ counts, ...expected }) => {
    expect(counts.some((row) => row.reduce((sum, count) => sum + count, 0) < counts.length)).toBe(true);
    const found = fleissKappa(ratings(counts));
    expect(found.observed).toBeCloseTo(expected.observed, 11);
    expect(found.expected).toBeCloseTo(expected.expected, 11);
    expect(found.kappa).toBeCloseTo(expected.kappa, 11);
    expect(found.items).toBe(counts.filter((row) => row.reduce((sum, count) => sum + count, 0) > 1).length);
  });

  it('is null where it has no meaning', () => {
    const nothing = { items: 0, observed: null, expected: null, kappa: null };
    expect(fleissKappa([])).toEqual(nothing);
    expect(fleissKappa([{ counts: [1, 0], items: 3 }])).toEqual(nothing);
    expect(fleissKappa([{ counts: [0, 3], items: 7 }])).toEqual({
      items: 7,
      observed: 1,
      expected: 1,
      kappa: null,
    });
  });

  it('counts items that were rated alike as if each stood for itself', () => {
    const counts = fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 3 });
    const rows = fc.array(fc.record({ counts, items: fc.integer({ min: 1, max: 4 }) }), { maxLength: 8 });
    fc.assert(
      fc.property(rows, (weighted) => {
        const together = fleissKappa(weighted);
        const apart = fleissKappa(
          weighted.flatMap((row) => Array.from({ length: row.items }, () => ({ ...row, items: 1 }))),
        );
        expect(together.items).toBe(apart.items);
        for (const name of ['observed', 'expected', 'kappa'] as const) {
          if (apart[name] === null) expect(together[name]).toBeNull();
          else expect(together[name]).toBeCloseTo(apart[name], 9);
        }
      }),
    );
  });

  it('names items with another number of categories', () => {
    expect(() => fleissKappa(ratings([[1, 2], [1]]))).toThrow('an item has 1 categories, others have 2');
  });
});

describe("Cohen's kappa", () => {
  it.each(golden.two)('is that of statsmodels: $kappa', ({ table, kappa }) => {
    expect(cohenKappa(table).kappa).toBeCloseTo(kappa, 12);
  });

  it('is null without items or with one category only', () => {
    const none = [
      [0, 0],
      [0, 0],
    ];
    const one = [
      [9, 0],
      [0, 0],
    ];
    expect(cohenKappa(none)).toEqual({ items: 0, observed: null, expected: null, kappa: null });
    expect(cohenKappa(one)).toEqual({ items: 9, observed: 1, expected: 1, kappa: null });
    expect(() => cohenKappa([[1], [2]])).toThrow('not square');
  });
});
