import { describe, expect, it } from 'vitest';
import { parseCocoMasks } from '../../src/position/coco-masks.js';
import { encodeRle, RleError } from '../../src/position/rle.js';
import { maskOf, type Rectangle } from '../made-mask.js';

const encode = (...rectangles: Rectangle[]) => ({
  size: [4, 6],
  counts: encodeRle(maskOf(6, 4, rectangles)),
});
const parse = (value: unknown) => parseCocoMasks(JSON.stringify(value));

describe('parseCocoMasks', () => {
  it('reads one mask', () => {
    const expected = new Map([[null, maskOf(6, 4, [[1, 1, 3, 2]])]]);
    expect(parse(encode([1, 1, 3, 2]))).toEqual(expected);
    expect(parse({ segmentation: encode([1, 1, 3, 2]) })).toEqual(expected);
    expect(parse({ size: [4, 6], counts: [5, 2, 2, 2, 2, 2, 9] })).toEqual(expected);
  });

  it('reads annotations by category, those of one category as one', () => {
    const masks = parse([
      { image_id: 3, category_id: 7, score: 0.9, segmentation: encode([0, 0, 2, 2]) },
      { image_id: 3, category_id: 2, category_name: 'cup', segmentation: encode([4, 0, 1, 1]) },
      { image_id: 3, category_id: 7, score: 0.4, segmentation: encode([5, 3, 1, 1]) },
    ]);
    expect(masks).toEqual(
      new Map<string | number, unknown>([
        [
          7,
          maskOf(6, 4, [
            [0, 0, 2, 2],
            [5, 3, 1, 1],
          ]),
        ],
        ['cup', maskOf(6, 4, [[4, 0, 1, 1]])],
      ]),
    );
  });

  it.each([
    ['no JSON', '{"size": [4,', 'it is no JSON'],
    ['another document', '{"images": []}', 'it holds no masks as run lengths'],
    ['an empty list', '[]', 'it holds no masks as run lengths'],
    ['a size of nothing', '{"size": [0, 6], "counts": ""}', 'it holds no masks as run lengths'],
    ['a size beyond bounds', '{"size": [1e9, 1e9], "counts": ""}', 'up to 8000'],
    ['runs of another size', '{"size": [4, 7], "counts": [24]}', 'cover 24 pixels, not the 28 of 7 x 4'],
  ])('refuses %s', (_, text, problem) => {
    expect(() => parseCocoMasks(text)).toThrow(RleError);
    expect(() => parseCocoMasks(text)).toThrow(problem);
  });

  it('refuses masks of different sizes', () => {
    const small = { size: [2, 2], counts: [4] };
    expect(() => parse([{ segmentation: encode() }, { segmentation: small }])).toThrow(
      'its masks are of different sizes, 6 x 4 and 2 x 2 pixels',
    );
  });
});
