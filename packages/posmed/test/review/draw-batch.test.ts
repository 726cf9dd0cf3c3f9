import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allot, type Candidate, drawBatch, orderBatch } from '../../src/review/draw-batch.js';

/** Candidates with so many of each modality and kind: `{ ct: { where: 3 } }`. */
const candidatesOf = (numbers: Record<string, Record<string, number>>): Candidate[] =>
  Object.entries(numbers).flatMap(([modality, kinds]) =>
    Object.entries(kinds).flatMap(([kind, length]) =>
      Array.from({ length }, (_, at) => ({ id: `${modality}-${kind}-${at}`, modality, kind })),
    ),
  );

const candidates = candidatesOf({
  ct: { where: 200, count: 100 },
  mri: { where: 60, count: 38, relation: 2 },
  'x-ray': { where: 5 },
});

const countBy = (pairs: readonly Candidate[], nameOf: (pair: Candidate) => string) =>
  Object.fromEntries(
    [...new Set(pairs.map(nameOf))].map((name) => [name, pairs.filter((p) => nameOf(p) === name).length]),
  );

describe('allot', () => {
  it('gives every group one and shares the rest by size', () => {
    expect(allot(10, [300, 100, 5])).toEqual([6, 3, 1]);
    expect(allot(2, [300, 100, 5])).toEqual([1, 1, 0]);
    expect(allot(405, [300, 100, 5])).toEqual([300, 100, 5]);
    expect(allot(3, [0, 2, 9])).toEqual([0, 1, 2]);
  });

  it('adds up, and gives no group more than it has', () => {
    const sizes = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.nat({ max: 600 }), (groups, wish) => {
        const total = Math.min(
          wish,
          groups.reduce((sum, size) => sum + size, 0),
        );
        const places = allot(total, groups);
        expect(places.reduce((sum, place) => sum + place, 0)).toBe(total);
        expect(places.every((place, at) => place >= 0 && place <= groups[at]!)).toBe(true);
        const filled = groups.filter((size) => size > 0).length;
        if (total >= filled) expect(places.every((place, at) => place > 0 || groups[at] === 0)).toBe(true);
      }),
    );
  });
});

describe('drawBatch', () => {
  it('mixes modalities and kinds as there are, with at least one of each', () => {
    const drawn = drawBatch(candidates, 50, 7);
    expect(new Set(drawn.map(({ id }) => id)).size).toBe(50);
    expect(countBy(drawn, ({ modality }) => modality)).toEqual({ ct: 36, mri: 13, 'x-ray': 1 });
    expect(countBy(drawn, ({ modality, kind }) => `${modality} ${kind}`)).toMatchObject({
      'ct where': 24,
      'ct count': 12,
      'mri relation': 1,
    });
  });

  it('is the same for a seed in whatever order the pairs come, and another for another seed', () => {
    const ids = (pairs: readonly Candidate[], seed: number) => drawBatch(pairs, 50, seed).map(({ id }) => id);
    expect(ids([...candidates].reverse(), 7)).toEqual(ids(candidates, 7));
    expect(ids(candidates, 8)).not.toEqual(ids(candidates, 7));
  });

  it('draws all when asked to, and not more', () => {
    expect(drawBatch(candidates, candidates.length, 1)).toHaveLength(candidates.length);
    expect(() => drawBatch(candidates, candidates.length + 1, 1)).toThrow('cannot be drawn');
  });
});

describe('orderBatch', () => {
  const drawn = drawBatch(candidates, 60, 3);

  it('shows every pair once and the repeats half a batch later', () => {
    const order = orderBatch(drawn, 'Anna', 6, 3);
    expect(order).toHaveLength(66);
    const placeOf = (id: string, occurrence: number) =>
      order.findIndex((showing) => showing.pair.id === id && showing.occurrence === occurrence);
    for (const { id } of drawn) expect(placeOf(id, 1)).toBeGreaterThanOrEqual(0);
    const repeats = order.filter(({ occurrence }) => occurrence === 2);
    expect(new Set(repeats.map(({ pair }) => pair.id)).size).toBe(6);
    for (const { pair } of repeats) {
      expect(placeOf(pair.id, 2) - placeOf(pair.id, 1)).toBeGreaterThanOrEqual(30);
    }
  });

  it('mixes modalities in every stretch', () => {
    const order = orderBatch(drawn, 'Anna', 0, 3).map(({ pair }) => pair.modality);
    const share = drawn.filter(({ modality }) => modality === 'ct').length / drawn.length;
    for (let start = 0; start + 10 <= order.length; start++) {
      const found = order.slice(start, start + 10).filter((modality) => modality === 'ct').length;
      expect(Math.abs(found - 10 * share)).toBeLessThanOrEqual(2);
    }
  });

  it('is another order for another reviewer, and the same one each time', () => {
    const ids = (reviewer: string) =>
      orderBatch(drawn, reviewer, 6, 3).map(({ pair, occurrence }) => `${pair.id} ${occurrence}`);
    expect(ids('Anna')).toEqual(ids('Anna'));
    expect(ids('Ben')).not.toEqual(ids('Anna'));
  });

  it('never repeats more than half', () => {
    expect(orderBatch(drawn.slice(0, 5), 'Anna', 9, 1)).toHaveLength(7);
    expect(orderBatch(drawn.slice(0, 1), 'Anna', 9, 1)).toHaveLength(1);
  });
});
