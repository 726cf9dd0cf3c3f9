import { randomNumbers } from './tiny-base.js';

/** Numbers of a normal distribution (Box and Muller, 1958), the same for the same seed. */
export function normalNumbers(seed: number): () => number {
  const random = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Student's t with three degrees of freedom: tails as heavy as weights have at worst. */
export function heavyTailedNumbers(seed: number): () => number {
  const normal = normalNumbers(seed);
  return () => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3);
}

/** Values [outputs, inputs]. */
export const matrixOf = (outputs: number, inputs: number, next: () => number) =>
  Float32Array.from({ length: outputs * inputs }, next);

/** Root mean square of the differences. */
export const distance = (a: Float32Array, b: Float32Array) =>
  Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.sqrt(a.length);
