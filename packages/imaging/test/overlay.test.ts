import { describe, expect, it } from 'vitest';
import { signedDistance } from '../src/distance.js';
import { drawOverlay } from '../src/overlay.js';
import type { Mask, Picture } from '../src/picture.js';

function disc(width: number, height: number, centerX: number, centerY: number, radius: number): Mask {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      if (Math.hypot(x - centerX, y - centerY) <= radius) data[y * width + x] = 1;
  }
  return { width, height, data };
}

function plain(width: number, height: number, value: number): Picture {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

const pixel = (picture: Picture, x: number, y: number) => [
  ...picture.data.subarray((y * picture.width + x) * 3, (y * picture.width + x) * 3 + 3),
];

describe('signedDistance', () => {
  it('is that to the nearest pixel of the other kind, less a half', () => {
    const mask = disc(31, 24, 14, 11, 6.3);
    mask.data[3 * 31 + 29] = 1;
    const { box, data } = signedDistance(mask, 4)!;
    for (let y = 0; y < box[3]; y++) {
      for (let x = 0; x < box[2]; x++) {
        const inside = mask.data[(y + box[1]) * 31 + x + box[0]]!;
        let nearest = Number.POSITIVE_INFINITY;
        for (let v = 0; v < box[3]; v++) {
          for (let u = 0; u < box[2]; u++) {
            if (mask.data[(v + box[1]) * 31 + u + box[0]] !== inside)
              nearest = Math.min(nearest, Math.hypot(u - x, v - y));
          }
        }
        expect(data[y * box[2] + x]).toBeCloseTo(inside ? 0.5 - nearest : nearest - 0.5, 4);
      }
    }
  });

  it('has no field for an empty mask, and an endless inside for a full one', () => {
    expect(signedDistance({ width: 3, height: 2, data: new Uint8Array(6) }, 2)).toBeNull();
    const full = signedDistance({ width: 3, height: 2, data: new Uint8Array(6).fill(1) }, 2)!;
    expect(full.box).toEqual([0, 0, 3, 2]);
    expect(Math.max(...full.data)).toBeLessThan(-1000);
  });
});

describe('drawOverlay', () => {
  const mask = disc(256, 256, 80, 70, 30);

  it.each([0, 128, 255])('shows the outline on grey %d', (value) => {
    const drawn = drawOverlay(plain(256, 256, value), mask);
    const [red, green, blue] = pixel(drawn, 110, 70) as [number, number, number];
    expect(green - blue).toBeGreaterThan(60);
    expect(Math.abs(green - value) + Math.abs(red - value) + Math.abs(blue - value)).toBeGreaterThan(100);
  });

  it('fills faintly inside and leaves the far outside alone', () => {
    const drawn = drawOverlay(plain(256, 256, 100), mask);
    const [, green] = pixel(drawn, 80, 70) as [number, number, number];
    expect(green).toBeGreaterThan(110);
    expect(green).toBeLessThan(150);
    expect(pixel(drawn, 30, 200)).toEqual([100, 100, 100]);
  });

  it('draws the quadrants and the circle of the centre, or not', () => {
    const picture = plain(256, 256, 100);
    const empty: Mask = { width: 256, height: 256, data: new Uint8Array(256 * 256) };
    const drawn = drawOverlay(picture, empty);
    expect(pixel(drawn, 128, 3)).not.toEqual([100, 100, 100]);
    expect(pixel(drawn, 3, 127)).not.toEqual([100, 100, 100]);
    const changed = (x: number) => pixel(drawn, x, 140)[0] !== 100;
    expect(changed(128 + 50) || changed(128 + 49)).toBe(true);
    expect(Buffer.compare(drawOverlay(picture, empty, { zones: false }).data, picture.data)).toBe(0);
  });

  it('leaves the picture that it is given as it is, and draws on one of 1 x 1', () => {
    const picture = plain(1, 1, 9);
    drawOverlay(picture, { width: 1, height: 1, data: Uint8Array.of(1) });
    expect(picture).toEqual(plain(1, 1, 9));
  });

  it('refuses a mask of another size', () => {
    expect(() => drawOverlay(plain(4, 4, 0), mask)).toThrow(/the mask is 256 x 256, the picture 4 x 4/);
  });
});
