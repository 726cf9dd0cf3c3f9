import {
  type Component,
  findComponents,
  keepComponents,
  type Mask,
  maskArea,
  ZONES,
  type Zone,
  zoneOfBox,
} from '@prs-med/imaging';
import type { Half, Place, Side } from '../position/places.js';

/** The places of a mask that a question can ask for without doubt about what is meant. */
export interface Places {
  /** Components that are more than specks. */
  count: number;
  /** Zones and halves that hold components, and those that clearly hold none. */
  zones: Place[];
  emptyZones: Place[];
  /** The same for the two sides. */
  sides: Place[];
  emptySides: Place[];
}

/** A component and its zone by the rule for masks. */
interface PlacedComponent {
  component: Component;
  zone: Zone;
  nearCenter: boolean;
  /** Large enough to be seen as one. */
  clear: boolean;
}

/** The share of a mask's pixels in each quarter of the picture. */
type QuarterShares = Record<Exclude<Zone, 'center'>, number>;

/** A component below this share of the largest is a speck, which no question is about. */
const SPECK_FRACTION = 0.05;
const SPECK_PIXELS = 12;
/** A component of at least this share of the whole may be one of two lungs. */
const LUNG_FRACTION = 0.15;
/** How far over the middle a thing "wholly" in one half may reach, as a share of the picture's side. */
const OVERLAP = 0.03;
/** A zone that holds more than this share of the mask's pixels is not said to be empty. */
const EMPTY_SHARE = 0.05;

const HALF_ZONES: Readonly<Record<Half, readonly Zone[]>> = {
  upper: ['top-left', 'top-right'],
  lower: ['bottom-left', 'bottom-right'],
};

/** The zones that a place names; none for a side, which is asked for as such. */
export function zonesOfPlace(place: Place): Zone[] {
  if (place.kind === 'zone') return [place.zone];
  return place.kind === 'half' ? [...HALF_ZONES[place.half]] : [];
}

/** The components of a mask that lie in a place: by their own zone, or by their centroid for a side. */
export function truthOfPlace(mask: Mask, place: Place): Mask {
  if (place.kind === 'side') {
    return keepComponents(mask, (component) => sideOf(component, mask.width) === place.side);
  }
  const zones = zonesOfPlace(place);
  return keepComponents(mask, ({ box }) => zones.includes(zoneOfBox(box, mask.width, mask.height).zone));
}

/** A mask of a size with nothing in it. */
export function emptyMask(width: number, height: number): Mask {
  return { width, height, data: new Uint8Array(width * height) };
}

/** The number of components that are more than specks. */
export function countComponents(mask: Mask): number {
  return placeComponents(mask).filter(({ clear }) => clear).length;
}

/** Finds the places that can be asked for; `paired` for lungs, whose sides are only asked for when both show. */
export function findPlaces(mask: Mask, paired: boolean): Places {
  const placed = placeComponents(mask);
  const places: Places = {
    count: placed.filter(({ clear }) => clear).length,
    zones: [],
    emptyZones: [],
    sides: [],
    emptySides: [],
  };
  if (placed.length === 0) return places;
  const quarters = quarterShares(mask);
  for (const zone of ZONES) {
    const inside = placed.filter((entry) => entry.zone === zone);
    if (inside.some(({ clear }) => clear)) {
      const place: Place = { kind: 'zone', zone };
      if (agrees(mask, place)) places.zones.push(place);
    } else if (inside.length === 0 && isEmptyZone(zone, placed, quarters)) {
      places.emptyZones.push({ kind: 'zone', zone });
    }
  }
  addHalves(places, mask, placed);
  addSides(places, mask, placed, paired);
  return places;
}

function placeComponents(mask: Mask): PlacedComponent[] {
  const components = findComponents(mask);
  const largest = components.reduce((most, { area }) => Math.max(most, area), 0);
  return components.map((component) => ({
    component,
    ...zoneOfBox(component.box, mask.width, mask.height),
    clear: component.area >= Math.max(SPECK_PIXELS, SPECK_FRACTION * largest),
  }));
}

