import type { Zone } from '@prs-med/imaging';
import type { Asked, Pair } from '../pair.js';
import { clearRegions, findPlaces, regionsOfPlace, zoneOfRegions } from '../position/find-places.js';
import type { Half, Place } from '../position/places.js';
import type { ZoneRule } from '../position/zone-rule.js';
import type { Scene, SceneRegion, SceneTarget } from '../scene.js';

/** What the masks show of what a pair speaks of. */
export interface PairTruth {
  scene: Scene;
  /** The target of the pair's name; null where the picture has none. */
  target: SceneTarget | null;
  /** The regions that are the truth, specks too. */
  regions: readonly SceneRegion[];
  /** Those that are no specks. */
  clear: readonly SceneRegion[];
  /** The zones that they can be said to lie in as a whole: with specks and without. */
  zones: readonly Zone[];
  rule: ZoneRule;
}

/**
 * Finds the truth of a pair, and whether it is what the kind and the asked position select in the picture.
 * @returns in words what is wrong with it, or the truth
 */
export function truthOfPair(pair: Pair, scene: Scene, rule: ZoneRule): PairTruth | string {
  const target = findTarget(pair, scene);
  const regions: SceneRegion[] = [];
  for (const id of pair.truth) {
    if (target?.id === id) {
      regions.push(...target.regions);
      continue;
    }
    const region = target?.regions.find((candidate) => candidate.id === id);
    if (!region) return `the truth "${id}" is no region of a "${pair.target}" in the picture`;
    regions.push(region);
  }
  const wrong = wrongTruth(pair, scene, target, regions, rule);
  return wrong ?? describeTruth(scene, target, regions, rule);
}

/** @param regions of the target */
export function describeTruth(
  scene: Scene,
  target: SceneTarget | null,
  regions: readonly SceneRegion[],
  rule: ZoneRule,
): PairTruth {
  const clearOfTarget = target ? clearRegions(target) : [];
  const isWhole = target !== null && regions.length === target.regions.length;
  const inTruth = isWhole ? clearOfTarget : clearOfTarget.filter((region) => regions.includes(region));
  const clear = inTruth.length > 0 ? inTruth : regions;
  const zones: Zone[] = [];
  const whole = isWhole ? target.zone : zoneOfRegions(scene, regions, rule);
  if (whole) zones.push(whole);
  if (clear.length < regions.length) {
    const zone = zoneOfRegions(scene, clear, rule);
    if (zone && zone !== whole) zones.push(zone);
  }
  return { scene, target, regions, clear, zones, rule };
}

function findTarget({ target, truth }: Pair, scene: Scene): SceneTarget | null {
  const named = scene.targets.filter((candidate) => candidate.target === target);
  const [id] = truth;
  return (
    named.find((candidate) => id === candidate.id || id?.startsWith(`${candidate.id}#`)) ?? named[0] ?? null
  );
}

/** What is wrong with a truth; null for nothing. */
function wrongTruth(
  pair: Pair,
  scene: Scene,
  target: SceneTarget | null,
  truth: readonly SceneRegion[],
  rule: ZoneRule,
): string | null {
  const { kind, asked } = pair;
  const all = target?.regions ?? [];
  if (kind === 'absent-target') {
    if (all.length > 0) return `the question takes the ${pair.target} for absent and the mask shows it`;
    return truth.length > 0 ? 'the truth of an absent target is not empty' : null;
  }
  if (kind === 'absent-zone') {
    const place = placeOfAsked(asked);
    if (!place) return 'the question asks for no place';
    if (truth.length > 0) return 'the truth of an absent place is not empty';
    return target && !isEmptyPlace(scene, target, place, rule)
      ? `the question takes ${placeName(place)} for empty and the mask reaches there`
      : null;
  }
  let expected: readonly SceneRegion[];
  if (kind === 'refer-zone' || kind === 'refer-side') {
    const place = placeOfAsked(asked);
    if (!place || (kind === 'refer-side' && place.kind !== 'side'))
      return 'the question asks for no such place';
    expected = target ? regionsOfPlace(scene, target, place) : [];
    if (expected.length === 0)
      return `the question asks for ${placeName(place)} and the mask shows none there`;
  } else if (kind === 'refer-largest') {
    const largest = all.reduce<SceneRegion | null>(
      (most, one) => (most && most.area >= one.area ? most : one),
      null,
    );
    expected = largest ? [largest] : [];
  } else if (kind === 'relation' && !asked.all) {
    const clear = target ? clearRegions(target) : [];
    if (clear.length !== 2) return `the question compares two and the mask shows ${clear.length}`;
    expected = truth.length === 1 && clear.includes(truth[0]!) ? truth : clear;
    if (expected !== truth) return 'the truth of a comparison is not one of the two';
  } else {
    if (!asked.all || placeOfAsked(asked))
      return `a question of the kind "${kind}" asks for all of the target`;
    expected = all;
  }
  const isSame = expected.length === truth.length && expected.every((region) => truth.includes(region));
  return isSame ? null : 'the truth is not what the question asks for';
}

/** The place that is asked for; null for none. */
export function placeOfAsked({ zones, side }: Asked): Place | null {
  if (side) return zones.length === 0 ? { kind: 'side', side } : null;
  const [first, second] = zones;
  if (!first) return null;
  if (!second) return { kind: 'zone', zone: first };
  const half: Half | null =
    first === 'top-left' && second === 'top-right'
      ? 'upper'
      : first === 'bottom-left' && second === 'bottom-right'
        ? 'lower'
        : null;
  return half && zones.length === 2 ? { kind: 'half', half } : null;
}

function isEmptyPlace(scene: Scene, target: SceneTarget, place: Place, rule: ZoneRule): boolean {
  if (target.regions.length === 0) return true;
  const { emptyZones, emptySides } = findPlaces(scene, target, false, rule);
  const name = placeName(place);
  return [...emptyZones, ...emptySides].some((empty) => placeName(empty) === name);
}

/** "the top-left", "the left side", "the upper half". */
export function placeName(place: Place): string {
  if (place.kind === 'zone') return `the ${place.zone}`;
  return place.kind === 'side' ? `the ${place.side} side` : `the ${place.half} half`;
}
