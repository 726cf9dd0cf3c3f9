import type { Mask } from '@prs-med/imaging';
import fc from 'fast-check';
import { maskOf, type Rectangle } from '../made-mask.js';

/** Masks of a few rectangles, some of them specks, in pictures of any shape; empty ones too. */
export const masks: fc.Arbitrary<Mask> = fc
  .tuple(fc.integer({ min: 1, max: 48 }), fc.integer({ min: 1, max: 48 }))
  .chain(([width, height]) => {
    const rectangle = fc
      .tuple(
        fc.nat(width - 1),
        fc.nat(height - 1),
        fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: width })),
        fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: height })),
      )
      .map((numbers): Rectangle => numbers);
    return fc.array(rectangle, { maxLength: 6 }).map((rectangles) => maskOf(width, height, rectangles));
  });
