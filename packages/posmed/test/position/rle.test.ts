import { readFileSync } from 'node:fs';
import type { Mask } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRle, encodeRle, RleError } from '../../src/position/rle.js';
import { maskOf, type Rectangle } from '../made-mask.js';
import { masks } from './masks.js';

interface Made {
  width: number;
  height: number;
  rectangles?: Rectangle[];
  rows?: string[];
  rle: string;
  counts: number[];
}

const made = JSON.parse(readFileSync(new URL('./fixtures/rle.json', import.meta.url), 'utf8')) as Made[];

function maskOfMade({ width, height, rectangles, rows }: Made): Mask {
  if (rectangles) return maskOf(width, height, rectangles);
  return { width, height, data: Uint8Array.from(rows!.flatMap((row) => [...row].map(Number))) };
}

/** Comparing pixel by pixel in `expect` takes most of a test's time. */
const isSame = (one: Mask, other: Mask) =>
  one.width === other.width && one.height === other.height && Buffer.compare(one.data, other.data) === 0;

describe('run lengths as pycocotools has them', () => {
  it('are the same strings, and read back, compressed or not', () => {
    expect(made.length).toBe(11);
    for (const entry of made) {
      const mask = maskOfMade(entry);
      expect(encodeRle(mask)).toBe(entry.rle);
      expect(isSame(decodeRle(entry.rle, entry.width, entry.height), mask)).toBe(true);
      expect(isSame(decodeRle(entry.counts, entry.width, entry.height), mask)).toBe(true);
    }
  });

  it('give any mask back', () => {
    const noise = fc
      .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
      .chain(([width, height]) =>
        fc
          .array(fc.integer({ min: 0, max: 1 }), { minLength: width * height, maxLength: width * height })
          .map((data): Mask => ({ width, height, data: Uint8Array.from(data) })),
      );
    fc.assert(
      fc.property(fc.oneof(masks, noise), (mask) => {
        expect(isSame(decodeRle(encodeRle(mask), mask.width, mask.height), mask)).toBe(true);
      }),
    );
  });
});

describe('decodeRle', () => {
  const rle = encodeRle(maskOf(7, 5, [[3, 2, 2, 2]]));
  it.each<[string, string | number[], number, number, string]>([
    ['of a larger mask', rle, 7, 4, 'the runs of the mask cover 35 pixels, not the 28 of 7 x 4'],
    ['of a smaller mask', rle, 7, 6, 'the runs of the mask cover 35 pixels, not the 42 of 7 x 6'],
    ['of nothing', '', 7, 5, 'cover 0 pixels, not the 35'],
    ['of a list that is too short', [3, 4], 2, 5, 'cover 7 pixels, not the 10 of 2 x 5'],
    ['of a negative run', [-3, 13], 2, 5, 'run 1 of the mask is -3'],
    ['of half a pixel', [0.5, 9.5], 2, 5, 'run 1 of the mask is 0.5'],
    ['of words', 'no mask', 2, 5, 'is broken at character 3'],
    [
      'of a string that is cut',
      encodeRle(maskOf(40, 40, [])).slice(0, -1),
      40,
      40,
      'is broken at character 3',
    ],
    ['of a number without end', 'oooooooooooooooo', 2, 5, 'is broken at character'],
  ])('refuses one %s', (_, runs, width, height, problem) => {
    expect(() => decodeRle(runs, width, height)).toThrow(RleError);
    expect(() => decodeRle(runs, width, height)).toThrow(problem);
  });

  it('throws nothing but RleError, whatever the string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 12 }), (text) => {
        try {
          decodeRle(text, 4, 4);
        } catch (error) {
          expect(error).toBeInstanceOf(RleError);
        }
      }),
    );
  });
});
