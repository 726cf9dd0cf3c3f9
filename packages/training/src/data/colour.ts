import type { Random } from '@prs-med/posmed';

/** How a picture's values change between 0 and 1, before normalisation. */
export interface Colour {
  brightness: number;
  contrast: number;
  gamma: number;
  /** Rows of a 3 x 3 matrix over RGB, for saturation and hue; null leaves the colours. */
  matrix: Float32Array | null;
  /** Weight of each neighbour in a three-tap blur; 0 is none. */
  blur: number;
  /** Standard deviation of the noise; 0 is none. */
  noise: number;
  /** Where the noise starts in its table. */
  noiseStart: number;
}

/** Ranges of the random changes. */
export const COLOUR = {
  probability: 0.8,
  brightness: 0.12,
  contrast: 0.25,
  gamma: 0.25,
  saturation: 0.3,
  hueDegrees: 12,
  blurProbability: 0.15,
  noiseProbability: 0.25,
  largestNoise: 0.03,
};

/** Modalities in which colour varies from camera to camera. */
const COLOURED: ReadonlySet<string> = new Set(['endoscopy', 'dermoscopy']);

/** Leaves a picture as it is. */
export const SAME_COLOUR: Readonly<Colour> = {
  brightness: 0,
  contrast: 1,
  gamma: 1,
  matrix: null,
  blur: 0,
  noise: 0,
  noiseStart: 0,
};

/** Draws the changes for a picture of a modality. */
export function drawColour(random: Random, modality: string): Colour {
  const changes = random.chance(COLOUR.probability);
  const brightness = changes ? random.between(-COLOUR.brightness, COLOUR.brightness) : 0;
  const contrast = changes ? Math.exp(random.between(-COLOUR.contrast, COLOUR.contrast)) : 1;
  const gamma = changes ? Math.exp(random.between(-COLOUR.gamma, COLOUR.gamma)) : 1;
  const matrix =
    COLOURED.has(modality) && random.chance(COLOUR.probability)
      ? colourMatrix(
          1 + random.between(-COLOUR.saturation, COLOUR.saturation),
          random.between(-COLOUR.hueDegrees, COLOUR.hueDegrees),
        )
      : null;
  const blur = random.chance(COLOUR.blurProbability) ? random.between(0.08, 0.28) : 0;
  const noise = random.chance(COLOUR.noiseProbability) ? random.between(0.004, COLOUR.largestNoise) : 0;
  return { brightness, contrast, gamma, matrix, blur, noise, noiseStart: random.integer(2 ** 16) };
}

/** A turn of the hue about the gray axis, then a mix with the picture's own gray. */
export function colourMatrix(saturation: number, hueDegrees: number): Float32Array {
  const angle = (hueDegrees * Math.PI) / 180;
  const along = (1 - Math.cos(angle)) / 3;
  const across = Math.sin(angle) / Math.sqrt(3);
  const luma = [0.299, 0.587, 0.114];
  const matrix = new Float32Array(9);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const turn =
        row === column ? Math.cos(angle) + along : along + ((column - row + 3) % 3 === 1 ? -across : across);
      matrix[row * 3 + column] = saturation * turn + (1 - saturation) * luma[column]!;
    }
  }
  return matrix;
}

/** Steps of a value in the tables: four for each of the 256 levels, as sampling gives values between them. */
export const TABLE_STEPS = 4;

/** For each channel, the normalised value of every step of the source's value. */
export function colourTables(
  colour: Colour,
  mean: readonly number[],
  std: readonly number[],
): Float32Array[] {
  const changed = new Float32Array(255 * TABLE_STEPS + 2);
  for (let step = 0; step < changed.length; step++) {
    const value = Math.min(1, step / (255 * TABLE_STEPS)) ** colour.gamma;
    changed[step] = Math.min(1, Math.max(0, (value - 0.5) * colour.contrast + 0.5 + colour.brightness));
  }
  return [0, 1, 2].map((channel) => changed.map((value) => (value - mean[channel]!) / std[channel]!));
}
