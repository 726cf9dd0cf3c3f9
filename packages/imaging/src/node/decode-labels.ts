import type { Mask } from '../picture.js';
import { PictureError } from '../picture-error.js';
import { toRgb } from './decode.js';
import { maskOfSamples } from './decode-mask.js';
import { readPictureFile } from './files.js';
import { decodeSamples, type Samples } from './samples.js';

/** A label as the picture has it: a grey value of 8 or 16 bits, or a colour as "#rrggbb". */
export type Label = number | string;

/** The masks of a picture of labels. */
export interface LabelledMasks {
  width: number;
  height: number;
  /** `mask` for a plain mask, whose only entry is {@link PLAIN_LABEL}; else the picture tells labels apart. */
  kind: 'mask' | 'labels';
  /** By label: values in ascending order. */
  labels: ReadonlyMap<Label, Mask>;
}

/** The key of a plain mask, empty or not. */
export const PLAIN_LABEL = 255;

/** Labels that are read from one picture, and the bytes that their masks may take. */
const MOST_LABELS = 255;
const MOST_BYTES = 2 ** 30;
/** Different colours that are counted at all. */
const MOST_COLOURS = 65_536;
/**
 * A pixel is flat when its eight neighbours have its value. Noise of a JPEG and soft edges are hardly ever flat: of 400
 * masks of the shared data none was in copies as JPEG or of another size. Labels are, but for their outlines.
 */
const NOISE_FLAT_SHARE = 0.05;
const LABEL_FLAT_SHARE = 0.3;
/** Labels with fewer pixels than this share of the picture may be points or lines, which are not flat. */
const THIN_SHARE = 0.1;
/** The commonest value of a plain mask has this share of the pixels that are not dark, unless soft ones are few. */
const PLAIN_SHARE = 0.3;
const SOFT_SHARE = 0.02;
/** Up to so many values nobody asks whether most of them are flat somewhere. */
const FEW_VALUES = 32;

/**
 * Decodes a picture of labels: each grey value but 0, or each colour but black, is a label. Colours of 16 bits are
 * scaled to 8, palettes count as colours or greys, pixels that are more clear than not are background.
 * A picture with one value that `decodeMask` takes for the target, or with one and the noise or soft edges of it, is a
 * plain mask and comes out as `decodeMask` reads it.
 * @param name what errors call the file
 * @throws PictureError as `decodePicture` does, and for a photograph or more than 255 labels
 */
export async function decodeLabels(bytes: Uint8Array, name: string): Promise<LabelledMasks> {
  const samples = await decodeSamples(bytes, name);
  const { width, height } = samples;
  const plane = codesOf(samples);
  const only = onlyCode(plane);
  if (only === null ? !isNoisy(plane, name) : only.code > 1 && brightnessOf(plane, only.code) <= 127) {
    return { width, height, kind: 'labels', labels: masksOf(plane, name) };
  }
  const mask = only?.mask ?? maskOfSamples(samples);
  return { width, height, kind: 'mask', labels: new Map([[PLAIN_LABEL, mask]]) };
}

/**
 * Reads and decodes a picture of labels; see {@link decodeLabels}.
 * @throws PictureError also for a file that is missing, a folder, or not readable
 */
export async function readLabels(path: string): Promise<LabelledMasks> {
  return decodeLabels(await readPictureFile(path), path);
}

/** A number for each pixel: its grey value, or its colour as 0xrrggbb; 0 is background. */
interface CodePlane {
  width: number;
  height: number;
  codes: Uint8Array | Uint16Array | Uint32Array;
  /** The brightest grey value that the depth has; null for colours. */
  white: number | null;
}

interface Tally {
  pixels: number;
  flat: number;
}

function codesOf(samples: Samples): CodePlane {
  const { width, height, channels, data, ink } = samples;
  const white = data instanceof Uint16Array ? 65_535 : 255;
  if (channels === 1) return { width, height, codes: data, white };
  const pixels = width * height;
  const colours = channels < 3 ? 1 : 3;
  const isClear = (i: number) => !ink && channels > colours && 2 * data[i * channels + colours]! < white;
  if (colours === 1 || (!ink && isGrey(data, channels))) {
    const codes = white === 255 ? new Uint8Array(pixels) : new Uint16Array(pixels);
    for (let i = 0; i < pixels; i++) if (!isClear(i)) codes[i] = data[i * channels]!;
    return { width, height, codes, white };
  }
  const codes = new Uint32Array(pixels);
  const rgb = ink ? toRgb(samples) : data;
  const step = ink ? 3 : channels;
  const scale = 255 / white;
  for (let i = 0; i < pixels; i++) {
    if (isClear(i)) continue;
    for (let c = 0; c < 3; c++) codes[i] = (codes[i]! << 8) | Math.round(rgb[i * step + c]! * scale);
  }
  return { width, height, codes, white: null };
}

function isGrey(data: Uint8Array | Uint16Array, channels: number): boolean {
  for (let i = 0; i < data.length; i += channels) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  }
  return true;
}

