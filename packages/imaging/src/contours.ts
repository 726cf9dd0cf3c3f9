import type { Mask } from './picture.js';

/**
 * Fills outlines: a pixel is inside where its middle lies inside an odd number of them, so that an outline within
 * another cuts a hole. A middle that lies exactly on an outline counts on its left and upper side.
 * @param contours x, y of one point after another, in pixels; the middle of the first pixel is 0, 0. The last point
 * is joined to the first.
 */
export function fillContours(contours: readonly Float64Array[], width: number, height: number): Mask {
  const data = new Uint8Array(width * height);
  const crossings: number[] = [];
  for (let y = 0; y < height; y++) {
    crossings.length = 0;
    for (const contour of contours) findCrossings(contour, y, crossings);
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(Math.ceil(crossings[i]!), 0);
      const to = Math.min(Math.ceil(crossings[i + 1]!), width);
      if (from < to) data.fill(1, y * width + from, y * width + to);
    }
  }
  return { width, height, data };
}

/** Adds where the edges of an outline cross a row of middles. Of an edge's ends the upper one belongs to it. */
function findCrossings(contour: Float64Array, y: number, crossings: number[]): void {
  let x0 = contour[contour.length - 2]!;
  let y0 = contour[contour.length - 1]!;
  for (let i = 0; i < contour.length; i += 2) {
    const x1 = contour[i]!;
    const y1 = contour[i + 1]!;
    if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    x0 = x1;
    y0 = y1;
  }
}
