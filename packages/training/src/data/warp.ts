import type { Mask } from '@prs-med/imaging';
import type { Random } from '@prs-med/posmed';
import type { PackedMask } from './source-picture.js';

/**
 * An affine map from the output to the source, both as fractions of their sides (0 to 1):
 * u = a x + b y + c, v = d x + e y + f.
 */
export interface Warp {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
  /** Area of a thing in the output over its area in the source. */
  areaScale: number;
}

/** Ranges of the random warp. */
export const WARP = {
  flipProbability: 0.5,
  /** Probability of more than a flip. */
  moveProbability: 0.85,
  rotationDegrees: 20,
  smallestScale: 0.8,
  largestScale: 1.25,
  shift: 0.1,
};

/** Pictures that have no up and down of their own. */
const VERTICAL_FLIPS: ReadonlySet<string> = new Set(['endoscopy', 'dermoscopy']);

/** The whole picture, stretched to the output as in use. */
export const IDENTITY_WARP: Readonly<Warp> = { a: 1, b: 0, c: 0, d: 0, e: 1, f: 0, areaScale: 1 };

/** Draws a warp for a picture of a modality; `aspect` is the original's width over its height. */
export function drawWarp(random: Random, modality: string, aspect: number, flipsOnly = false): Warp {
  const horizontal = random.chance(WARP.flipProbability);
  const vertical = VERTICAL_FLIPS.has(modality) && random.chance(WARP.flipProbability);
  const moves = random.chance(WARP.moveProbability) && !flipsOnly;
  const degrees = moves ? random.between(-WARP.rotationDegrees, WARP.rotationDegrees) : 0;
  const scale = moves
    ? Math.exp(random.between(Math.log(WARP.smallestScale), Math.log(WARP.largestScale)))
    : 1;
  const shiftX = moves ? random.between(-WARP.shift, WARP.shift) : 0;
  const shiftY = moves ? random.between(-WARP.shift, WARP.shift) : 0;
  return makeWarp({ horizontal, vertical, degrees, scale, shiftX, shiftY, aspect });
}

/** The warp that flips, then turns clockwise, enlarges about the middle, and shifts what is seen. */
export function makeWarp(move: {
  horizontal: boolean;
  vertical: boolean;
  degrees: number;
  scale: number;
  shiftX: number;
  shiftY: number;
  aspect: number;
}): Warp {
  const angle = (move.degrees * Math.PI) / 180;
  const cosine = Math.cos(angle) / move.scale;
  const sine = Math.sin(angle) / move.scale;
  const flipX = move.horizontal ? -1 : 1;
  const flipY = move.vertical ? -1 : 1;
  // Turning happens in the original's own proportions, before the stretch to a square.
  const a = flipX * cosine;
  const b = (flipX * sine) / move.aspect;
  const d = -flipY * sine * move.aspect;
  const e = flipY * cosine;
  const c = 0.5 - a * (0.5 + move.shiftX) - b * (0.5 + move.shiftY);
  const f = 0.5 - d * (0.5 + move.shiftX) - e * (0.5 + move.shiftY);
  return { a, b, c, d, e, f, areaScale: move.scale ** 2 };
}

/** Samples a mask at the nearest pixels; what lies outside of the source is not the target. */
export function warpMask(mask: PackedMask, warp: Warp, size: number): Mask {
  const { width, height, bits } = mask;
  const data = new Uint8Array(size * size);
  const stepX = (warp.a * width) / size;
  const stepY = (warp.d * height) / size;
  for (let y = 0, at = 0; y < size; y++) {
    const outY = (y + 0.5) / size;
    let sourceX = (warp.a * (0.5 / size) + warp.b * outY + warp.c) * width;
    let sourceY = (warp.d * (0.5 / size) + warp.e * outY + warp.f) * height;
    for (let x = 0; x < size; x++, at++, sourceX += stepX, sourceY += stepY) {
      if (sourceX < 0 || sourceY < 0 || sourceX >= width || sourceY >= height) continue;
      const pixel = (sourceY | 0) * width + (sourceX | 0);
      data[at] = (bits[pixel >> 3]! >> (pixel & 7)) & 1;
    }
  }
  return { width: size, height: size, data };
}