/** The only code that is not 0, or 0 where there is none, and the mask of it; null where there are several. */
function onlyCode({ codes, width, height }: CodePlane): { code: number; mask: Mask } | null {
  const data = new Uint8Array(codes.length);
  // Masks are background for the most part: four pixels of it are passed over at once.
  const isAligned = codes instanceof Uint8Array && codes.byteOffset % 4 === 0;
  const fours = isAligned ? new Uint32Array(codes.buffer, codes.byteOffset, codes.length >> 2) : null;
  let only = 0;
  for (let i = 0; i < codes.length; i++) {
    if (fours !== null && (i & 3) === 0 && fours[i >> 2] === 0) {
      i += 3;
      continue;
    }
    const code = codes[i]!;
    if (code === 0) continue;
    if (code !== only) {
      if (only !== 0) return null;
      only = code;
    }
    data[i] = 1;
  }
  return { code: only, mask: { width, height, data } };
}

/** From 0 to 255, of the brightest channel. */
function brightnessOf({ white }: CodePlane, code: number): number {
  if (white !== null) return (code * 255) / white;
  return Math.max(code >> 16, (code >> 8) & 255, code & 255);
}

/**
 * Whether a picture of several codes is a plain mask, with the noise of a JPEG or soft edges.
 * @throws PictureError when it is neither that nor a picture of labels
 */
function isNoisy(plane: CodePlane, name: string): boolean {
  const tallies = tallyCodes(plane, name);
  let target = { pixels: 0, flat: 0 };
  let covered = 0;
  let flat = 0;
  let soft = 0;
  let light = 0;
  for (const [code, tally] of tallies) {
    const brightness = brightnessOf(plane, code);
    covered += tally.pixels;
    flat += tally.flat;
    if (brightness > 31) light += tally.pixels;
    if (brightness > 31 && brightness < 224) soft += tally.pixels;
    if (brightness > 127 && tally.pixels > target.pixels) target = tally;
  }
  const pixels = plane.codes.length;
  const isRestNoise = flat - target.flat < NOISE_FLAT_SHARE * (covered - target.pixels);
  const hasTarget = target.pixels >= PLAIN_SHARE * light || soft <= SOFT_SHARE * pixels;
  if (target.pixels > 0 && isRestNoise && hasTarget) return true;
  const flatCodes = [...tallies.values()].filter((tally) => tally.flat > 0).length;
  const isPatchwork = tallies.size <= FEW_VALUES || 2 * flatCodes >= tallies.size;
  if (isPatchwork && (flat >= LABEL_FLAT_SHARE * covered || covered < THIN_SHARE * pixels)) return false;
  throw notLabels(name, `${tallies.size}`);
}

function notLabels(name: string, values: string): PictureError {
  return new PictureError(
    name,
    `its ${values} values are those of a photograph, not of a mask`,
    'give the mask, with one value for the target or one value or colour a label',
  );
}

/** The pixels of each code but 0. */
function tallyCodes({ codes, width, height }: CodePlane, name: string): Map<number, Tally> {
  const tallies = new Map<number, Tally>();
  let last = 0;
  let tally: Tally = { pixels: 0, flat: 0 };
  for (let y = 0, at = 0; y < height; y++) {
    const isInner = y > 0 && y < height - 1;
    for (let x = 0; x < width; x++, at++) {
      const code = codes[at]!;
      if (code === 0) continue;
      if (code !== last) {
        last = code;
        const known = tallies.get(code);
        tally = known ?? { pixels: 0, flat: 0 };
        if (!known) tallies.set(code, tally);
        if (tallies.size > MOST_COLOURS) throw notLabels(name, `more than ${MOST_COLOURS}`);
      }
      tally.pixels++;
      if (isInner && x > 0 && x < width - 1 && isFlat(codes, at, width)) tally.flat++;
    }
  }
  return tallies;
}

function isFlat(codes: CodePlane['codes'], at: number, width: number): boolean {
  const code = codes[at];
  for (let row = at - width; row <= at + width; row += width) {
    if (codes[row - 1] !== code || codes[row] !== code || codes[row + 1] !== code) return false;
  }
  return true;
}

function masksOf({ codes, width, height, white }: CodePlane, name: string): Map<Label, Mask> {
  const byCode = new Map<number, Uint8Array>();
  let last = 0;
  let data: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 0) continue;
    if (code !== last) {
      last = code;
      const known = byCode.get(code);
      if (!known && (byCode.size === MOST_LABELS || (byCode.size + 1) * codes.length > MOST_BYTES)) {
        const most = Math.min(MOST_LABELS, Math.floor(MOST_BYTES / codes.length));
        throw new PictureError(
          name,
          `it has more than the ${most} labels that are read from ${width} x ${height} pixels`,
          'split it into several pictures',
        );
      }
      data = known ?? new Uint8Array(codes.length);
      if (!known) byCode.set(code, data);
    }
    data[i] = 1;
  }
  return new Map(
    [...byCode]
      .sort(([a], [b]) => a - b)
      .map(([code, pixels]): [Label, Mask] => [
        white === null ? `#${code.toString(16).padStart(6, '0')}` : code,
        { width, height, data: pixels },
      ]),
  );
}