/** The box of several components can lie in another zone than each of them does. */
function agrees(mask: Mask, place: Place): boolean {
  const components = findComponents(truthOfPlace(mask, place));
  const left = Math.min(...components.map(({ box }) => box[0]));
  const top = Math.min(...components.map(({ box }) => box[1]));
  const right = Math.max(...components.map(({ box }) => box[0] + box[2]));
  const bottom = Math.max(...components.map(({ box }) => box[1] + box[3]));
  const { zone } = zoneOfBox([left, top, right - left, bottom - top], mask.width, mask.height);
  return zonesOfPlace(place).includes(zone);
}

function isEmptyZone(zone: Zone, placed: PlacedComponent[], quarters: QuarterShares): boolean {
  if (zone === 'center') return placed.every(({ nearCenter }) => !nearCenter);
  return quarters[zone] <= EMPTY_SHARE;
}

function quarterShares(mask: Mask): QuarterShares {
  const shares: QuarterShares = { 'top-left': 0, 'top-right': 0, 'bottom-left': 0, 'bottom-right': 0 };
  const one = 1 / maskArea(mask);
  for (let y = 0, at = 0; y < mask.height; y++) {
    const [left, right] =
      y < mask.height / 2 ? (['top-left', 'top-right'] as const) : (['bottom-left', 'bottom-right'] as const);
    for (let x = 0; x < mask.width; x++, at++) {
      if (mask.data[at] !== 0) shares[x < mask.width / 2 ? left : right] += one;
    }
  }
  return shares;
}

/** Upper and lower are asked for only where each component is clear of the middle line. */
function addHalves(places: Places, mask: Mask, placed: PlacedComponent[]): void {
  const slack = OVERLAP * mask.height;
  const middle = mask.height / 2;
  const upper = placed.filter(({ component: { box } }) => box[1] + box[3] <= middle + slack);
  const lower = placed.filter(({ component: { box } }) => box[1] >= middle - slack);
  if (upper.length + lower.length !== placed.length) return;
  for (const [half, inside] of [
    ['upper', upper],
    ['lower', lower],
  ] as const) {
    const place: Place = { kind: 'half', half };
    if (inside.length === 0) places.emptyZones.push(place);
    else if (inside.some(({ clear }) => clear) && inside.every(inHalf(half)) && agrees(mask, place)) {
      places.zones.push(place);
    }
  }
}

function inHalf(half: Half): (entry: PlacedComponent) => boolean {
  return ({ zone }) => HALF_ZONES[half].includes(zone);
}

function addSides(places: Places, mask: Mask, placed: PlacedComponent[], paired: boolean): void {
  const slack = OVERLAP * mask.width;
  const middle = mask.width / 2;
  const total = maskArea(mask);
  const wholly = ({ component }: PlacedComponent) => {
    const [left, , width] = component.box;
    return sideOf(component, mask.width) === 'left' ? left + width <= middle + slack : left >= middle - slack;
  };
  if (!placed.every((entry) => !entry.clear || wholly(entry))) return;
  const smallest = paired ? LUNG_FRACTION * total : 0;
  const sides = (['left', 'right'] as const).map((side) => {
    const inside = placed.filter(({ component }) => sideOf(component, mask.width) === side);
    return { side, inside, clear: inside.some((entry) => entry.clear && entry.component.area >= smallest) };
  });
  if (paired && !sides.every(({ clear }) => clear)) return;
  for (const { side, inside, clear } of sides) {
    if (clear) places.sides.push({ kind: 'side', side });
    else if (inside.length === 0) places.emptySides.push({ kind: 'side', side });
  }
}

function sideOf({ centroid }: Component, width: number): Side {
  return centroid[0] < (width - 1) / 2 ? 'left' : 'right';
}
