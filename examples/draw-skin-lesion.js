// Draws examples/skin-lesion.png: a made-up dermoscopy picture, so that the project ships no patient's.
// Run from the project's folder: node examples/draw-skin-lesion.js
import { fileURLToPath } from 'node:url';
import { writePicture } from '@prs-med/imaging/node';

const width = 384;
const height = 320;
const lesion = { x: 100, y: 90, radius: 44 };

let state = 20261124;
/** Numbers from 0 to 1, the same at every run (mulberry32). */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** Smooth noise: random values on a grid of `cell` pixels, interpolated. */
function smoothNoise(cell) {
  const columns = Math.ceil(width / cell) + 2;
  const values = Array.from({ length: columns * (Math.ceil(height / cell) + 2) }, random);
  return (x, y) => {
    const column = Math.floor(x / cell);
    const row = Math.floor(y / cell);
    const ease = (t) => t * t * (3 - 2 * t);
    const u = ease(x / cell - column);
    const v = ease(y / cell - row);
    const at = (dx, dy) => values[(row + dy) * columns + column + dx];
    return (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v;
  };
}

const edge = smoothNoise(22);
const blotches = smoothNoise(9);
const skin = smoothNoise(60);
const grain = smoothNoise(2);
const hairs = Array.from({ length: 7 }, () => ({
  x: random() * width,
  y: random() * height,
  angle: random() * Math.PI,
  bend: (random() - 0.5) * 0.01,
}));

const data = new Uint8Array(width * height * 3);
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) {
    const light = 0.92 + 0.16 * skin(x, y) - 0.25 * Math.hypot(x / width - 0.5, y / height - 0.5) ** 2;
    let colour = [222, 172, 150].map((channel) => channel * light);
    const distance =
      Math.hypot((x - lesion.x) * 0.9, y - lesion.y) - lesion.radius * (0.75 + 0.5 * edge(x, y));
    const inside = 1 / (1 + Math.exp(distance / 3));
    const depth = 0.55 + 0.45 * blotches(x, y);
    const brown = [118, 74, 52].map((channel) => channel * (1.25 - 0.6 * depth));
    colour = colour.map((channel, i) => channel * (1 - inside) + brown[i] * inside);
    for (const hair of hairs) {
      const along = (x - hair.x) * Math.cos(hair.angle) + (y - hair.y) * Math.sin(hair.angle);
      const across =
        (y - hair.y) * Math.cos(hair.angle) -
        (x - hair.x) * Math.sin(hair.angle) -
        hair.bend * along ** 2 * 0.3;
      if (Math.abs(along) < 90) {
        const dark = Math.exp(-((across / 0.9) ** 2)) * 0.55;
        colour = colour.map((channel) => channel * (1 - dark) + 40 * dark);
      }
    }
    const noise = 8 * (grain(x, y) - 0.5);
    for (let i = 0; i < 3; i++) data[(y * width + x) * 3 + i] = Math.max(0, Math.min(255, colour[i] + noise));
  }
}
await writePicture(fileURLToPath(new URL('./skin-lesion.png', import.meta.url)), { width, height, data });
