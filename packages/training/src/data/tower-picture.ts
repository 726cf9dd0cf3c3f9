import type { Picture } from '@prs-med/imaging';
import { clipSquare } from '@prs-med/model';
import type { Colour } from './colour.js';
import { type PictureFormat, renderPicture } from './render.js';
import { type SourcePicture, toSourcePicture } from './source-picture.js';
import type { Warp } from './warp.js';

/**
 * Writes a picture as a tower that sees it whole takes it: padded to a square with the mean colour, as LLaVA does. It is
 * padded after its warp, because what is padded in use is the very picture that the encoder sees stretched.
 */
export function renderTowerPicture(
  source: SourcePicture,
  warp: Warp,
  colour: Colour,
  format: PictureFormat,
  out: Float32Array,
  offset = 0,
): void {
  const { size } = format;
  renderPicture(source, padWarp(warp, source.aspect), colour, format, out, offset);
  const [first, last] = framedLines(source.aspect, size);
  const isPadding = (line: number): boolean => line < first || line > last;
  for (let channel = 0; channel < 3; channel++) {
    const padding = paddingValue(format, channel);
    const start = offset + channel * size * size;
    for (let line = 0; line < size; line++) {
      if (!isPadding(line)) continue;
      // A wide picture has bands above and below, a tall one at its sides.
      if (source.aspect > 1) out.fill(padding, start + line * size, start + (line + 1) * size);
      else for (let y = 0; y < size; y++) out[start + y * size + line] = padding;
    }
  }
}

/** A picture as training keeps it for a tower: in its own proportions, its longer side at most `limit` pixels. */
export function shrinkForTower(picture: Picture, limit: number): SourcePicture {
  const scale = Math.min(1, limit / Math.max(picture.width, picture.height));
  const shrunk = (side: number): number => Math.max(1, Math.round(side * scale));
  return toSourcePicture(picture, shrunk(picture.width), shrunk(picture.height));
}

/** A picture as use gives it to a tower: a square already, which nothing is to be changed about. */
export const squareForTower = (picture: Picture, { size }: PictureFormat): SourcePicture =>
  toSourcePicture(clipSquare(picture, { imageSize: size }), size, size);

/** A warp whose output is the picture's square, from one whose output is the picture alone. */
function padWarp({ a, b, c, d, e, f, areaScale }: Warp, aspect: number): Warp {
  const [wider, taller] = [Math.max(1, 1 / aspect), Math.max(1, aspect)];
  const [left, top] = [(1 - wider) / 2, (1 - taller) / 2];
  return {
    a: a * wider,
    b: b * taller,
    c: a * left + b * top + c,
    d: d * wider,
    e: e * taller,
    f: d * left + e * top + f,
    areaScale: areaScale / (wider * taller),
  };
}

/** First and last row or column of the square whose middle is in the picture. */
function framedLines(aspect: number, size: number): readonly [number, number] {
  const part = Math.min(aspect, 1 / aspect);
  return [Math.ceil(((1 - part) / 2) * size - 0.5), Math.floor(((1 + part) / 2) * size - 0.5)];
}

/** The mean colour is a whole number before it is normalised, so it comes out as a little less than 0. */
const paddingValue = ({ mean, std }: PictureFormat, channel: number): number =>
  (Math.trunc(mean[channel]! * 255) / 255 - mean[channel]!) / std[channel]!;
