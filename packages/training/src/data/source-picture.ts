import { type Mask, type Picture, resizePicture } from '@prs-med/imaging';

/** A decoded picture as the loader keeps it: shrunk to about the model's size, one channel where it is gray. */
export interface SourcePicture {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
  /** Width over height of the original, which a rotation needs. */
  aspect: number;
}

/** A mask of one bit a pixel, an eighth of its memory. */
export interface PackedMask {
  width: number;
  height: number;
  bits: Uint8Array;
  /** Set pixels over all pixels. */
  areaFraction: number;
}

/**
 * Resizes a picture as use does (antialiased), so that the later bilinear sampling does not alias, and drops
 * the channels that repeat.
 */
export function toSourcePicture(picture: Picture, width: number, height: number): SourcePicture {
  const aspect = picture.width / picture.height;
  const resized =
    width === picture.width && height === picture.height ? picture : resizePicture(picture, width, height);
  return isGray(resized)
    ? { width, height, channels: 1, data: firstChannel(resized), aspect }
    : { width, height, channels: 3, data: resized.data, aspect };
}

/** Packs a mask, first reduced by nearest pixels to at most `limit` a side. */
export function packMask(mask: Mask, limit: number): PackedMask {
  const width = Math.min(mask.width, limit);
  const height = Math.min(mask.height, limit);
  const bits = new Uint8Array(Math.ceil((width * height) / 8));
  let set = 0;
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * mask.height) / height) * mask.width;
    for (let x = 0; x < width; x++, at++) {
      if (mask.data[row + Math.floor(((x + 0.5) * mask.width) / width)] === 0) continue;
      bits[at >> 3]! |= 1 << (at & 7);
      set++;
    }
  }
  return { width, height, bits, areaFraction: set / (width * height) };
}

/** Bytes that a cached example takes. */
export function sourceBytes(pictures: readonly SourcePicture[], masks: readonly PackedMask[]): number {
  const arrays = [...pictures.map(({ data }) => data), ...masks.map(({ bits }) => bits)];
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 512);
}

function isGray({ data }: Picture): boolean {
  for (let at = 0; at < data.length; at += 3) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}

function firstChannel({ data, width, height }: Picture): Uint8Array {
  const gray = new Uint8Array(width * height);
  for (let at = 0; at < gray.length; at++) gray[at] = data[at * 3]!;
  return gray;
}
