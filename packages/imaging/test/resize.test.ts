import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskOfProbabilities } from '../src/picture.js';
import {
  type Interpolation,
  resizeMask,
  resizePicture,
  resizeProbabilities,
  toTensor,
} from '../src/resize.js';
import { fixtureJson, largestDifference } from './fixtures.js';

interface Flat {
  width: number;
  height: number;
  rgb: number[];
}

const { source, resizes } = fixtureJson<{
  source: Flat;
  resizes: (Flat & { kind: Interpolation })[];
}>('resize.json');
const picture = { width: source.width, height: source.height, data: Uint8Array.from(source.rgb) };
const side = fc.integer({ min: 1, max: 40 });

describe('resizePicture', () => {
  it.each(resizes)('equals Pillow, $kind at $width x $height', ({ kind, width, height, rgb }) => {
    expect([...resizePicture(picture, width, height, kind).data]).toEqual(rgb);
  });

  it('leaves the same size alone, as a copy', () => {
    const same = resizePicture(picture, picture.width, picture.height);
    expect(same).toEqual(picture);
    expect(same.data).not.toBe(picture.data);
  });

  it.each(['bilinear', 'bicubic'] as const)('keeps a constant, %s', (kind) => {
    fc.assert(
      fc.property(side, side, side, side, fc.integer({ min: 0, max: 255 }), (w, h, toW, toH, value) => {
        const flat = { width: w, height: h, data: new Uint8Array(w * h * 3).fill(value) };
        expect(new Set(resizePicture(flat, toW, toH, kind).data)).toEqual(new Set([value]));
      }),
    );
  });

  it('refuses sizes that are none', () => {
    expect(() => resizePicture(picture, 0, 4)).toThrow(RangeError);
    expect(() => resizePicture(picture, 4, 1.5)).toThrow(RangeError);
  });
});

describe('resizeProbabilities', () => {
  it('is half-pixel bilinear, as in ONNX', () => {
    // From the ONNX documentation of Resize, linear, half_pixel, scales 2.
    const map = { width: 2, height: 2, data: Float32Array.of(1, 2, 3, 4) };
    expect([...resizeProbabilities(map, 4, 4).data]).toEqual([
      1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4,
    ]);
  });

  it('equals a plain evaluation of the definition', () => {
    fc.assert(
      fc.property(side, side, side, side, (w, h, toW, toH) => {
        const map = {
          width: w,
          height: h,
          data: Float32Array.from({ length: w * h }, (_, i) => ((i * 37) % 101) / 100),
        };
        const at = (x: number, y: number) =>
          map.data[Math.min(Math.max(y, 0), h - 1) * w + Math.min(Math.max(x, 0), w - 1)]!;
        const want: number[] = [];
        for (let y = 0; y < toH; y++) {
          for (let x = 0; x < toW; x++) {
            const sx = ((x + 0.5) * w) / toW - 0.5;
            const sy = ((y + 0.5) * h) / toH - 0.5;
            const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
            const [px, py] = [sx - x0, sy - y0];
            const upper = at(x0, y0) * (1 - px) + at(x0 + 1, y0) * px;
            want.push(upper * (1 - py) + (at(x0, y0 + 1) * (1 - px) + at(x0 + 1, y0 + 1) * px) * py);
          }
        }
        expect(largestDifference(resizeProbabilities(map, toW, toH).data, want)).toBeLessThan(1e-6);
      }),
    );
  });
});

describe('resizeMask', () => {
  it('repeats pixels when enlarging by a whole number, and undoes that', () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 4 }), (w, h, times) => {
        const mask = {
          width: w,
          height: h,
          data: Uint8Array.from({ length: w * h }, (_, i) => ((i * 7) % 5) & 1),
        };
        const larger = resizeMask(mask, w * times, h * times);
        expect(larger.data[(h * times - 1) * w * times]).toBe(mask.data[(h - 1) * w]);
        expect(resizeMask(larger, w, h)).toEqual(mask);
      }),
    );
  });
});

describe('toTensor', () => {
  it('gives planes, normalised', () => {
    const mean = [0.485, 0.456, 0.406] as const;
    const deviation = [0.229, 0.224, 0.225] as const;
    const tensor = toTensor(picture, 16, mean, deviation);
    const rgb = resizes.find((r) => r.width === 16 && r.height === 16)!.rgb;
    const want = [0, 1, 2].flatMap((c) =>
      Array.from({ length: 256 }, (_, i) => (rgb[i * 3 + c]! / 255 - mean[c]!) / deviation[c]!),
    );
    expect(largestDifference(tensor, want)).toBeLessThan(1e-6);
  });
});

describe('maskOfProbabilities', () => {
  it('takes what is at least the threshold', () => {
    const map = { width: 4, height: 1, data: Float32Array.of(0.49, 0.5, 1, Number.NaN) };
    expect([...maskOfProbabilities(map).data]).toEqual([0, 1, 1, 0]);
  });
});
