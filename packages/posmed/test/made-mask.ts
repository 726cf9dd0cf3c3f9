import type { Mask } from '@prs-med/imaging';

/** `[x, y, width, height]` of a rectangle that is the target. */
export type Rectangle = [number, number, number, number];

export function maskOf(width: number, height: number, rectangles: readonly Rectangle[]): Mask {
  const data = new Uint8Array(width * height);
  for (const [left, top, across, down] of rectangles) {
    for (let y = top; y < Math.min(height, top + down); y++) {
      data.fill(1, y * width + left, y * width + Math.min(width, left + across));
    }
  }
  return { width, height, data };
}
