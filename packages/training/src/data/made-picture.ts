import type { Random } from '@prs-med/posmed';
import type { SourcePicture } from './source-picture.js';

const SIZE = 192;
const PIXELS = SIZE * SIZE;

type Colour = readonly [number, number, number];

/**
 * A picture that is no medical one, drawn at random: plain, noise, clouds, a page of text, shapes, a scene, things
 * before things. Nothing that
 * anyone asks for is in it.
 */
export function makePicture(random: Random): SourcePicture {
  const draw = random.pick([
    drawPlain,
    drawNoise,
    drawClouds,
    drawText,
    drawShapes,
    drawScene,
    drawLeaves,
    drawLeaves,
  ]);
  const data = new Uint8Array(PIXELS * 3);
  draw(random, data);
  return { width: SIZE, height: SIZE, channels: 3, data, aspect: 1 };
}

function drawPlain(random: Random, data: Uint8Array): void {
  const colour = random.chance(0.5) ? gray(random.pick([0, 0, 255, 128])) : drawColour(random);
  paint(data, () => true, solid(colour));
}

function drawNoise(random: Random, data: Uint8Array): void {
  const isGray = random.chance(0.5);
  const contrast = random.between(0.1, 1);
  for (let at = 0; at < data.length; at += 3) {
    for (let channel = 0; channel < 3; channel++) {
      const repeats = isGray && channel > 0;
      data[at + channel] = repeats ? data[at]! : 127.5 + 255 * contrast * (random.next() - 0.5);
    }
  }
}

function drawClouds(random: Random, data: Uint8Array): void {
  paint(data, () => true, clouds(random));
}

/** Rows of words in letters of an alphabet that nobody reads. */
function drawText(random: Random, data: Uint8Array): void {
  const onDark = random.chance(0.3);
  paint(data, () => true, solid(gray(random.between(onDark ? 0 : 200, onDark ? 50 : 255))));
  const ink = random.chance(0.6) ? gray(onDark ? 255 : 0) : drawColour(random);
  const letters = Array.from({ length: 26 }, () => Array.from({ length: 15 }, () => random.chance(0.55)));
  const dot = random.pick([1, 1, 2, 3, 5]);
  for (let top = 2 * dot; top + 5 * dot < SIZE; top += 8 * dot) {
    for (let left = 2 * dot; left + 3 * dot < SIZE * random.between(0.5, 1); left += 4 * dot) {
      if (random.chance(0.18)) continue;
      const letter = random.pick(letters);
      for (let y = 0; y < 5 * dot; y++) {
        for (let x = 0; x < 3 * dot; x++) {
          if (letter[Math.floor(y / dot) * 3 + Math.floor(x / dot)]) setPixel(data, left + x, top + y, ink);
        }
      }
    }
  }
}

function drawShapes(random: Random, data: Uint8Array): void {
  paint(data, () => true, random.chance(0.5) ? solid(drawColour(random)) : clouds(random));
  for (let left = 3 + Math.floor(random.between(0, 12)); left > 0; left--) {
    const inside = random.pick([ellipse, rectangle, stripe])(random);
    paint(data, inside, solid(drawColour(random)));
  }
}

/** Ground and sky, and things of other stuff before them. */
function drawScene(random: Random, data: Uint8Array): void {
  paint(data, () => true, clouds(random));
  const horizon = random.between(0.3, 0.8);
  const slope = random.between(-0.3, 0.3);
  paint(data, (x, y) => y > horizon + slope * (x - 0.5), clouds(random));
  for (let left = 1 + Math.floor(random.between(0, 6)); left > 0; left--) {
    const inside = random.pick([ellipse, ellipse, rectangle])(random);
    const stuff = random.chance(0.5) ? clouds(random) : fur(random);
    paint(data, inside, stuff);
  }
}

/**
 * Things of all sizes before each other, many small and few large, which has the statistics of photographs (Lee, Mumford and
 * Huang, Occlusion models for natural images, 2001).
 */
function drawLeaves(random: Random, data: Uint8Array): void {
  paint(data, () => true, clouds(random));
  const saturation = random.chance(0.3) ? 0 : random.between(0.1, 0.9);
  const smallest = random.between(0.015, 0.06);
  for (let left = 20 + Math.floor(random.between(0, 60)); left > 0; left--) {
    const size = Math.min(0.5, smallest / Math.sqrt(1 - random.next()));
    const stuff = random.chance(0.3) ? clouds(random) : shaded(random);
    paint(data, leaf(random, size), stuff);
  }
  for (let at = 0; at < data.length; at += 3) {
    const luma = 0.3 * data[at]! + 0.59 * data[at + 1]! + 0.11 * data[at + 2]!;
    for (let i = at; i < at + 3; i++) data[i] = luma + saturation * (data[i]! - luma);
  }
}

