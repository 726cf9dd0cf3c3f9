import { describeRegions, type Mask, maskArea, resizeMask, toTensor } from '@prs-med/imaging';
import { checkPair, createRandom, describeTarget, type Pair } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import { augment, prepare, type Source } from '../../src/data/augment.js';
import { colourMatrix, SAME_COLOUR } from '../../src/data/colour.js';
import { renderPicture } from '../../src/data/render.js';
import { packMask, toSourcePicture } from '../../src/data/source-picture.js';
import { makeWarp, warpMask } from '../../src/data/warp.js';
import { maskOf, pictureOf } from './made-folder.js';

const FORMAT = { size: 64, mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] } as const;
const STILL = {
  horizontal: false,
  vertical: false,
  degrees: 0,
  scale: 1,
  shiftX: 0,
  shiftY: 0,
  aspect: 100 / 80,
};

function sourceOf(mask: Mask, limit = 74, gray = false, modality = 'endoscopy'): Source {
  const picture = pictureOf(mask, gray);
  return {
    modality,
    zoneRule: 'box',
    picture: toSourcePicture(picture, Math.min(limit, picture.width), Math.min(limit, picture.height)),
    targets: [{ id: 't', target: 'polyp', mask: packMask(mask, 256) }],
  };
}

const WHERE: Pair = {
  kind: 'where',
  template: 'made',
  question: 'Where in the image is the polyp?',
  answer: 'The polyp is in the top-left of the image.',
  laterality: 'image',
  target: 'polyp',
  asked: { zones: [], side: null, all: true },
  zones: ['top-left'],
  truth: ['t'],
};

/** The target's pixels by the picture's own red channel. */
function seenIn(pictures: Float32Array, size: number): Mask {
  const data = new Uint8Array(size * size);
  for (let at = 0; at < data.length; at++) data[at] = pictures[at]! > 0 ? 1 : 0;
  return { width: size, height: size, data };
}

function overlap(one: Mask, other: Mask): number {
  let both = 0;
  for (let at = 0; at < one.data.length; at++) both += one.data[at]! & other.data[at]!;
  return (2 * both) / (maskArea(one) + maskArea(other));
}

describe('augment', () => {
  const topLeft = maskOf(100, 80, [[10, 8, 24, 20]]);

  it.each([
    ['nothing', {}, 'top-left'],
    ['a horizontal flip', { horizontal: true }, 'top-right'],
    ['a vertical flip', { vertical: true }, 'bottom-left'],
    ['both flips', { horizontal: true, vertical: true }, 'bottom-right'],
    ['a quarter turn clockwise', { degrees: 90 }, 'top-right'],
    ['a shift to the right and down', { shiftX: 0.5, shiftY: 0.5 }, 'bottom-right'],
  ] as const)('moves the zone with %s, and the picture with the mask', (_, move, zone) => {
    const warp = makeWarp({ ...STILL, ...move });
    const source = sourceOf(topLeft);
    const out = new Float32Array(3 * 64 * 64);
    renderPicture(source.picture, warp, SAME_COLOUR, FORMAT, out);
    const mask = warpMask(source.targets[0]!.mask, warp, 64);
    expect(describeRegions(mask).zone).toBe(zone);
    expect(overlap(seenIn(out, 64), mask)).toBeGreaterThan(0.93);
  });

  it('keeps picture, mask and words together under any draw, and most of the target in sight', () => {
    const zones = new Set<string>();
    for (const [modality, gray] of [
      ['endoscopy', false],
      ['mri', true],
    ] as const) {
      const source = sourceOf(topLeft, 74, gray, modality);
      for (let index = 0; index < 60; index++) {
        const out = new Float32Array(3 * 64 * 64);
        const random = createRandom(1, 'augment', index);
        const { truth: mask, pair } = augment(source, WHERE, source.targets[0]!.mask, random, FORMAT, out);
        const middle = Math.max(...out.subarray(0, 64 * 64)) / 2 + Math.min(...out.subarray(0, 64 * 64)) / 2;
        const seen = seenIn(
          out.subarray(0, 64 * 64).map((value) => value - middle),
          64,
        );
        expect(overlap(seen, mask)).toBeGreaterThan(0.85);
        expect(maskArea(mask)).toBeGreaterThan(0.6 * 0.6 * 0.06 * 64 * 64);
        const moved = describeTarget('t', 'polyp', mask);
        expect(pair.zones).toEqual([moved.zone]);
        expect(checkPair(pair, { modality, width: 64, height: 64, targets: [moved] })).toBeNull();
        zones.add(moved.zone!);
      }
    }
    expect([...zones].sort()).toEqual(['bottom-left', 'bottom-right', 'top-left', 'top-right']);
  });

  it('is the same for the same key', () => {
    const source = sourceOf(topLeft);
    const run = (index: number) => {
      const out = new Float32Array(3 * 64 * 64);
      const random = createRandom(9, 'augment', index);
      return { sample: augment(source, WHERE, source.targets[0]!.mask, random, FORMAT, out), out };
    };
    expect(run(4)).toEqual(run(4));
    expect(run(4).out).not.toEqual(run(5).out);
  });

  it('writes at its offset and nowhere else', () => {
    const out = new Float32Array(3 * 3 * 64 * 64).fill(7);
    const source = sourceOf(topLeft);
    const random = createRandom(1, 'augment', 0);
    augment(source, WHERE, source.targets[0]!.mask, random, FORMAT, out, 3 * 64 * 64);
    expect(out.subarray(0, 3 * 64 * 64).every((value) => value === 7)).toBe(true);
    expect(out.subarray(2 * 3 * 64 * 64).every((value) => value === 7)).toBe(true);
    expect(out.subarray(3 * 64 * 64, 2 * 3 * 64 * 64).some((value) => value === 7)).toBe(false);
  });

  it('prepares pictures as use does', () => {
    const mask = maskOf(120, 90, [[13, 31, 40, 33]]);
    for (const gray of [true, false]) {
      const picture = pictureOf(mask, gray);
      const source = {
        modality: 'mri',
        zoneRule: 'box' as const,
        picture: toSourcePicture(picture, 64, 64),
        targets: [],
      };
      const out = new Float32Array(3 * 64 * 64);
      const { truth: prepared } = prepare(source, WHERE, packMask(mask, 256), FORMAT, out);
      const expected = toTensor(picture, 64, FORMAT.mean, FORMAT.std);
      let largest = 0;
      for (let at = 0; at < out.length; at++) largest = Math.max(largest, Math.abs(out[at]! - expected[at]!));
      expect(largest).toBeLessThan(1e-5);
      expect(prepared).toEqual(resizeMask(mask, 64, 64));
    }
  });

  it('leaves gray alone when it turns colours', () => {
    const matrix = colourMatrix(1.3, 12);
    for (let row = 0; row < 3; row++) {
      expect(matrix[row * 3]! + matrix[row * 3 + 1]! + matrix[row * 3 + 2]!).toBeCloseTo(1, 5);
    }
    expect([...colourMatrix(1, 0)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });
});
