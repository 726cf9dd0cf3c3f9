import { type Box, type Placement, type Point, type Zone, zoneOfComponent } from '@prs-med/imaging';
import type { Label } from '@prs-med/imaging/node';
import { describeTarget, extentOf, type Footprint, joinFootprints, turnZone } from '@prs-med/posmed';
import type { ZonesOptions } from '../commands/zones.js';
import type { FileMask } from './read-masks.js';

/** Where something lies, in the JSON document of `prs-med zones`. */
interface Place {
  readonly zone: Zone;
  readonly nearCenter: boolean;
  readonly box: Box;
  readonly centroid: Point;
  /** Of the picture. */
  readonly areaFraction: number;
  /** The share of its box that it fills. */
  readonly extent: number;
}

/** A mask's entry in the JSON document of `prs-med zones`. */
export interface ZoneEntry extends Omit<{ [Key in keyof Place]: Place[Key] | null }, 'nearCenter'> {
  readonly mask: string;
  readonly label?: Label;
  readonly nearCenter: boolean;
  readonly regions: readonly Place[];
}

export type PlaceOptions = Pick<ZonesOptions, 'rule' | 'laterality'>;

export function zoneEntry(path: string, { label, mask }: FileMask, options: PlaceOptions): ZoneEntry {
  const { width, height } = mask;
  const target = describeTarget('', '', mask, { rule: options.rule });
  const place = (placed: Placement, part: Footprint): Place => ({
    zone: options.laterality === 'patient' ? turnZone(placed.zone) : placed.zone,
    nearCenter: placed.nearCenter,
    box: part.box,
    centroid: [round(part.centroid[0], 2), round(part.centroid[1], 2)],
    areaFraction: round(part.area / (width * height), 6),
    extent: round(extentOf(part), 4),
  });
  const whole = joinFootprints(target.regions);
  const about = { mask: path, ...(label === null ? {} : { label }) };
  if (whole === null || target.zone === null) return { ...about, ...NOWHERE };
  return {
    ...about,
    ...place({ zone: target.zone, nearCenter: target.nearCenter }, whole),
    regions: target.regions.map((region) => {
      // The released code has a rule of its own for components, which `segment` follows too.
      const isReleased = options.rule === 'box';
      return place(isReleased ? zoneOfComponent(region.box, region.centroid, width, height) : region, region);
    }),
  };
}

const NOWHERE = {
  zone: null,
  nearCenter: false,
  box: null,
  centroid: null,
  areaFraction: 0,
  extent: null,
  regions: [],
} as const;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
