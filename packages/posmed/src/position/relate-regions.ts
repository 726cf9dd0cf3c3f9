import type { Scene, SceneRegion, SceneTarget } from '../scene.js';
import { findPlaces } from './find-places.js';

/** How one region lies to another, by sides of the picture; null where it is in doubt. */
export interface RegionRelation {
  across: 'left of' | 'right of' | null;
  down: 'above' | 'below' | null;
  size: 'larger' | 'smaller' | null;
}

/** The tangent of 22.5 degrees, the borders of eight equal directions. */
const DIAGONAL = Math.SQRT2 - 1;
/** Areas that differ by less than this factor are about equal. */
const LARGER_RATIO = 1.3;

/**
 * How region `a` lies to region `b`. Of eight equal directions between the centroids the diagonal ones are both across
 * and down. A direction holds only where each centroid lies outside of the other's box that way, so that neither a
 * region around another nor two that stand one over the other are said to be left or right. Larger and smaller hold
 * from 1.3 times the area on.
 */
export function relateRegions(a: SceneRegion, b: SceneRegion): RegionRelation {
  const [x, y] = [0, 1].map((axis) => b.centroid[axis]! - a.centroid[axis]!) as [number, number];
  const isAcross = Math.abs(x) > DIAGONAL * Math.abs(y) && areApart(a, b, 0);
  const isDown = Math.abs(y) > DIAGONAL * Math.abs(x) && areApart(a, b, 1);
  return {
    across: isAcross ? (x > 0 ? 'left of' : 'right of') : null,
    down: isDown ? (y > 0 ? 'above' : 'below') : null,
    size: a.area >= LARGER_RATIO * b.area ? 'larger' : b.area >= LARGER_RATIO * a.area ? 'smaller' : null,
  };
}

/** Whether a target has regions that are no specks on both sides of the picture, and none of them over the middle. */
export function onBothSides(scene: Scene, target: SceneTarget): boolean {
  return findPlaces(scene, target, false).sides.length === 2;
}

/** Whether each centroid is outside of the other's box along an axis: 0 across, 1 down. */
function areApart(a: SceneRegion, b: SceneRegion, axis: 0 | 1): boolean {
  const isOutside = ({ centroid }: SceneRegion, { box }: SceneRegion) => {
    const first = box[axis];
    const last = first + box[axis === 0 ? 2 : 3] - 1;
    return centroid[axis] < first || centroid[axis] > last;
  };
  return isOutside(a, b) && isOutside(b, a);
}
