import { describe, expect, it } from 'vitest';
import { padToSquare } from '../src/square.js';

/** A picture whose pixels are grey of 1, 2, 3 … */
const numbered = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => Math.floor(i / 3) + 1),
});

const red = (data: Uint8Array) => [...data].filter((_, i) => i % 3 === 0);

describe('padToSquare', () => {
  it('puts a wide picture in the middle, or above it', () => {
    const { width, height, data } = padToSquare(numbered(3, 2), [90, 91, 92]);
    expect([width, height]).toEqual([3, 3]);
    expect(red(data)).toEqual([1, 2, 3, 4, 5, 6, 90, 90, 90]);
    expect([...data.slice(-3)]).toEqual([90, 91, 92]);
  });

  it('puts a tall picture in the middle, or to its left', () => {
    const { width, height, data } = padToSquare(numbered(1, 4), [90, 91, 92]);
    expect([width, height]).toEqual([4, 4]);
    expect(red(data)).toEqual([90, 1, 90, 90, 90, 2, 90, 90, 90, 3, 90, 90, 90, 4, 90, 90]);
  });

  it('leaves a square as it is, as a copy', () => {
    const square = numbered(2, 2);
    expect(padToSquare(square, [90, 91, 92])).toEqual(square);
    expect(padToSquare(square, [90, 91, 92]).data).not.toBe(square.data);
  });

  it('refuses data of another length', () => {
    expect(() => padToSquare({ ...numbered(2, 2), width: 3 }, [0, 0, 0])).toThrow(RangeError);
  });
});
