// Draws examples/skin-set: made-up dermoscopy pictures with their masks, so that the commands of data sets and evaluation
// can be tried at once. Run from the project's folder: node examples/draw-skin-set.js
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMask, writePicture } from '@prs-med/imaging/node';

const width = 128;
const height = 96;
const skin = [216, 168, 146];
const folder = fileURLToPath(new URL('./skin-set', import.meta.url));

/** Per split the lesions' middles, as shares of width and height, and their radii in pixels. */
const pictures = {
  train: [
    [[0.25, 0.3, 15]],
    [[0.74, 0.28, 12]],
    [[0.5, 0.52, 22]],
    [[0.27, 0.75, 13]],
    [[0.77, 0.7, 16]],
    [
      [0.24, 0.28, 11],
      [0.75, 0.72, 14],
    ],
  ],
  val: [[[0.7, 0.3, 14]], [[0.28, 0.7, 12]]],
  test: [
    [[0.3, 0.26, 13]],
    [[0.52, 0.48, 19]],
    [
      [0.26, 0.72, 12],
      [0.74, 0.3, 15],
    ],
  ],
};

/** Numbers from 0 to 1, the same at every run (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function draw(lesions, seed) {
  const random = randomFrom(seed);
  const picture = { width, height, data: new Uint8Array(width * height * 3) };
  const mask = { width, height, data: new Uint8Array(width * height) };
  const waves = lesions.map(() => Array.from({ length: 3 }, () => random() * 2 * Math.PI));
  const tint = 0.9 + 0.2 * random();
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      // How far inside the nearest lesion, in pixels; the outline waves a little.
      const depth = Math.max(
        ...lesions.map(([across, down, radius], n) => {
          const [dx, dy] = [x - across * width, y - down * height];
          const angle = Math.atan2(dy, dx);
          const edge = waves[n].reduce((sum, phase, k) => sum + 0.06 * Math.sin((k + 2) * angle + phase), 1);
          return radius * edge - Math.hypot(dx, dy);
        }),
      );
      const pigment = 1 / (1 + Math.exp(-depth / 1.5));
      mask.data[i] = depth > 0 ? 1 : 0;
      const noise = 0.97 + 0.06 * random();
      skin.forEach((value, channel) => {
        const dark = [0.42, 0.36, 0.34][channel];
        picture.data[3 * i + channel] = Math.min(255, value * tint * noise * (1 - pigment * (1 - dark)));
      });
    }
  }
  return { picture, mask };
}

let seed = 20261124;
for (const [split, sets] of Object.entries(pictures)) {
  for (const name of ['images', 'masks']) await mkdir(join(folder, split, name), { recursive: true });
  for (const [number, lesions] of sets.entries()) {
    const { picture, mask } = draw(lesions, seed++);
    const file = `${split}-${number + 1}.png`;
    await writePicture(join(folder, split, 'images', file), picture);
    await writeMask(join(folder, split, 'masks', file), mask);
  }
}
const source = { modality: 'dermoscopy', target: 'skin lesion', name: 'drawn-skin', group: '^(.*)$' };
await writeFile(join(folder, 'source.json'), `${JSON.stringify(source, null, 2)}\n`);
