import type { Mask } from '@prs-med/imaging';

/** A predicted probability map as it is kept: row-major, 8 bits a pixel, 0 to 255 for 0 to 1. */
export interface Prediction {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What a level of 8 bits stands for: `values[level]`, 0 to 1. */
export type LevelValues = Float64Array;

/** The plain reading: level / 255. */
export function plainValues(): LevelValues {
  return Float64Array.from({ length: 256 }, (_, level) => level / 255);
}

/**
 * As the released evaluation reads a map: stretched so that its smallest value is 0 and its largest 1. A map of one value
 * stays as it is. This rewards a model for what it never said with confidence, so it is used only where it is asked for.
 */
export function stretchedValues({ data }: Prediction): LevelValues {
  let least = 255;
  let most = 0;
  for (let i = 0; i < data.length; i++) {
    const level = data[i]!;
    if (level < least) least = level;
    if (level > most) most = level;
  }
  if (most === least) return plainValues();
  return Float64Array.from({ length: 256 }, (_, level) =>
    Math.min(Math.max((level - least) / (most - least), 0), 1),
  );
}

/** How many pixels have each level, inside and outside the true mask: two lists of 256. */
export function levelCounts(
  prediction: Prediction,
  truth: Mask,
): { inside: Float64Array; outside: Float64Array } {
  const inside = new Float64Array(256);
  const outside = new Float64Array(256);
  const { data } = prediction;
  for (let i = 0; i < data.length; i++) {
    const counts = truth.data[i] !== 0 ? inside : outside;
    counts[data[i]!]!++;
  }
  return { inside, outside };
}
