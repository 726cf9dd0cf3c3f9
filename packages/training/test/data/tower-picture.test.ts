import { clipNormalization, clipPicture, clipVitLarge14At336 } from '@prs-med/model';
import { expect, it } from 'vitest';
import { SAME_COLOUR } from '../../src/data/colour.js';
import { renderPicture } from '../../src/data/render.js';
import { toSourcePicture } from '../../src/data/source-picture.js';
import { renderTowerPicture, shrinkForTower, squareForTower } from '../../src/data/tower-picture.js';
import { IDENTITY_WARP, makeWarp, type Warp } from '../../src/data/warp.js';

const ENCODER = { size: 128, mean: [0, 0, 0], std: [1, 1, 1] } as const;
const TOWER = { size: 56, mean: [0.4814, 0.4578, 0.4082], std: [0.27, 0.26, 0.28] } as const;
const PLANE = TOWER.size ** 2;

/** A smooth picture, other in each channel. */
function smooth(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    data.set([128 + 100 * Math.sin(5 * x), 128 + 100 * Math.cos(4 * y), 255 * x * y], i * 3);
  }
  return { width, height, data };
}

const TURNED = makeWarp({
  horizontal: true,
  vertical: false,
  degrees: 15,
  scale: 1.2,
  shiftX: 0.05,
  shiftY: -0.04,
  aspect: 1.6,
});

it.each([
  ['a wide picture', 160, 100, TURNED],
  ['a tall picture', 100, 160, IDENTITY_WARP],
  ['a square', 90, 90, IDENTITY_WARP],
])("%s is the encoder's picture in its own proportions, and padding", (_, width, height, warp: Warp) => {
  const picture = smooth(width, height);
  const [seen, shown] = [new Float32Array(3 * ENCODER.size ** 2), new Float32Array(3 * PLANE)];
  renderPicture(toSourcePicture(picture, width, height), warp, SAME_COLOUR, ENCODER, seen);
  renderTowerPicture(shrinkForTower(picture, 1000), warp, SAME_COLOUR, TOWER, shown);
  const side = Math.max(width, height);
  const padding = TOWER.mean.map(
    (mean, channel) => (Math.trunc(mean * 255) / 255 - mean) / TOWER.std[channel]!,
  );
  let compared = 0;
  for (let i = 0; i < PLANE; i++) {
    const place = (at: number, own: number) => (((at + 0.5) / TOWER.size - 0.5) * side) / own + 0.5;
    const u = place(i % TOWER.size, width);
    const v = place(Math.floor(i / TOWER.size), height);
    const isPadding = u < 0 || u > 1 || v < 0 || v > 1;
    const at = Math.floor(v * ENCODER.size) * ENCODER.size + Math.floor(u * ENCODER.size);
    for (let channel = 0; channel < 3; channel++) {
      const value = shown[channel * PLANE + i]!;
      if (isPadding) {
        expect(value).toBeCloseTo(padding[channel]!, 5);
        continue;
      }
      // A middle on the very edge is of no pixel of the encoder's.
      if (u === 1 || v === 1) continue;
      const pixel = value * TOWER.std[channel]! + TOWER.mean[channel]!;
      // What has come in from outside is black in both, but its edge is not in the same pixels.
      if (pixel < 0.005 || seen[channel * ENCODER.size ** 2 + at]! < 0.005) continue;
      expect(Math.abs(pixel - seen[channel * ENCODER.size ** 2 + at]!)).toBeLessThan(0.03);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(PLANE);
});

it('in a validation is what use gives the tower', () => {
  const vision = { ...clipVitLarge14At336, imageSize: 56 };
  const format = { size: 56, mean: clipNormalization.mean, std: clipNormalization.deviation };
  for (const picture of [smooth(160, 80), smooth(50, 70)]) {
    const shown = new Float32Array(3 * PLANE);
    renderTowerPicture(squareForTower(picture, format), IDENTITY_WARP, SAME_COLOUR, format, shown);
    for (const [i, value] of clipPicture(picture, vision).entries()) expect(shown[i]).toBeCloseTo(value, 5);
  }
});

it('is kept for training in its own proportions, shrunk but not enlarged', () => {
  expect(shrinkForTower(smooth(160, 80), 40)).toMatchObject({ width: 40, height: 20, aspect: 2 });
  expect(shrinkForTower(smooth(16, 8), 40)).toMatchObject({ width: 16, height: 8, aspect: 2 });
});
