import type { Picture } from './picture.js';

/** Measured values of a plane, such as Hounsfield units: row-major, one a pixel. */
export interface ValuePlane {
  width: number;
  height: number;
  data: Float32Array;
}

/** Which values are shown, from black to white, in the plane's units. */
export interface DisplayWindow {
  /** The value in the middle. */
  level: number;
  /** From the value that is black to the one that is white; more than 0. */
  width: number;
  /** `linear` and `sigmoid` as DICOM defines them; `linear-exact` runs from level - width / 2 to level + width / 2. */
  curve: 'linear' | 'linear-exact' | 'sigmoid';
}

/**
 * A plane as a grey picture: what lies below the window is black, what lies above is white, and so the other way
 * round when `inverted`. Not-a-number is black.
 * Source: DICOM PS3.3, C.11.2.1.2.1 (linear), C.11.2.1.3.1 (sigmoid), C.11.2.1.3.2 (linear exact).
 */
export function drawWindow(plane: ValuePlane, window: DisplayWindow, inverted = false): Picture {
  const brightness = brightnessOf(window);
  const { width, height } = plane;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < plane.data.length; i++) {
    const part = brightness(plane.data[i]!);
    const grey = Math.round(255 * Math.min(Math.max(inverted ? 1 - part : part, 0), 1));
    data[i * 3] = grey;
    data[i * 3 + 1] = grey;
    data[i * 3 + 2] = grey;
  }
  return { width, height, data };
}

/** The window from the least to the greatest value of a plane; null when all are equal or none is a number. */
export function windowOfRange(plane: ValuePlane): DisplayWindow | null {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of plane.data) {
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (!(greatest > least)) return null;
  return { level: (least + greatest) / 2, width: greatest - least, curve: 'linear-exact' };
}

/** A plane as a grey picture from its least value, black, to its greatest, white. One that is all the same is black. */
export function drawRange(plane: ValuePlane, inverted = false): Picture {
  const window = windowOfRange(plane);
  if (window) return drawWindow(plane, window, inverted);
  return { width: plane.width, height: plane.height, data: new Uint8Array(plane.data.length * 3) };
}

/** From a value to its brightness; below 0 counts as 0, above 1 as 1. */
function brightnessOf({ level, width, curve }: DisplayWindow): (value: number) => number {
  switch (curve) {
    case 'sigmoid':
      return (value) => 1 / (1 + Math.exp((-4 * (value - level)) / width));
    case 'linear-exact':
      return (value) => (value - (level - width / 2)) / width;
    case 'linear':
      // A width of 1 is a step, as the standard has it.
      if (width <= 1) return (value) => (value <= level - 0.5 ? 0 : 1);
      return (value) => (value - (level - 0.5)) / (width - 1) + 0.5;
  }
}
