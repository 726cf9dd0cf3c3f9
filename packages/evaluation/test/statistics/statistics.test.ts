import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapMean, quantile } from '../../src/statistics/bootstrap.js';
import { comparePaired, correctHolm } from '../../src/statistics/paired.js';
import { areaUnderCurve } from '../../src/statistics/ranking.js';

const own = (count: number): string[] => Array.from({ length: count }, (_, i) => `g${i}`);

describe('the bootstrap', () => {
  it('comes near the normal interval for many groups', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0 : 1));
    const [low, high] = bootstrapMean(values, own(400))!;
    const half = 1.96 * Math.sqrt(0.25 / 400);
    expect(low).toBeCloseTo(0.5 - half, 2);
    expect(high).toBeCloseTo(0.5 + half, 2);
  });

  it('is wider when pictures come in groups', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i < 200 ? 0 : 1));
    const inGroups = bootstrapMean(
      values,
      values.map((_, i) => `g${Math.floor(i / 40)}`),
    )!;
    const alone = bootstrapMean(values, own(400))!;
    expect(inGroups[1] - inGroups[0]).toBeGreaterThan(3 * (alone[1] - alone[0]));
  });

  it('covers the true mean about as often as it says', () => {
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const values = Array.from(
        { length: 60 },
        (_, i) => (Math.sin(run * 1000 + i * 12.9898) * 43758.5453) % 1,
      );
      const spread = values.map((value) => (value < 0 ? value + 1 : value));
      const [low, high] = bootstrapMean(spread, own(60), { resamples: 400, seed: run })!;
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered).toBeGreaterThan(180);
    expect(covered).toBeLessThan(200);
  });

  it('says nothing of one group, repeats with its seed, and wants values', () => {
    expect(bootstrapMean([1, 2], ['a', 'a'])).toBeNull();
    const values = [1, 5, 2, 8, 3];
    expect(bootstrapMean(values, own(5), { seed: 4 })).toEqual(bootstrapMean(values, own(5), { seed: 4 }));
    expect(() => bootstrapMean([], [])).toThrow('there are no values');
    expect(() => bootstrapMean([1], [])).toThrow('1 values and 0 groups');
  });

  it('interpolates quantiles', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([3], 0.9)).toBe(3);
  });
});

describe('the paired comparison', () => {
  it('tries all ways where groups are few', () => {
    // 5 groups, all better by 1: only all signs alike are as far, 2 of 32 ways.
    const { difference, pValue, groups } = comparePaired([2, 3, 4, 5, 6], [1, 2, 3, 4, 5], own(5));
    expect([difference, pValue, groups]).toEqual([1, 2 / 32, 5]);
  });

  it('finds a small steady difference and none in noise', () => {
    const noise = Array.from({ length: 100 }, (_, i) => ((i * 7919) % 101) / 101 - 0.5);
    const base = noise.map((value) => value * 3);
    expect(
      comparePaired(
        base.map((value) => value + 0.2),
        base,
        own(100),
      ).pValue,
    ).toBeLessThan(0.001);
    const turned = base.map((value, i) => value + (i % 2 === 0 ? 0.2 : -0.2));
    expect(comparePaired(turned, base, own(100)).pValue).toBeGreaterThan(0.5);
  });

  it('turns its sign with the runs', () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(values, (first) => {
        const second = first.map((value, i) => value * (i % 3) - 0.1);
        const one = comparePaired(first, second, own(first.length), { resamples: 50 });
        const other = comparePaired(second, first, own(first.length), { resamples: 50 });
        expect(one.difference).toBeCloseTo(-other.difference, 12);
        expect(one.pValue).toBe(other.pValue);
      }),
    );
  });

  it('wants the same pictures', () => {
    expect(() => comparePaired([1, 2], [1], own(2))).toThrow('compare the same pictures');
  });
});

describe('the correction of Holm', () => {
  it('agrees with a worked example', () => {
    // 0.01 x 4, 0.015 x 3, 0.03 x 2 (not below the one before), 0.04.
    const corrected = correctHolm([0.04, 0.01, 0.03, 0.015]);
    [0.06, 0.04, 0.06, 0.045].forEach((value, i) => {
      expect(corrected[i]).toBeCloseTo(value, 12);
    });
  });

  it('never lowers a p-value and keeps their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (pValues) => {
        const corrected = correctHolm(pValues);
        pValues.forEach((value, i) => {
          expect(corrected[i]).toBeGreaterThanOrEqual(value);
          expect(corrected[i]).toBeLessThanOrEqual(1);
          pValues.forEach((other, j) => {
            if (value < other) expect(corrected[i]).toBeLessThanOrEqual(corrected[j]!);
          });
        });
      }),
    );
  });
});

describe('the area under the curve', () => {
  it('is the share of pairs in the right order', () => {
    const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.boolean()), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(samples, (rows) => {
        const area = areaUnderCurve(
          rows.map(([score]) => score),
          rows.map(([, positive]) => positive),
        );
        const positives = rows.filter(([, positive]) => positive);
        const negatives = rows.filter(([, positive]) => !positive);
        if (positives.length === 0 || negatives.length === 0) {
          expect(area).toBeNull();
          return;
        }
        let right = 0;
        for (const [a] of positives) for (const [b] of negatives) right += a > b ? 1 : a === b ? 0.5 : 0;
        expect(area).toBeCloseTo(right / (positives.length * negatives.length), 12);
      }),
    );
  });
});
