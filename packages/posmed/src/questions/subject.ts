import { ZONES, type Zone } from '@prs-med/imaging';
import { clearRegions, findPlaces, type Places, zoneOfRegions } from '../position/find-places.js';
import type { Half, Side } from '../position/places.js';
import type { ZoneRule } from '../position/zone-rule.js';
import type { Scene, SceneRegion, SceneTarget } from '../scene.js';
import { type TargetWords, targetWords } from './vocabulary.js';

/** What can be said of a target of a picture. */
export interface Subject {
  scene: Scene;
  /** The one that the scene was described with. */
  rule: ZoneRule;
  target: SceneTarget;
  words: TargetWords;
  /** Its regions that are more than specks. */
  clear: readonly SceneRegion[];
  places: Places;
  /** Of all of it, but of no specks; null when it is not there. */
  zone: Zone | null;
  /** Those that an answer names, see `zonesToName`; none when it is not there. */
  zones: readonly Zone[];
  /** Whether an answer names one zone, which is also that of the mask by the rule, specks and all. */
  isZoneSure: boolean;
  /** The quadrant, side and half that it lies in without doubt. */
  quadrant: Zone | null;
  side: Side | null;
  half: Half | null;
  /** Whether the center is its zone as a whole, and that of none of its regions. */
  isSpread: boolean;
  /** Whether some of its regions are wholly on one side of the picture and the others on the other. */
  isOnBothSides: boolean;
  /** Whether "the lesion" can mean nothing else in the picture. */
  isOnlyFinding: boolean;
  /** Whether the whole is spoken of in the plural. */
  isMany: boolean;
}

/** The share of a target's pixels in a quadrant from which on it is said to lie there. */
const QUADRANT_SHARE = 0.8;
/** How far over the middle lungs may reach, as a share of the width, before they may be two that are joined. */
const JOINED_OVERLAP = 0.1;

/** What the facts of a scene say of one of its targets. */
export function describeSubject(scene: Scene, target: SceneTarget, rule: ZoneRule): Subject {
  const words = targetWords(target.target, scene.modality);
  const clear = clearRegions(target);
  const seen = clear.length > 0 ? clear : target.regions;
  const places = findPlaces(scene, target, words.paired, rule);
  const whole = clear.length > 0 ? zoneOfRegions(scene, clear, rule) : target.zone;
  const zones = zonesToName(whole, seen);
  const zone = zones.length === 1 ? zones[0]! : whole;
  const isCorner = zone !== null && zone !== 'center';
  const isOnBothSides = places.sides.length === 2;
  return {
    scene,
    rule,
    target,
    words,
    clear,
    places,
    zone,
    zones,
    isZoneSure: zones.length === 1 && zone === target.zone,
    quadrant: isCorner && zones.length === 1 && target.quarters[zone] >= QUADRANT_SHARE ? zone : null,
    side: isCorner ? onlySide(places) : null,
    half: isCorner ? onlyHalf(places) : null,
    isSpread: zone === 'center' && seen.every((region) => region.zone !== 'center' && !region.nearCenter),
    isOnBothSides,
    isOnlyFinding: scene.targets.every((other) => other === target || !targetWords(other.target).finding),
    isMany: !words.unique && (words.paired ? isOnBothSides || isJoined(scene, seen) : seen.length > 1),
  };
}

/**
 * The zones that an answer names for regions: the one that each lies in; the center where that is theirs as one; else
 * those of each, as none of them stands for all.
 * @param zone theirs as one; null for no regions
 */
export function zonesToName(zone: Zone | null, regions: readonly SceneRegion[]): readonly Zone[] {
  const each = ZONES.filter((other) => regions.some((region) => region.zone === other));
  return zone === 'center' && each.length > 1 ? [zone] : each;
}

function onlySide({ sides, emptySides }: Places): Side | null {
  const [place] = sides;
  return sides.length === 1 && emptySides.length === 1 && place!.kind === 'side' ? place!.side : null;
}

function onlyHalf({ zones, emptyZones }: Places): Half | null {
  const full = zones.filter((place) => place.kind === 'half');
  return full.length === 1 && emptyZones.some(({ kind }) => kind === 'half') ? full[0]!.half : null;
}

/** Whether lungs may have grown into one region, or lie on both sides though not clearly. */
function isJoined({ width }: Scene, regions: readonly SceneRegion[]): boolean {
  const slack = JOINED_OVERLAP * width;
  const left = Math.min(...regions.map(({ box }) => box[0]));
  const right = Math.max(...regions.map(({ box }) => box[0] + box[2]));
  return left < width / 2 - slack && right > width / 2 + slack;
}
