import {
  findComponents,
  keepComponents,
  maskOfProbabilities,
  type ProbabilityMap,
  ZONES,
  zoneOfBox,
} from '@prs-med/imaging';
import { ASKED, type Asked } from '../fusion/zone-maps.js';

/** A question asks for a place when the head that reads it is surer than this. */
const SURE = 0.5;

/** Parts below this share of the largest one are specks: one in the asked zone is no finding there. */
const SPECK = 0.05;

/** How far, as a share of the side, a part may lie beyond its zone: masks are not exact to the pixel. */
const TOLERANCE = 0.04;

/**
 * The parts of a mask that lie where the question asks. The rule of the zones decides, exactly, where learnt presence only
 * guesses: what lies elsewhere is zeroed, and all of it when nothing is left. A question without a place changes nothing.
 * @param map a square map of probabilities
 * @param asked probabilities of what the question asks for, in the order of ASKED
 * @param threshold probability from which a pixel belongs to the mask
 */
export function keepAskedPlace(map: ProbabilityMap, asked: Float32Array, threshold: number): ProbabilityMap {
  const isAsked = (name: Asked): boolean => asked[ASKED.indexOf(name)]! > SURE;
  const zones = ZONES.filter(isAsked);
  const sides = (['left', 'right'] as const).filter(isAsked);
  const side = sides.length === 1 ? sides[0] : undefined;
  if (zones.length === 0 && side === undefined) return map;
  const mask = maskOfProbabilities(map, threshold);
  const size = map.width;
  const reach = TOLERANCE * size;
  const parts = findComponents(mask);
  const largest = parts.reduce((area, part) => Math.max(area, part.area), 0);
  const kept = parts.filter(({ area, box: [x, y, width, height], centroid }) => {
    if (area < SPECK * largest) return false;
    // The box moved by the tolerance any way: one of them in the zone is enough.
    const moves = [-reach, 0, reach].flatMap((dx) => [-reach, 0, reach].map((dy) => [dx, dy] as const));
    const inZone =
      zones.length === 0 ||
      moves.some(([dx, dy]) => zones.includes(zoneOfBox([x + dx, y + dy, width, height], size, size).zone));
    const onSide = side === undefined || (side === 'left') === centroid[0] < size / 2;
    return inZone && onSide;
  });
  if (kept.length === parts.length) return map;
  if (kept.length === 0) return { ...map, data: new Float32Array(map.data.length) };
  const labels = new Set(kept.map(({ label }) => label));
  const left = keepComponents(mask, (part) => labels.has(part.label), parts);
  return { ...map, data: map.data.map((value, i) => (mask.data[i] === left.data[i] ? value : 0)) };
}
