import { createRandom } from '@prs-med/posmed';
import { type Colour, colourTables, TABLE_STEPS } from './colour.js';
import type { SourcePicture } from './source-picture.js';
import type { Warp } from './warp.js';

/** What the model expects of a picture. */
export interface PictureFormat {
  /** Side of the square. */
  size: number;
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/** Samples a picture bilinearly through a warp and changes its colours, in one pass; outside is black. */
export function renderPicture(
  source: SourcePicture,
  warp: Warp,
  colour: Colour,
  format: PictureFormat,
  out: Float32Array,
  offset = 0,
): void {
  const plane = format.size * format.size;
  const target = out.subarray(offset, offset + 3 * plane);
  const tables = colourTables(colour, format.mean, format.std);
  if (source.channels === 1) sampleGray(source, warp, format.size, tables, target);
  else sampleColour(source, warp, format.size, tables, colour.matrix, target);
  for (let channel = 0; channel < 3; channel++) {
    const values = target.subarray(channel * plane, (channel + 1) * plane);
    if (colour.blur > 0) blur(values, format.size, colour.blur);
    // A gray picture stays gray: the same noise in each channel.
    const start = source.channels === 1 ? colour.noiseStart : colour.noiseStart + channel * 21_841;
    if (colour.noise > 0) addNoise(values, colour.noise / format.std[channel]!, start);
  }
}

function sampleGray(
  source: SourcePicture,
  warp: Warp,
  size: number,
  [redTable, greenTable, blueTable]: readonly Float32Array[],
  out: Float32Array,
): void {
  const { width, height, data } = source;
  const plane = size * size;
  const stepX = (warp.a * width) / size;
  const stepY = (warp.d * height) / size;
  for (let y = 0, at = 0; y < size; y++) {
    const outY = (y + 0.5) / size;
    let sourceX = (warp.a * (0.5 / size) + warp.b * outY + warp.c) * width - 0.5;
    let sourceY = (warp.d * (0.5 / size) + warp.e * outY + warp.f) * height - 0.5;
    for (let x = 0; x < size; x++, at++, sourceX += stepX, sourceY += stepY) {
      let step = 0;
      if (sourceX >= -0.5 && sourceY >= -0.5 && sourceX <= width - 0.5 && sourceY <= height - 0.5) {
        const left = sourceX < 0 ? 0 : sourceX | 0;
        const top = sourceY < 0 ? 0 : sourceY | 0;
        const right = left + 1 < width ? left + 1 : left;
        const bottom = top + 1 < height ? top + 1 : top;
        const mixX = sourceX < 0 ? 0 : sourceX - left;
        const mixY = sourceY < 0 ? 0 : sourceY - top;
        const upper = data[top * width + left]! * (1 - mixX) + data[top * width + right]! * mixX;
        const lower = data[bottom * width + left]! * (1 - mixX) + data[bottom * width + right]! * mixX;
        step = ((upper * (1 - mixY) + lower * mixY) * TABLE_STEPS + 0.5) | 0;
      }
      out[at] = redTable![step]!;
      out[at + plane] = greenTable![step]!;
      out[at + 2 * plane] = blueTable![step]!;
    }
  }
}

function sampleColour(
  source: SourcePicture,
  warp: Warp,
  size: number,
  [redTable, greenTable, blueTable]: readonly Float32Array[],
  matrix: Float32Array | null,
  out: Float32Array,
): void {
  const { width, height, data } = source;
  const plane = size * size;
  const stepX = (warp.a * width) / size;
  const stepY = (warp.d * height) / size;
  const [rr, rg, rb, gr, gg, gb, br, bg, bb] = matrix ?? [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let y = 0, at = 0; y < size; y++) {
    const outY = (y + 0.5) / size;
    let sourceX = (warp.a * (0.5 / size) + warp.b * outY + warp.c) * width - 0.5;
    let sourceY = (warp.d * (0.5 / size) + warp.e * outY + warp.f) * height - 0.5;
    for (let x = 0; x < size; x++, at++, sourceX += stepX, sourceY += stepY) {
      let red = 0;
      let green = 0;
      let blue = 0;
      if (sourceX >= -0.5 && sourceY >= -0.5 && sourceX <= width - 0.5 && sourceY <= height - 0.5) {
        const left = sourceX < 0 ? 0 : sourceX | 0;
        const top = sourceY < 0 ? 0 : sourceY | 0;
        const mixX = sourceX < 0 ? 0 : sourceX - left;
        const mixY = sourceY < 0 ? 0 : sourceY - top;
        const first = (top * width + left) * 3;
        const second = left + 1 < width ? first + 3 : first;
        const down = top + 1 < height ? width * 3 : 0;
        const weight0 = (1 - mixX) * (1 - mixY);
        const weight1 = mixX * (1 - mixY);
        const weight2 = (1 - mixX) * mixY;
        const weight3 = mixX * mixY;
        red =
          data[first]! * weight0 +
          data[second]! * weight1 +
          data[first + down]! * weight2 +
          data[second + down]! * weight3;
        green =
          data[first + 1]! * weight0 +
          data[second + 1]! * weight1 +
          data[first + down + 1]! * weight2 +
          data[second + down + 1]! * weight3;
        blue =
          data[first + 2]! * weight0 +
          data[second + 2]! * weight1 +
          data[first + down + 2]! * weight2 +
          data[second + down + 2]! * weight3;
      }
      out[at] = redTable![toStep(rr! * red + rg! * green + rb! * blue)]!;
      out[at + plane] = greenTable![toStep(gr! * red + gg! * green + gb! * blue)]!;
      out[at + 2 * plane] = blueTable![toStep(br! * red + bg! * green + bb! * blue)]!;
    }
  }
}

function toStep(value: number): number {
  const limited = Math.min(255, Math.max(0, value));
  return (limited * TABLE_STEPS + 0.5) | 0;
}

function blur(values: Float32Array, size: number, weight: number): void {
  blurLines(values, size, size, 1, weight);
  blurLines(values, size, 1, size, weight);
}

function blurLines(values: Float32Array, size: number, line: number, step: number, weight: number): void {
  const own = 1 - 2 * weight;
  for (let start = 0; start < size; start++) {
    let at = start * line;
    let before = values[at]!;
    for (let position = 0; position < size; position++, at += step) {
      const here = values[at]!;
      const after = position + 1 < size ? values[at + step]! : here;
      values[at] = weight * (before + after) + own * here;
      before = here;
    }
  }
}

const NOISE_LENGTH = 2 ** 16;
let noiseTable: Float32Array | null = null;

/** Noise comes from a table made once: drawing it anew would cost more than all else. */
function addNoise(values: Float32Array, deviation: number, start: number): void {
  if (!noiseTable) {
    const random = createRandom(0, 'noise', 0);
    noiseTable = Float32Array.from({ length: NOISE_LENGTH }, () => random.normal());
  }
  for (let at = 0; at < values.length; at++) {
    values[at]! += deviation * noiseTable[(start + at) & (NOISE_LENGTH - 1)]!;
  }
}
