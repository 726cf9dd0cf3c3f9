import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../src/position/describe-target.js';
import { onBothSides, type RegionRelation, relateRegions } from '../../src/position/relate-regions.js';
import { maskOf, type Rectangle } from '../made-mask.js';
import { masks } from './masks.js';

const regionOf = (rectangle: Rectangle) =>
  describeTarget('a', 'nodule', maskOf(100, 100, [rectangle])).regions[0]!;
const relation = (one: Rectangle, other: Rectangle) => relateRegions(regionOf(one), regionOf(other));
const none: RegionRelation = { across: null, down: null, size: null };

describe('relateRegions', () => {
  it.each<[string, Rectangle, Rectangle, Partial<RegionRelation>]>([
    ['beside', [10, 40, 10, 10], [60, 44, 10, 10], { across: 'left of' }],
    ['over', [40, 60, 10, 10], [42, 10, 10, 10], { down: 'below' }],
    ['diagonal', [60, 10, 10, 10], [10, 50, 10, 10], { across: 'right of', down: 'above' }],
    ['half as wide', [10, 40, 10, 5], [60, 40, 10, 10], { across: 'left of', size: 'smaller' }],
    ['a little larger', [10, 40, 10, 12], [60, 40, 10, 10], { across: 'left of' }],
    ['larger by 1.3', [10, 40, 10, 13], [60, 40, 10, 10], { across: 'left of', size: 'larger' }],
    ['over a long one, at its end', [10, 10, 10, 10], [5, 60, 90, 2], { down: 'above', size: 'smaller' }],
    ['a little to the left, far above', [40, 5, 4, 4], [50, 90, 4, 4], { down: 'above' }],
    ['the same', [40, 5, 4, 4], [40, 5, 4, 4], {}],
  ])('tells %s', (_, one, other, expected) => {
    expect(relation(one, other)).toEqual({ ...none, ...expected });
  });

  it('is the other way round from the other', () => {
    const turned = {
      'left of': 'right of',
      'right of': 'left of',
      above: 'below',
      below: 'above',
      larger: 'smaller',
      smaller: 'larger',
    } as const;
    const turn = <T extends keyof typeof turned>(word: T | null) => word && turned[word];
    fc.assert(
      fc.property(masks, (mask) => {
        const { regions } = describeTarget('a', 'nodule', mask);
        for (const a of regions) {
          for (const b of regions) {
            const { across, down, size } = relateRegions(b, a);
            expect(relateRegions(a, b)).toEqual({
              across: turn(across),
              down: turn(down),
              size: turn(size),
            });
          }
        }
      }),
    );
  });
});

describe('onBothSides', () => {
  it.each<[string, Rectangle[], boolean]>([
    [
      'two lungs',
      [
        [5, 10, 30, 60],
        [60, 10, 30, 60],
      ],
      true,
    ],
    ['one lung', [[5, 10, 30, 60]], false],
    [
      'one over the middle',
      [
        [5, 10, 30, 60],
        [40, 80, 40, 10],
      ],
      false,
    ],
    [
      'a speck on the other side',
      [
        [5, 10, 30, 60],
        [80, 10, 3, 3],
      ],
      false,
    ],
    ['nothing', [], false],
  ])('of %s', (_, rectangles, expected) => {
    const target = describeTarget('a', 'lung', maskOf(100, 100, rectangles));
    expect(onBothSides({ modality: 'ct', width: 100, height: 100, targets: [target] }, target)).toBe(
      expected,
    );
  });
});
