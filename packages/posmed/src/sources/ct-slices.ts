import type { DisplayWindow } from '@prs-med/imaging';

/** Shows air to soft tissue, as lungs are looked at: -1350 to 150 Hounsfield units. */
export const LUNG_WINDOW: DisplayWindow = { level: -600, width: 1500, curve: 'linear-exact' };

/** Shows organs and soft tissue: -160 to 240 Hounsfield units. */
export const SOFT_TISSUE_WINDOW: DisplayWindow = { level: 40, width: 400, curve: 'linear-exact' };

/** Of the slices of a volume that show something one in so many becomes a picture: neighbours are nearly the same. */
export const SLICE_STEP = 5;

/** Every fifth, from the third on, so that neither end, where little is seen, comes first. One that is alone stays. */
export function everyFifth<T>(slices: readonly T[]): T[] {
  const first = Math.min(Math.floor(SLICE_STEP / 2), slices.length - 1);
  return slices.filter((_, index) => index % SLICE_STEP === first);
}

/** The number of a slice in an item's id. */
export function sliceName(index: number): string {
  return `z${String(index).padStart(3, '0')}`;
}
