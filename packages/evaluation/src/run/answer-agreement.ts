import type { Zone } from '@prs-med/imaging';
import { clearRegions, describeTarget, type ParsedZones } from '@prs-med/posmed';
import type { Prediction } from '../segmentation/prediction.js';
import { atHalf } from '../segmentation/score-image.js';

/**
 * Whether an answer says where its own mask is: it names the mask's zone, or where it names several those of all clear
 * regions; or it denies and the mask is empty. Null where it neither names a zone nor denies.
 * @param zone of the map at one half; null when it is empty
 */
export function agreesWithMask(
  { zones, negated }: ParsedZones,
  zone: Zone | null,
  map: Prediction,
): boolean | null {
  if (negated) return zone === null;
  if (zones.length === 0) return null;
  if (zone === null) return false;
  if (zones.length === 1) return zones[0] === zone;
  const regions = new Set(clearRegions(describeTarget('', '', atHalf(map))).map((region) => region.zone));
  return regions.size === zones.length && zones.every((named) => regions.has(named));
}
