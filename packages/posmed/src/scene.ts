import type { Box, Point, Zone } from '@prs-med/imaging';

/** What is known of a picture's targets from their masks: all that questions, answers and checks are made from. */
export interface Scene {
  modality: string;
  /** Of the picture, in pixels. */
  width: number;
  height: number;
  targets: readonly SceneTarget[];
}

/** One kind of target in a picture, with all its regions. */
export interface SceneTarget {
  id: string;
  /** Its name: "polyp", "lung". */
  target: string;
  /** Pixels. */
  area: number;
  /** Of all regions together; null when the mask is empty, as is the zone. */
  box: Box | null;
  /** By the released rule on the box, `zoneOfBox`. */
  zone: Zone | null;
  nearCenter: boolean;
  /** The share (0 to 1) of the target's pixels in each quarter of the picture. */
  quarters: Readonly<Record<Exclude<Zone, 'center'>, number>>;
  /** Connected components, in the order of `labelComponents`. */
  regions: readonly SceneRegion[];
}

/** A connected component of a target. */
export interface SceneRegion {
  /** The target's id, "#" and the component's number from 1 on. */
  id: string;
  /** Pixels. */
  area: number;
  box: Box;
  centroid: Point;
  /** By the released rule for masks on the component's own box, so it may be the center. */
  zone: Zone;
  nearCenter: boolean;
}
