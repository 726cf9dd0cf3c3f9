/** A picture in 8-bit RGB: row-major, 3 bytes a pixel, `data.length === width * height * 3`. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** A picture and what the reader should know about how it was read. */
export interface DecodedPicture {
  picture: Picture;
  warnings: string[];
}

/** A binary mask: row-major, 1 byte a pixel, 0 (background) or 1 (target). */
export interface Mask {
  width: number;
  height: number;
  data: Uint8Array;
}

/** The probability of the target at each pixel: row-major, 0 to 1. */
export interface ProbabilityMap {
  width: number;
  height: number;
  data: Float32Array;
}

/** `[x, y, width, height]` in pixels; x and y are the first column and row inside. */
export type Box = [x: number, y: number, width: number, height: number];

/** `[x, y]` in pixels; the middle of the first pixel is 0, 0. */
export type Point = [x: number, y: number];

/** The longest side, in pixels, that is decoded or written. */
export const LONGEST_SIDE = 8000;

/**
 * The mask of the pixels whose probability is at least `threshold` (0 to 1).
 * Not-a-number counts as background.
 */
export function maskOfProbabilities(map: ProbabilityMap, threshold = 0.5): Mask {
  const data = new Uint8Array(map.data.length);
  for (let i = 0; i < data.length; i++) data[i] = map.data[i]! >= threshold ? 1 : 0;
  return { width: map.width, height: map.height, data };
}

/** The number of target pixels. */
export function maskArea(mask: Mask): number {
  let area = 0;
  for (let i = 0; i < mask.data.length; i++) if (mask.data[i] !== 0) area++;
  return area;
}

/** Throws a RangeError unless the sizes are positive whole numbers and the data are as long as they say. */
export function checkSize(
  what: string,
  plane: { width: number; height: number; data: ArrayLike<number> },
  channels = 1,
): void {
  const { width, height, data } = plane;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`${what}: a size of ${width} x ${height} pixels is not a picture's`);
  }
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `${what}: ${data.length} values do not fill ${width} x ${height} pixels of ${channels} channel(s)`,
    );
  }
}
