import { findComponents } from './components.js';
import type { Box, Mask, Point } from './picture.js';

/** A Clinical Action Zone. Left and right are sides of the picture. */
export type Zone = 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right' | 'center';

/** The five zones, in their usual order. */
export const ZONES: readonly Zone[] = ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'center'];

/** The middle of a box is near the centre within this fraction of the picture's width, both ways. */
export const NEAR_CENTER_FRACTION = 0.2;

/** Where something lies: its zone, and whether it covers or is near the picture's centre. */
export interface Placement<Z extends Zone = Zone> {
  zone: Z;
  nearCenter: boolean;
}

/** One connected component: where it is, its box, centroid and share of the picture's pixels (0 to 1). */
export interface Region {
  /** By the released rule for components, so a quadrant; see {@link zoneOfComponent}. */
  zone: Exclude<Zone, 'center'>;
  nearCenter: boolean;
  box: Box;
  centroid: Point;
  areaFraction: number;
}

/** A mask as a whole and its regions. All but `areaFraction` and `regions` are null or false when it is empty. */
export interface RegionDescription {
  zone: Zone | null;
  nearCenter: boolean;
  box: Box | null;
  centroid: Point | null;
  areaFraction: number;
  /** In the order of `labelComponents`. */
  regions: Region[];
}

/**
 * The zone of a mask by its bounding box.
 * `center` when the box holds the pixel at half the width and half the height, rounded down; else the
 * quadrant of the box's middle pixel, in which the centre's own row and column are bottom and right.
 * `nearCenter` when the box holds the centre, or its middle is closer to it than a fifth of the width.
 * Source: agrees with all 1,800 labels made by the released PRS-Med code.
 * @param width the picture's width in pixels
 * @param height the picture's height in pixels
 */
export function zoneOfBox(box: Box, width: number, height: number): Placement {
  const [left, top, boxWidth, boxHeight] = box;
  const right = left + boxWidth - 1;
  const bottom = top + boxHeight - 1;
  const centerX = Math.floor(width / 2);
  const centerY = Math.floor(height / 2);
  const holdsCenter = left <= centerX && centerX <= right && top <= centerY && centerY <= bottom;
  if (holdsCenter) return { zone: 'center', nearCenter: true };
  const middleX = Math.floor((left + right) / 2);
  const middleY = Math.floor((top + bottom) / 2);
  const distance = Math.hypot(middleX - centerX, middleY - centerY);
  return {
    zone: quadrant(middleX < centerX, middleY < centerY),
    nearCenter: distance < NEAR_CENTER_FRACTION * width,
  };
}

/**
 * The zone of a connected component by the rule that the released code has for components: the quadrant of
 * its centroid, never `center`. `nearCenter` (there the words "bottom right center") when its box, or the
 * column or row just past it, holds the centre.
 * For the zone of a component by the rule for masks give its box to {@link zoneOfBox}.
 * Source: agrees with the labels of first and last components made by the released PRS-Med code.
 */
export function zoneOfComponent(
  box: Box,
  centroid: Point,
  width: number,
  height: number,
): Placement<Exclude<Zone, 'center'>> {
  const [left, top, boxWidth, boxHeight] = box;
  const centerX = Math.floor(width / 2);
  const centerY = Math.floor(height / 2);
  const acrossX = left <= centerX && centerX <= left + boxWidth;
  const acrossY = top <= centerY && centerY <= top + boxHeight;
  return {
    zone: quadrant(centroid[0] < centerX, centroid[1] < centerY),
    nearCenter: acrossX && acrossY,
  };
}

/**
 * Describes where a mask lies, as a whole and by connected component.
 * @param options.minimumAreaFraction components of a smaller share of the picture's pixels are left out of
 *   everything, as if they were background; 0 by default, as in the released code
 */
export function describeRegions(
  mask: Mask,
  options: { minimumAreaFraction?: number } = {},
): RegionDescription {
  const { width, height } = mask;
  const pixels = width * height;
  const components = findComponents(mask).filter(
    ({ area }) => area / pixels >= (options.minimumAreaFraction ?? 0),
  );
  if (components.length === 0) {
    return { zone: null, nearCenter: false, box: null, centroid: null, areaFraction: 0, regions: [] };
  }
  let area = 0;
  let sumX = 0;
  let sumY = 0;
  let left = width;
  let top = height;
  let right = 0;
  let bottom = 0;
  for (const component of components) {
    const [x, y, w, h] = component.box;
    area += component.area;
    sumX += component.centroid[0] * component.area;
    sumY += component.centroid[1] * component.area;
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + w);
    bottom = Math.max(bottom, y + h);
  }
  const box: Box = [left, top, right - left, bottom - top];
  return {
    ...zoneOfBox(box, width, height),
    box,
    centroid: [sumX / area, sumY / area],
    areaFraction: area / pixels,
    regions: components.map((component) => ({
      ...zoneOfComponent(component.box, component.centroid, width, height),
      box: component.box,
      centroid: component.centroid,
      areaFraction: component.area / pixels,
    })),
  };
}

function quadrant(isLeft: boolean, isTop: boolean): Exclude<Zone, 'center'> {
  if (isTop) return isLeft ? 'top-left' : 'top-right';
  return isLeft ? 'bottom-left' : 'bottom-right';
}