/** A turned ellipse or rectangle about as large as `size`. */
function leaf(random: Random, size: number): Inside {
  const [x, y, angle] = [random.next(), random.next(), random.between(0, Math.PI)];
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const narrow = size * random.between(0.3, 1);
  const isRound = random.chance(0.7);
  return (u, v) => {
    const along = ((u - x) * cosine + (v - y) * sine) / size;
    const across = ((v - y) * cosine - (u - x) * sine) / narrow;
    return isRound ? along * along + across * across < 1 : Math.abs(along) < 1 && Math.abs(across) < 1;
  };
}

/** One colour, lighter towards one side of the picture. */
function shaded(random: Random): Paint {
  const [from, to] = [drawColour(random), random.between(0.3, 1.7)];
  const light: Colour = [from[0] * to, from[1] * to, from[2] * to];
  const [across, down] = [random.between(-1, 1), random.between(-1, 1)];
  return (u, v) => mix(from, light, across * (u - 0.5) + down * (v - 0.5) + 0.5);
}

/** Whether a point, in fractions of the side, is inside. */
type Inside = (x: number, y: number) => boolean;
type Paint = (x: number, y: number) => Colour;

function paint(data: Uint8Array, inside: Inside, colourAt: Paint): void {
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const [u, v] = [(x + 0.5) / SIZE, (y + 0.5) / SIZE];
      if (inside(u, v)) setPixel(data, x, y, colourAt(u, v));
    }
  }
}

function setPixel(data: Uint8Array, x: number, y: number, colour: Colour): void {
  for (let channel = 0; channel < 3; channel++) {
    data[(y * SIZE + x) * 3 + channel] = Math.min(Math.max(colour[channel]!, 0), 255);
  }
}

const gray = (value: number): Colour => [value, value, value];
const solid =
  (colour: Colour): Paint =>
  () =>
    colour;
const drawColour = (random: Random): Colour => [
  random.between(0, 255),
  random.between(0, 255),
  random.between(0, 255),
];

function ellipse(random: Random): Inside {
  const [x, y] = [random.next(), random.next()];
  const [across, down] = [random.between(0.05, 0.4), random.between(0.05, 0.4)];
  return (u, v) => ((u - x) / across) ** 2 + ((v - y) / down) ** 2 < 1;
}

function rectangle(random: Random): Inside {
  const [x, y] = [random.next(), random.next()];
  const [across, down] = [random.between(0.03, 0.4), random.between(0.03, 0.4)];
  return (u, v) => Math.abs(u - x) < across && Math.abs(v - y) < down;
}

function stripe(random: Random): Inside {
  const angle = random.between(0, Math.PI);
  const [offset, width] = [random.between(-0.5, 0.5), random.between(0.005, 0.08)];
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return (u, v) => Math.abs((u - 0.5) * cosine + (v - 0.5) * sine - offset) < width;
}

/** Two colours mixed by noise of several scales. */
function clouds(random: Random): Paint {
  const [from, to] = [drawColour(random), drawColour(random)];
  const octaves = [3, 6, 12, 24, 48].map((cells) => valueNoise(random, cells));
  const roughness = random.between(0.35, 0.8);
  return (u, v) => {
    let [sum, weights, weight] = [0, 0, 1];
    for (const octave of octaves) {
      sum += weight * octave(u, v);
      weights += weight;
      weight *= roughness;
    }
    return mix(from, to, (sum / weights - 0.5) * 2 + 0.5);
  };
}

/** Streaks along one direction. */
function fur(random: Random): Paint {
  const [from, to] = [drawColour(random), drawColour(random)];
  const angle = random.between(0, Math.PI);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const noise = valueNoise(random, 64);
  const wrap = (value: number): number => Math.abs(value % 1);
  return (u, v) => mix(from, to, noise(wrap(u * cosine + v * sine), wrap((v * cosine - u * sine) / 8)));
}

function mix(from: Colour, to: Colour, share: number): Colour {
  return [0, 1, 2].map((i) => from[i]! + (to[i]! - from[i]!) * share) as unknown as Colour;
}

/** Random numbers on a grid, bilinear between them: values from 0 to 1. */
function valueNoise(random: Random, cells: number): (u: number, v: number) => number {
  const side = cells + 2;
  const grid = Float32Array.from({ length: side * side }, () => random.next());
  return (u, v) => {
    const [x, y] = [u * cells, v * cells];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const at = top * side + left;
    const [mixX, mixY] = [x - left, y - top];
    const upper = grid[at]! * (1 - mixX) + grid[at + 1]! * mixX;
    const lower = grid[at + side]! * (1 - mixX) + grid[at + side + 1]! * mixX;
    return upper * (1 - mixY) + lower * mixY;
  };
}
