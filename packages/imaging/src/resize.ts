import { checkSize, type Mask, type Picture, type ProbabilityMap } from './picture.js';

/** Per-channel mean or standard deviation in red, green, blue order, of values scaled to 0 to 1. */
export type ChannelStatistic = readonly [red: number, green: number, blue: number];

/** For each output position: the first source position, and `taps` weights from `i * taps` on. */
interface Weights {
  first: Int32Array;
  count: Int32Array;
  weights: Int32Array;
  taps: number;
}

/** Bits of the fixed-point weights: 255 x 2^22, and what a cubic adds and takes away, still fits 32 bits. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** How far a kernel reaches to either side, in pixels, and its height at a distance within that. */
interface Kernel {
  readonly reach: number;
  readonly at: (distance: number) => number;
}

/** What pixels count for by their distance: a triangle, or Keys' cubic (1981) with a = -1/2. */
const KERNELS = {
  bilinear: { reach: 1, at: (distance) => 1 - distance },
  bicubic: {
    reach: 2,
    at: (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2),
  },
} as const satisfies Readonly<Record<string, Kernel>>;

export type Interpolation = keyof typeof KERNELS;

/**
 * Resizes a picture with antialiased interpolation: a kernel that is measured in source pixels, or in output pixels
 * when the picture shrinks. The aspect ratio is not kept.
 * Source: Pillow's `Image.resize` with BILINEAR or BICUBIC, whose integer arithmetic it repeats to the last bit.
 * @throws RangeError when a size is not a positive whole number
 */
export function resizePicture(
  picture: Picture,
  width: number,
  height: number,
  interpolation: Interpolation = 'bilinear',
): Picture {
  checkSize('picture', picture, 3);
  checkTarget(width, height);
  const kernel = KERNELS[interpolation];
  const narrow = width === picture.width ? picture : resizeRows(picture, width, kernel);
  const data = height === picture.height ? narrow.data.slice() : resizeColumns(narrow, height, kernel);
  return { width, height, data };
}

/**
 * Resizes a probability map by bilinear interpolation between pixel middles, without antialiasing.
 * Source: ONNX `Resize` with mode linear and half_pixel; PyTorch's `interpolate(align_corners=False)`.
 * @throws RangeError when a size is not a positive whole number
 */
export function resizeProbabilities(map: ProbabilityMap, width: number, height: number): ProbabilityMap {
  checkSize('probability map', map);
  checkTarget(width, height);
  const columns = neighbours(map.width, width);
  const rows = neighbours(map.height, height);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const upper = rows.lower[y]! * map.width;
    const lower = rows.upper[y]! * map.width;
    const down = rows.part[y]!;
    for (let x = 0; x < width; x++) {
      const left = columns.lower[x]!;
      const right = columns.upper[x]!;
      const across = columns.part[x]!;
      const above = map.data[upper + left]! * (1 - across) + map.data[upper + right]! * across;
      const below = map.data[lower + left]! * (1 - across) + map.data[lower + right]! * across;
      data[y * width + x] = above * (1 - down) + below * down;
    }
  }
  return { width, height, data };
}

/**
 * Resizes a mask to the nearest pixel, so that it stays 0 or 1.
 * @throws RangeError when a size is not a positive whole number
 */
export function resizeMask(mask: Mask, width: number, height: number): Mask {
  checkSize('mask', mask);
  checkTarget(width, height);
  const data = new Uint8Array(width * height);
  const columns = new Int32Array(width);
  for (let x = 0; x < width; x++) columns[x] = Math.floor(((x + 0.5) * mask.width) / width);
  for (let y = 0; y < height; y++) {
    const from = Math.floor(((y + 0.5) * mask.height) / height) * mask.width;
    for (let x = 0; x < width; x++) data[y * width + x] = mask.data[from + columns[x]!]!;
  }
  return { width, height, data };
}

