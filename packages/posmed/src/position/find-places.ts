import { ZONES, type Zone } from '@prs-med/imaging';
import type { Scene, SceneRegion, SceneTarget } from '../scene.js';
import type { Half, Place, Side } from './places.js';
import { joinFootprints, type ZoneRule, zoneByRule } from './zone-rule.js';

/** The places of a target that a question can ask for without doubt about what is meant. */
export interface Places {
  /** Regions that are more than specks. */
  count: number;
  /** Zones and halves that hold regions, and those that clearly hold none. */
  zones: Place[];
  emptyZones: Place[];
  /** The same for the two sides. */
  sides: Place[];
  emptySides: Place[];
}

/** A region below this share of the largest is a speck, which no question is about. */
const SPECK_FRACTION = 0.05;
const SPECK_PIXELS = 12;
/** A region of at least this share of the whole may be one of two lungs. */
const LUNG_FRACTION = 0.15;
/** How far over the middle a thing "wholly" in one half may reach, as a share of the picture's side. */
const OVERLAP = 0.03;
/** A zone that holds more than this share of the target's pixels is not said to be empty. */
const EMPTY_SHARE = 0.05;

const HALF_ZONES: Readonly<Record<Half, readonly Zone[]>> = {
  upper: ['top-left', 'top-right'],
  lower: ['bottom-left', 'bottom-right'],
};

/** The zones that a place names; none for a side, which is asked for as such. */
export function zonesOfPlace(place: Place): readonly Zone[] {
  if (place.kind === 'zone') return [place.zone];
  return place.kind === 'half' ? HALF_ZONES[place.half] : [];
}

/** The side of the picture that a region's centroid is on; right on the middle line. */
export function sideOfRegion(region: Pick<SceneRegion, 'centroid'>, width: number): Side {
  return region.centroid[0] < (width - 1) / 2 ? 'left' : 'right';
}

/** The regions of a target that are large enough to be seen as one: no specks. */
export function clearRegions(target: SceneTarget): readonly SceneRegion[] {
  const largest = target.regions.reduce((most, { area }) => Math.max(most, area), 0);
  const smallest = Math.max(SPECK_PIXELS, SPECK_FRACTION * largest);
  return target.regions.filter(({ area }) => area >= smallest);
}

/** The regions of a target that lie in a place, specks too: by their own zone, or by their centroid for a side. */
export function regionsOfPlace(scene: Scene, target: SceneTarget, place: Place): readonly SceneRegion[] {
  if (place.kind === 'side') {
    return target.regions.filter((region) => sideOfRegion(region, scene.width) === place.side);
  }
  const zones = zonesOfPlace(place);
  return target.regions.filter(({ zone }) => zones.includes(zone));
}

/** The zone of several regions as one; null for none. */
export function zoneOfRegions(
  scene: Pick<Scene, 'width' | 'height'>,
  regions: readonly SceneRegion[],
  rule: ZoneRule = 'box',
): Zone | null {
  const whole = joinFootprints(regions);
  return whole && zoneByRule(rule, whole, scene.width, scene.height).zone;
}

/**
 * Finds the places that can be asked for.
 * @param paired for lungs, whose sides are only asked for when both show
 * @param rule the one that the scene was described with
 */
export function findPlaces(
  scene: Scene,
  target: SceneTarget,
  paired: boolean,
  rule: ZoneRule = 'box',
): Places {
  const clear = new Set(clearRegions(target));
  const places: Places = { count: clear.size, zones: [], emptyZones: [], sides: [], emptySides: [] };
  if (target.regions.length === 0) return places;
  const subject: Subject = { scene, target, clear, rule };
  for (const zone of ZONES) {
    const place: Place = { kind: 'zone', zone };
    const inside = regionsOfPlace(scene, target, place);
    if (inside.some((region) => clear.has(region))) {
      if (agrees(subject, place)) places.zones.push(place);
    } else if (inside.length === 0 && isEmptyZone(zone, target)) {
      places.emptyZones.push(place);
    }
  }
  addHalves(places, subject);
  addSides(places, subject, paired);
  return places;
}

interface Subject {
  scene: Scene;
  target: SceneTarget;
  /** Its regions that are no specks. */
  clear: ReadonlySet<SceneRegion>;
  rule: ZoneRule;
}

/** Several regions as one can lie in another zone than each of them does. */
function agrees({ scene, target, rule }: Subject, place: Place): boolean {
  const zone = zoneOfRegions(scene, regionsOfPlace(scene, target, place), rule);
  return zone !== null && zonesOfPlace(place).includes(zone);
}

function isEmptyZone(zone: Zone, target: SceneTarget): boolean {
  if (zone === 'center') return target.regions.every(({ nearCenter }) => !nearCenter);
  return target.quarters[zone] <= EMPTY_SHARE;
}

/** Upper and lower are asked for only where each region is clear of the middle line. */
function addHalves(places: Places, subject: Subject): void {
  const { scene, target, clear } = subject;
  const slack = OVERLAP * scene.height;
  const middle = scene.height / 2;
  const upper = target.regions.filter(({ box }) => box[1] + box[3] <= middle + slack);
  const lower = target.regions.filter(({ box }) => box[1] >= middle - slack);
  if (upper.length + lower.length !== target.regions.length) return;
  for (const [half, inside] of [
    ['upper', upper],
    ['lower', lower],
  ] as const) {
    const place: Place = { kind: 'half', half };
    if (inside.length === 0) {
      places.emptyZones.push(place);
    } else if (
      inside.some((region) => clear.has(region)) &&
      inside.every(({ zone }) => HALF_ZONES[half].includes(zone)) &&
      agrees(subject, place)
    ) {
      places.zones.push(place);
    }
  }
}

function addSides(places: Places, { scene, target, clear }: Subject, paired: boolean): void {
  const slack = OVERLAP * scene.width;
  const middle = scene.width / 2;
  const isWholly = (region: SceneRegion) => {
    const [left, , width] = region.box;
    return sideOfRegion(region, scene.width) === 'left'
      ? left + width <= middle + slack
      : left >= middle - slack;
  };
  if (![...clear].every(isWholly)) return;
  const smallest = paired ? LUNG_FRACTION * target.area : 0;
  const sides = (['left', 'right'] as const).map((side) => {
    const place: Place = { kind: 'side', side };
    const inside = regionsOfPlace(scene, target, place);
    return {
      place,
      isEmpty: inside.length === 0,
      isClear: inside.some((region) => clear.has(region) && region.area >= smallest),
    };
  });
  if (paired && !sides.every(({ isClear }) => isClear)) return;
  for (const { place, isEmpty, isClear } of sides) {
    if (isClear) places.sides.push(place);
    else if (isEmpty) places.emptySides.push(place);
  }
}
