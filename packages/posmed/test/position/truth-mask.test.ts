import { findComponents, type Mask, maskArea } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../src/position/describe-target.js';
import { maskOfTruth } from '../../src/position/truth-mask.js';
import { maskOf } from '../made-mask.js';
import { masks } from './masks.js';

const lungs = maskOf(10, 6, [
  [0, 0, 3, 3],
  [6, 1, 4, 4],
]);
const nodule = maskOf(10, 6, [[1, 2, 1, 3]]);
const named = new Map<string, Mask>([
  ['x#lung', lungs],
  ['x#nodule', nodule],
]);
const sameAs = (mask: Mask, rectangles: Parameters<typeof maskOf>[2]) =>
  expect([...mask.data]).toEqual([...maskOf(10, 6, rectangles).data]);

describe('maskOfTruth', () => {
  it('joins targets and regions', () => {
    sameAs(maskOfTruth([], named, 10, 6), []);
    sameAs(maskOfTruth(['x#nodule'], named, 10, 6), [[1, 2, 1, 3]]);
    sameAs(maskOfTruth(['x#lung#2'], named, 10, 6), [[6, 1, 4, 4]]);
    sameAs(maskOfTruth(['x#lung#1', 'x#nodule'], named, 10, 6), [
      [0, 0, 3, 3],
      [1, 2, 1, 3],
    ]);
    sameAs(maskOfTruth(['x#lung#2', 'x#lung#1'], named, 10, 6), [
      [0, 0, 3, 3],
      [6, 1, 4, 4],
    ]);
  });

  it('names every id that no mask has', () => {
    const ids = ['y', 'x#lung#3', 'x#lung#0', 'x#lung#01', 'x#nodule'];
    expect(() => maskOfTruth(ids, named, 10, 6)).toThrow(
      'truth: the picture has no target or region y, x#lung#0, x#lung#01, x#lung#3; name',
    );
  });

  it('refuses a mask of another size', () => {
    expect(() => maskOfTruth(['x#lung'], named, 6, 10)).toThrow(
      'target x#lung: its mask has 10 x 6 pixels and its picture 6 x 10;',
    );
    expect(() => maskOfTruth(['x#lung#1'], named, 6, 10)).toThrow('its mask has 10 x 6 pixels');
  });

  it('makes a region the component that the target has by its id', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        for (const { id, box, area } of describeTarget('a', 'polyp', mask).regions) {
          const region = maskOfTruth([id], new Map([['a', mask]]), mask.width, mask.height);
          expect(maskArea(region)).toBe(area);
          expect(findComponents(region).map((component) => component.box)).toEqual([box]);
        }
      }),
    );
  });
});
