import { checkSize, type Picture } from '@prs-med/imaging';

/** Side of the thumbnail that hash and correlation see. */
const SIDE = 32;
const BITS = 64;
/** Coefficients are compared in steps of a 64th of a grey level, so that flat pictures have no rounding noise. */
const STEPS = 64;

/** The 64 lowest frequencies but the constant one, by their length, then by the vertical one. */
const FREQUENCIES = lowestFrequencies();
/** None of them is above 8. */
const FREQUENCIES_A_SIDE = 9;
const COSINES = cosines();

/**
 * The picture's greys (0.299 red, 0.587 green, 0.114 blue) averaged over the cells of a 32 x 32 grid and rounded:
 * 1,024 bytes, row-major.
 * @throws RangeError when the data do not fill the picture's size
 */
export function greyThumbnail(picture: Picture): Uint8Array {
  checkSize('picture', picture, 3);
  const { width, height, data } = picture;
  const cells = new Float64Array(SIDE * SIDE);
  const across = borders(width);
  const down = borders(height);
  const sums = new Float64Array(width + 1);
  const row = new Float64Array(SIDE);
  let cell = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, at = y * width * 3; x < width; x++, at += 3) {
      sums[x + 1] = sums[x]! + 299 * data[at]! + 587 * data[at + 1]! + 114 * data[at + 2]!;
    }
    for (let i = 0, before = 0; i < SIDE; i++) {
      const until = sumUntil(sums, across[i + 1]!);
      row[i] = until - before;
      before = until;
    }
    // A row lies in one cell, or in several where the picture is low or a border runs through it.
    for (let from = y; from < y + 1; ) {
      const until = Math.min(y + 1, down[cell + 1]!);
      for (let i = 0; i < SIDE; i++)
        cells[cell * SIDE + i] = cells[cell * SIDE + i]! + row[i]! * (until - from);
      if (until === down[cell + 1]) cell++;
      from = until;
    }
  }
  const scale = (SIDE * SIDE) / (1000 * width * height);
  return Uint8Array.from(cells, (sum) => Math.round(sum * scale));
}

/**
 * A 64-bit perceptual hash, as 16 hexadecimal digits: pictures that look alike differ in few bits, whatever their
 * size, compression, brightness and contrast.
 *
 * The thumbnail is transformed by a two-dimensional cosine transform (DCT-II); a bit says whether one of the 64 lowest
 * frequencies but the constant is above their median. The first digit holds the lowest. A flat picture has all bits 0.
 * Source: the idea of Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010); grid,
 * frequencies and their order are ours.
 * @param thumbnail as `greyThumbnail` makes it
 */
export function perceptualHash(thumbnail: Uint8Array): string {
  const coefficients = transform(thumbnail);
  const sorted = coefficients.slice().sort();
  const median = (sorted[BITS / 2 - 1]! + sorted[BITS / 2]!) / 2;
  let hash = '';
  for (let digit = 0; digit < BITS; digit += 4) {
    let value = 0;
    for (let bit = digit; bit < digit + 4; bit++) value = value * 2 + (coefficients[bit]! > median ? 1 : 0);
    hash += value.toString(16);
  }
  return hash;
}

/** Where the cells begin and end along a side, in pixels. */
const borders = (length: number): number[] => Array.from({ length: SIDE + 1 }, (_, i) => (i * length) / SIDE);

/** The sum of a row's values up to a position between pixels. */
function sumUntil(sums: Float64Array, position: number): number {
  const whole = Math.floor(position);
  const part = position - whole;
  return part === 0 ? sums[whole]! : sums[whole]! + part * (sums[whole + 1]! - sums[whole]!);
}

/** The 64 coefficients, in the order of `FREQUENCIES`. */
function transform(thumbnail: Uint8Array): Float64Array {
  const rows = new Float64Array(FREQUENCIES_A_SIDE * SIDE);
  for (let u = 0; u < FREQUENCIES_A_SIDE; u++) {
    for (let y = 0; y < SIDE; y++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += COSINES[u * SIDE + x]! * thumbnail[y * SIDE + x]!;
      rows[u * SIDE + y] = sum;
    }
  }
  return Float64Array.from(FREQUENCIES, ([u, v]) => {
    let sum = 0;
    for (let y = 0; y < SIDE; y++) sum += COSINES[v * SIDE + y]! * rows[u * SIDE + y]!;
    return Math.round(sum * STEPS);
  });
}

function lowestFrequencies(): (readonly [u: number, v: number])[] {
  const all: [number, number][] = [];
  for (let v = 0; v <= 8; v++) for (let u = 0; u <= 8; u++) if (u + v > 0) all.push([u, v]);
  return all.sort(([u, v], [s, t]) => u * u + v * v - s * s - t * t || v - t).slice(0, BITS);
}

/** The orthonormal basis of the DCT-II: the frequency's row, then the position. */
function cosines(): Float64Array {
  const table = new Float64Array(FREQUENCIES_A_SIDE * SIDE);
  for (let u = 0; u < FREQUENCIES_A_SIDE; u++) {
    const scale = Math.sqrt((u === 0 ? 1 : 2) / SIDE);
    for (let x = 0; x < SIDE; x++) {
      table[u * SIDE + x] = scale * Math.cos((Math.PI * u * (2 * x + 1)) / (2 * SIDE));
    }
  }
  return table;
}
