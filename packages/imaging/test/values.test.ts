import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawRange, drawWindow, fillContours, readTiffValues, type ValuePlane } from '../src/index.js';
import { PictureError } from '../src/picture-error.js';
import { fixture, fixtureJson } from './fixtures.js';

const plane = (...values: number[]): ValuePlane => ({
  width: values.length,
  height: 1,
  data: Float32Array.from(values),
});
const grey = (picture: { data: Uint8Array }) => [...picture.data].filter((_, i) => i % 3 === 0);

describe('drawWindow', () => {
  it('runs from black to white over the window', () => {
    const values = plane(-2000, -1350, -600, 150, 3000, Number.NaN);
    const lung = { level: -600, width: 1500, curve: 'linear-exact' } as const;
    expect(grey(drawWindow(values, lung))).toEqual([0, 0, 128, 255, 255, 0]);
    expect(grey(drawWindow(values, lung, true)).slice(0, 5)).toEqual([255, 255, 128, 0, 0]);
  });

  it('is a step where a linear window is one value wide', () => {
    const step = { level: 10, width: 1, curve: 'linear' } as const;
    expect(grey(drawWindow(plane(9, 9.5, 9.6, 10, 11), step))).toEqual([0, 0, 255, 255, 255]);
  });
});

describe('drawRange', () => {
  it('runs from the least to the greatest number', () => {
    expect(grey(drawRange(plane(-5, 0, 5, Number.NaN, Number.POSITIVE_INFINITY)))).toEqual([
      0, 128, 255, 0, 255,
    ]);
    expect(grey(drawRange(plane(-5, 0, 5), true))).toEqual([255, 128, 0]);
  });

  it('is black where all values are equal or none is a number', () => {
    expect(grey(drawRange(plane(7, 7)))).toEqual([0, 0]);
    expect(grey(drawRange(plane(Number.NaN)))).toEqual([0]);
  });
});

describe('fillContours', () => {
  const contour = fc.array(fc.tuple(fc.integer({ min: -3, max: 40 }), fc.integer({ min: -3, max: 40 })), {
    minLength: 3,
    maxLength: 8,
  });

  it('marks the middles with an odd number of outlines to their right', () => {
    fc.assert(
      fc.property(fc.array(contour, { minLength: 1, maxLength: 3 }), (outlines) => {
        // Off the middles, so that few lie on an outline.
        const contours = outlines.map((points) =>
          Float64Array.from(points.flatMap(([x, y]) => [x / 2 + 0.13, y / 2 + 0.27])),
        );
        const mask = fillContours(contours, 17, 15);
        const wrong: string[] = [];
        for (let y = 0; y < 15; y++) {
          for (let x = 0; x < 17; x++) {
            const crossings = contours.map((points) => crossingsRightOf(points, x, y));
            if (crossings.includes(null)) continue;
            const odd = crossings.reduce<number>((sum, count) => sum + count!, 0) % 2;
            if (mask.data[y * 17 + x] !== odd) wrong.push(`${x}, ${y}`);
          }
        }
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('counts a middle on the left or upper edge, and not one on the right or lower', () => {
    const square = Float64Array.of(1, 1, 3, 1, 3, 3, 1, 3);
    expect([...fillContours([square], 4, 4).data]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('is empty without outlines', () => {
    expect(fillContours([], 2, 1)).toEqual({ width: 2, height: 1, data: Uint8Array.of(0, 0) });
  });
});

/** How many edges a ray from a point to the right crosses; null where the point is on one, but for rounding. */
function crossingsRightOf(points: Float64Array, x: number, y: number): number | null {
  let count = 0;
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    const [ax, ay, bx, by] = [points[i]!, points[i + 1]!, points[next]!, points[next + 1]!];
    if (ay > y === by > y) continue;
    const side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
    if (Math.abs(side) < 1e-9) return null;
    if (by > ay ? side > 0 : side < 0) count++;
  }
  return count;
}

describe('readTiffValues', () => {
  const expected =
    fixtureJson<Record<string, { width: number; height: number; values: number[] }>>(
      'tiff-values/expected.json',
    );

  it.each(Object.keys(expected))('reads %s as tifffile does', async (name) => {
    const { width, height, values } = expected[name]!;
    const plane = await readTiffValues(fixture(`tiff-values/${name}`), name);
    expect([plane.width, plane.height]).toEqual([width, height]);
    expect([...plane.data]).toEqual(values);
  });

  it.each([
    ['tiff-values/int32.tif', 'this kind of TIFF is not read'],
    ['rgb-deflate.tif', 'it has 3 channels, not one'],
    ['rgb.png', 'damaged or cut short'],
  ])('refuses %s', async (name, problem) => {
    const error = await readTiffValues(fixture(name), name).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PictureError);
    expect((error as PictureError).message).toContain(problem);
  });

  it('refuses a file wherever it is cut', async () => {
    const bytes = fixture('tiff-values/int16.tif');
    for (let length = 0; length < bytes.length; length += 11) {
      await expect(readTiffValues(bytes.subarray(0, length), 'a.tif')).rejects.toThrow(PictureError);
    }
  });
});
