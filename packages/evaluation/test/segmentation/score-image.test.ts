import { readFileSync } from 'node:fs';
import type { Mask } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hausdorff95 } from '../../src/segmentation/hausdorff.js';
import { nearestTarget } from '../../src/segmentation/nearest-target.js';
import { scoreImage } from '../../src/segmentation/score-image.js';
import { summarizeSegmentation } from '../../src/segmentation/summarize.js';

const maskOf = (width: number, height: number, bits: ArrayLike<number | string>): Mask => ({
  width,
  height,
  data: Uint8Array.from(bits, Number),
});

const masks = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc
      .array(fc.integer({ min: 0, max: 1 }), { minLength: width * height, maxLength: width * height })
      .map((bits) => maskOf(width, height, bits)),
  );

const asPrediction = (mask: Mask) => ({ ...mask, data: mask.data.map((value) => value * 255) });

describe('hd95', () => {
  it('agrees with MedPy', () => {
    const rows = JSON.parse(readFileSync(new URL('../fixtures/hd95.json', import.meta.url), 'utf8')) as {
      width: number;
      height: number;
      a: string;
      b: string;
      hd95: number;
    }[];
    expect(rows.length).toBe(40);
    for (const { width, height, a, b, hd95 } of rows) {
      expect(hausdorff95(maskOf(width, height, a), maskOf(width, height, b))).toBeCloseTo(hd95, 9);
    }
  });

  it('is null where a mask is empty', () => {
    expect(hausdorff95(maskOf(2, 1, [0, 0]), maskOf(2, 1, [0, 1]))).toBeNull();
  });
});

describe('the nearest target', () => {
  it('is as near as any', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const targets = [...mask.data.keys()].filter((i) => mask.data[i] !== 0);
        fc.pre(targets.length > 0);
        const { index, squaredDistance } = nearestTarget(mask);
        const between = (i: number, j: number) =>
          ((i % mask.width) - (j % mask.width)) ** 2 +
          (Math.floor(i / mask.width) - Math.floor(j / mask.width)) ** 2;
        for (let i = 0; i < mask.data.length; i++) {
          const least = Math.min(...targets.map((j) => between(i, j)));
          expect(squaredDistance[i]).toBe(least);
          expect(mask.data[index[i]!]).toBe(1);
          expect(between(i, index[i]!)).toBe(least);
        }
      }),
    );
  });
});

describe('a score', () => {
  it('is best for the truth itself', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const score = scoreImage(asPrediction(mask), mask);
        expect(score.dice).toBe(1);
        expect(score.iou).toBe(1);
        expect(score.meanAbsoluteError).toBe(0);
        expect(score.hd95 ?? 0).toBe(0);
      }),
    );
  });

  it('counts an empty truth as right only when nothing is predicted', () => {
    const nothing = maskOf(2, 2, [0, 0, 0, 0]);
    const falseAlarm = { width: 2, height: 2, data: Uint8Array.of(0, 0, 128, 0) };
    const right = scoreImage(asPrediction(nothing), nothing);
    const wrong = scoreImage(falseAlarm, nothing);
    expect([right.dice, right.iou, right.hd95]).toEqual([1, 1, null]);
    expect([wrong.dice, wrong.iou, wrong.hd95]).toEqual([0, 0, null]);
    expect(summarizeSegmentation([right, wrong]).emptyTruth).toEqual({ images: 2, falsePositives: 1 });
  });

  it('takes a pixel for target from one half on', () => {
    const truth = maskOf(2, 1, [1, 1]);
    expect(scoreImage({ width: 2, height: 1, data: Uint8Array.of(127, 128) }, truth).dice).toBeCloseTo(2 / 3);
  });

  it('pools pixels, and means over pictures', () => {
    const whole = maskOf(4, 1, [1, 1, 1, 1]);
    const one = maskOf(4, 1, [1, 0, 0, 0]);
    const summary = summarizeSegmentation([
      scoreImage(asPrediction(whole), whole),
      scoreImage(asPrediction(maskOf(4, 1, [0, 1, 0, 0])), one),
    ]);
    expect(summary.dice).toBe(0.5);
    expect(summary.pooled.dice).toBe(0.8);
  });

  it('wants one size', () => {
    expect(() => scoreImage(asPrediction(maskOf(2, 1, [1, 1])), maskOf(1, 2, [1, 1]))).toThrow(
      'the prediction has 2 x 1 pixels and the truth 1 x 2',
    );
    expect(() => summarizeSegmentation([])).toThrow(RangeError);
  });
});
