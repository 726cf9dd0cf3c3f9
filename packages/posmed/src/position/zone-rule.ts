import {
  type Box,
  NEAR_CENTER_FRACTION,
  type Placement,
  type Point,
  type Zone,
  zoneOfBox,
} from '@prs-med/imaging';

/** How a zone is found: from the bounding box as the released code does (`zoneOfBox`), or from the centroid. */
export type ZoneRule = 'box' | 'centroid';

/** The share of a picture's width and height that the middle cell of a 3 x 3 grid takes. */
const MIDDLE_CELL = 1 / 3;

/**
 * The zone of a centroid, the plain rule: `center` in the middle cell of a 3 x 3 grid over the picture, borders
 * included, else the quadrant. On the picture's middle lines it is right and bottom, as in the released rule.
 * `nearCenter` when the zone is the center, or the centroid is closer to the picture's middle than a fifth of its width.
 * @param centroid in pixels; the middle of the first pixel is 0, 0
 * @param width the picture's width in pixels
 * @param height the picture's height in pixels
 */
export function zoneOfCentroid(centroid: Point, width: number, height: number): Placement {
  const acrossX = centroid[0] - (width - 1) / 2;
  const acrossY = centroid[1] - (height - 1) / 2;
  if (2 * Math.abs(acrossX) <= MIDDLE_CELL * width && 2 * Math.abs(acrossY) <= MIDDLE_CELL * height) {
    return { zone: 'center', nearCenter: true };
  }
  const zone: Zone = `${acrossY < 0 ? 'top' : 'bottom'}-${acrossX < 0 ? 'left' : 'right'}`;
  return { zone, nearCenter: Math.hypot(acrossX, acrossY) < NEAR_CENTER_FRACTION * width };
}

/** What the rules look at: the number of pixels, and their box and centroid in pixels. */
export interface Footprint {
  area: number;
  box: Box;
  centroid: Point;
}

/** The zone of something by a rule. */
export function zoneByRule(
  rule: ZoneRule,
  { box, centroid }: Footprint,
  width: number,
  height: number,
): Placement {
  return rule === 'box' ? zoneOfBox(box, width, height) : zoneOfCentroid(centroid, width, height);
}

/** The share (above 0, up to 1) of its box that something fills. */
export function extentOf({ area, box }: Pick<Footprint, 'area' | 'box'>): number {
  return area / (box[2] * box[3]);
}

/** Several things as one; null for none. */
export function joinFootprints(parts: readonly Footprint[]): Footprint | null {
  const [first, ...others] = parts;
  if (!first) return null;
  if (others.length === 0) return { area: first.area, box: first.box, centroid: first.centroid };
  let area = 0;
  let sumX = 0;
  let sumY = 0;
  let [left, top] = first.box;
  let right = 0;
  let bottom = 0;
  for (const { area: pixels, box, centroid } of parts) {
    area += pixels;
    sumX += centroid[0] * pixels;
    sumY += centroid[1] * pixels;
    left = Math.min(left, box[0]);
    top = Math.min(top, box[1]);
    right = Math.max(right, box[0] + box[2]);
    bottom = Math.max(bottom, box[1] + box[3]);
  }
  return { area, box: [left, top, right - left, bottom - top], centroid: [sumX / area, sumY / area] };
}
