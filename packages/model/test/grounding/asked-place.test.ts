import { describe, expect, it } from 'vitest';
import { keepAskedPlace } from '../../src/grounding/asked-place.js';
import { ASKED, type Asked } from '../../src/index.js';

const SIZE = 64;

type Block = readonly [x: number, y: number, side: number];

const mapOf = (...blocks: Block[]) => {
  const data = new Float32Array(SIZE * SIZE).fill(0.1);
  for (const [x, y, side] of blocks) {
    for (let row = y; row < y + side; row++) data.fill(0.9, row * SIZE + x, row * SIZE + x + side);
  }
  return { width: SIZE, height: SIZE, data };
};

const asking = (...names: Asked[]) => Float32Array.from(ASKED, (name) => (names.includes(name) ? 0.9 : 0.01));

/** Which of the blocks are still there. */
const left = (map: { data: Float32Array }, ...blocks: Block[]) =>
  blocks.map(([x, y]) => map.data[(y + 1) * SIZE + x + 1]! > 0.5);

const topLeft: Block = [4, 4, 12];
const topRight: Block = [46, 4, 12];
const middle: Block = [26, 26, 12];

describe('keepAskedPlace', () => {
  it('changes nothing where no place is asked for', () => {
    const map = mapOf(topLeft, topRight);
    expect(keepAskedPlace(map, asking('all'), 0.5)).toBe(map);
    expect(keepAskedPlace(map, asking('left', 'right'), 0.5)).toBe(map);
  });

  it('keeps the parts in the asked zones, or on the asked side', () => {
    const map = mapOf(topLeft, topRight, middle);
    const parts = [topLeft, topRight, middle] as const;
    expect(left(keepAskedPlace(map, asking('top-left'), 0.5), ...parts)).toEqual([true, false, false]);
    expect(left(keepAskedPlace(map, asking('top-left', 'top-right'), 0.5), ...parts)).toEqual([
      true,
      true,
      false,
    ]);
    expect(left(keepAskedPlace(map, asking('center'), 0.5), ...parts)).toEqual([false, false, true]);
    expect(left(keepAskedPlace(mapOf(topLeft, topRight), asking('right'), 0.5), topLeft, topRight)).toEqual([
      false,
      true,
    ]);
  });

  it('takes a target that lies elsewhere for absent: nothing is left', () => {
    const map = keepAskedPlace(mapOf(topLeft), asking('bottom-right'), 0.5);
    expect(map.data.every((value) => value === 0)).toBe(true);
  });

  it('allows a part to lie a little beyond its zone', () => {
    const touching: Block = [20, 20, 13];
    const beyond: Block = [20, 20, 20];
    expect(left(keepAskedPlace(mapOf(touching), asking('top-left'), 0.5), touching)).toEqual([true]);
    expect(left(keepAskedPlace(mapOf(beyond), asking('top-left'), 0.5), beyond)).toEqual([false]);
  });

  it('does not take a speck in the asked zone for a finding', () => {
    const speck: Block = [46, 46, 2];
    const map = keepAskedPlace(mapOf(topLeft, speck), asking('bottom-right'), 0.5);
    expect(map.data.every((value) => value === 0)).toBe(true);
  });

  it('reads the mask at the threshold that is asked for', () => {
    const map = mapOf(topLeft);
    const low = { ...map, data: map.data.map((value) => value / 3) };
    expect(keepAskedPlace(low, asking('bottom-right'), 0.5)).toBe(low);
    expect(keepAskedPlace(low, asking('bottom-right'), 0.2).data.every((value) => value === 0)).toBe(true);
  });
});