/**
 * A picture as a model's input: resized to `size` x `size` as {@link resizePicture} does, scaled to 0 to 1,
 * less the mean, over the standard deviation.
 * @returns values of shape [3, size, size], red first
 */
export function toTensor(
  picture: Picture,
  size: number,
  mean: ChannelStatistic,
  deviation: ChannelStatistic,
): Float32Array {
  const same = picture.width === size && picture.height === size;
  const { data } = same ? picture : resizePicture(picture, size, size);
  const pixels = size * size;
  const tensor = new Float32Array(3 * pixels);
  for (let c = 0; c < 3; c++) {
    // Only 256 values occur, so each is normalised once.
    const table = new Float32Array(256);
    for (let v = 0; v < 256; v++) table[v] = (v / 255 - mean[c]!) / deviation[c]!;
    for (let i = 0, from = c; i < pixels; i++, from += 3) tensor[c * pixels + i] = table[data[from]!]!;
  }
  return tensor;
}

function checkTarget(width: number, height: number): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`cannot resize to ${width} x ${height} pixels`);
  }
}

function kernelWeights(from: number, to: number, kernel: Kernel): Weights {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = kernel.reach * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < to; i++) {
    const middle = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(middle - support + 0.5));
    const end = Math.min(from, Math.trunc(middle + support + 0.5));
    let sum = 0;
    for (let k = 0; k < end - start; k++) {
      const distance = Math.abs((k + start - middle + 0.5) / stretch);
      exact[k] = distance < kernel.reach ? kernel.at(distance) : 0;
      sum += exact[k]!;
    }
    first[i] = start;
    count[i] = end - start;
    for (let k = 0; k < end - start; k++) {
      const weight = (exact[k]! / sum) * (1 << PRECISION);
      weights[i * taps + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return { first, count, weights, taps };
}

function resizeRows(picture: Picture, width: number, kernel: Kernel): Picture {
  const { first, count, weights, taps } = kernelWeights(picture.width, width, kernel);
  const { height, data: source } = picture;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = y * picture.width * 3;
    let to = y * width * 3;
    for (let x = 0; x < width; x++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = row + first[x]! * 3;
      const end = x * taps + count[x]!;
      for (let k = x * taps; k < end; k++, from += 3) {
        const weight = weights[k]!;
        red = (red + Math.imul(source[from]!, weight)) | 0;
        green = (green + Math.imul(source[from + 1]!, weight)) | 0;
        blue = (blue + Math.imul(source[from + 2]!, weight)) | 0;
      }
      data[to++] = clipped(red >> PRECISION);
      data[to++] = clipped(green >> PRECISION);
      data[to++] = clipped(blue >> PRECISION);
    }
  }
  return { width, height, data };
}

function resizeColumns(picture: Picture, height: number, kernel: Kernel): Uint8Array {
  const { first, count, weights, taps } = kernelWeights(picture.height, height, kernel);
  const stride = picture.width * 3;
  const source = picture.data;
  const data = new Uint8Array(stride * height);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    // Whole rows at a time, so that memory is read in order.
    for (let k = 0; k < count[y]!; k++) {
      const weight = weights[y * taps + k]!;
      const row = (first[y]! + k) * stride;
      for (let i = 0; i < stride; i++) sums[i] = sums[i]! + Math.imul(source[row + i]!, weight);
    }
    const to = y * stride;
    for (let i = 0; i < stride; i++) data[to + i] = clipped(sums[i]! >> PRECISION);
  }
  return data;
}

/** A cubic overshoots at edges, and rounded weights may sum to a hair above one. */
function clipped(value: number): number {
  return Math.max(0, Math.min(value, 255));
}

function neighbours(from: number, to: number) {
  const lower = new Int32Array(to);
  const upper = new Int32Array(to);
  const part = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    lower[i] = Math.floor(at);
    upper[i] = Math.min(lower[i]! + 1, from - 1);
    part[i] = at - lower[i]!;
  }
  return { lower, upper, part };
}
