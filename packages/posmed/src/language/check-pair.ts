import type { Zone } from '@prs-med/imaging';
import type { Pair } from '../pair.js';
import { sideOfRegion } from '../position/find-places.js';
import { turnZone } from '../position/laterality.js';
import type { Half, Laterality, Side } from '../position/places.js';
import type { ZoneRule } from '../position/zone-rule.js';
import type { Scene, SceneRegion } from '../scene.js';
import { checkOptions } from './check-options.js';
import { checkRelations } from './check-relations.js';
import { findDiagnosis } from './diagnoses.js';
import { checkExtents } from './extents.js';
import { type NamedPlaces, type ParsedSentence, parseSentence } from './sentence.js';
import { describeTruth, type PairTruth, placeName, placeOfAsked, truthOfPair } from './truth-of-pair.js';

/**
 * Checks a pair against what is known of its picture's masks: that its truth is what the question selects, that question
 * and answer say whose sides they speak of, that the question does not give its answer away, and that nothing in the
 * answer (zones, sides, halves, presence, counts, relations, options, shares of the picture) is contradicted by the
 * masks or names a diagnosis.
 * @param rule the one that the scene was described with
 * @returns null when nothing is wrong, else the first reason in words
 */
export function checkPair(pair: Pair, scene: Scene, rule: ZoneRule = 'box'): string | null {
  const diagnosis = findDiagnosis(pair.answer, pair.target);
  if (diagnosis) return `the answer names a diagnosis, "${diagnosis}"`;
  const truth = truthOfPair(pair, scene, rule);
  if (typeof truth === 'string') return truth;
  const question = parseSentence(pair.question, pair.laterality);
  const answer = parseSentence(pair.answer, pair.laterality);
  return (
    checkReference('question', question, pair.laterality) ??
    checkReference('answer', answer, pair.laterality) ??
    checkQuestion(pair, question, truth) ??
    checkAnswer(pair, answer, truth) ??
    (pair.kind === 'multiple-choice' ? checkOptions(pair, answer, truth) : null) ??
    checkRelations(pair, question, answer, truth)
  );
}

/** Left and right mean nothing unless a sentence says whose they are. */
function checkReference(which: string, parsed: ParsedSentence, laterality: Laterality): string | null {
  if (parsed.reference === laterality || !namesSides(parsed)) return null;
  return parsed.reference === null
    ? `the ${which} names left or right and does not say whose`
    : `the ${which} speaks of the ${parsed.reference}'s sides and the pair of the ${laterality}'s`;
}

function namesSides(parsed: ParsedSentence): boolean {
  return (
    hasSide(parsed) ||
    hasSide(parsed.denied) ||
    parsed.relations.some(({ relation }) => relation === 'left-of' || relation === 'right-of')
  );
}

/** Both sides, and corners of both, are the same whoever they are of. */
function hasSide({ zones, sides }: NamedPlaces): boolean {
  return sides.length === 1 || zones.some((zone) => !zones.includes(turnZone(zone)));
}

/** The question asks for the place that the pair says, and names no other that would be its answer. */
function checkQuestion(pair: Pair, question: ParsedSentence, truth: PairTruth): string | null {
  const { kind, asked } = pair;
  if (kind === 'multiple-choice') return null;
  const place = placeOfAsked(asked);
  if (place) {
    const { zones, sides, halves } = question;
    const names = [...zones, ...sides, ...halves];
    const expected = place.kind === 'zone' ? place.zone : place.kind === 'side' ? place.side : place.half;
    if (names.length === 1 && names[0] === expected) return null;
    return `the question names ${listPlaces(question)} and asks for ${placeName(place)}`;
  }
  const named = givenAway(question);
  if (named) return `the question names ${named} and asks for no place: it gives its answer away`;
  const { count } = question;
  if (!count || !truth.target) return null;
  if (kind === 'count') return 'the question gives its answer away: it names a number';
  if (kind !== 'relation' && kind !== 'refer-all' && kind !== 'refer-largest') return null;
  const whole = describeTruth(truth.scene, truth.target, truth.target.regions, truth.rule);
  return agreesWithCount(count, whole) ? null : `the question speaks of ${count.number} and ${shows(whole)}`;
}

/** A place that a question names alone; two or more are a choice. */
function givenAway({ zones, sides, halves }: ParsedSentence): string | null {
  if (zones.length === 1) return `the ${zones[0]}`;
  if (sides.length === 1) return `the ${sides[0]} side`;
  return halves.length === 1 ? `the ${halves[0]} half` : null;
}

function checkAnswer(pair: Pair, answer: ParsedSentence, truth: PairTruth): string | null {
  const isPresent = truth.regions.length > 0;
  if (answer.presence === 'yes' && !isPresent)
    return 'the answer says that it is there and the truth is empty';
  if (answer.presence !== 'no' && !isPresent) return 'the answer does not say that there is none';
  // "Are they on one side? No, on both sides" denies something else.
  const deniesOther = pair.kind === 'relation' && (hasPlace(answer) || answer.relations.length > 0);
  if (answer.presence === 'no' && isPresent && !deniesOther) {
    return 'the answer says that there is none and the truth is not empty';
  }
  if (answer.zones.join() !== pair.zones.join()) {
    return `the answer says ${listZones(answer.zones)} and the pair's zones are ${listZones(pair.zones)}`;
  }
  // Where there is none, an answer can tell where it is instead.
  const shown =
    isPresent || !truth.target
      ? truth
      : describeTruth(truth.scene, truth.target, truth.target.regions, truth.rule);
  return (
    checkSaid(pair, answer, shown) ??
    checkDenied(answer.denied, shown) ??
    checkCount(pair, answer, truth) ??
    (isPresent ? checkExtents(pair.answer, truth) : null)
  );
}

function checkSaid(pair: Pair, answer: ParsedSentence, shown: PairTruth): string | null {
  const { zones, sides, halves, relations } = answer;
  const { clear } = shown;
  if (zones.length > 0 && !agreesWithZones(zones, shown)) {
    return `the answer says ${listZones(zones)} and the mask's zone is ${listZones(shown.zones)}`;
  }
  // "The left one is above the right one" names two by how they lie to each other.
  if (pair.kind === 'relation' && relations.length > 0) return null;
  const wrongSide =
    sides.length === 1
      ? !clear.length || clear.some((region) => sideOf(region, shown) !== sides[0])
      : sides.length === 2 && !reachesBothSides(shown);
  if (wrongSide) return `the answer says ${sides.join(' and ')} and the mask lies ${listSides(shown)}`;
  if (halves.length === 1 && (!clear.length || clear.some((region) => halfOf(region, shown) !== halves[0]))) {
    return `the answer says the ${halves[0]} half and the mask is not in that half`;
  }
  // "Left of the center" can be far from it.
  if (answer.nearCenter && NEAR.test(pair.answer) && !isNearCenter(shown)) {
    return 'the answer says near the center and the mask is not near it';
  }
  return null;
}

const NEAR = /\b(?:near|close|closer|towards?)\b/i;

/** The zone of the whole, or of each of the regions. */
function agreesWithZones(zones: readonly Zone[], { zones: whole, clear }: PairTruth): boolean {
  if (zones.length === 1 && whole.includes(zones[0]!)) return true;
  return (
    clear.every(({ zone }) => zones.includes(zone)) &&
    zones.every((zone) => clear.some((one) => one.zone === zone))
  );
}

function checkDenied({ zones, sides, halves }: NamedPlaces, shown: PairTruth): string | null {
  const { clear } = shown;
  // Regions around the center are not in it, wherever they lie as one.
  const zone = zones.find((denied) => clear.some((region) => region.zone === denied));
  if (zone) return `the answer denies the ${zone} and the mask is there`;
  const side = sides.find((denied) => clear.some((region) => sideOf(region, shown) === denied));
  if (side) return `the answer denies the ${side} side and the mask is there`;
  const half = halves.find((denied) => clear.some((region) => halfOf(region, shown) === denied));
  return half ? `the answer denies the ${half} half and the mask is there` : null;
}

function checkCount(pair: Pair, { count }: ParsedSentence, truth: PairTruth): string | null {
  if (!count || agreesWithCount(count, truth)) return null;
  const { scene, target, rule } = truth;
  if ((pair.kind === 'relation' || pair.kind === 'refer-largest') && target) {
    // "Of the two polyps, the larger one …"
    if (agreesWithCount(count, describeTruth(scene, target, target.regions, rule))) return null;
  }
  const number = count.atLeast ? `${count.number} or more` : `${count.number}`;
  return `the answer says ${number} and ${shows(truth)}`;
}

function agreesWithCount(
  count: { number: number; atLeast: boolean },
  { clear, regions }: PairTruth,
): boolean {
  return [clear.length, regions.length].some((shown) =>
    count.atLeast ? shown >= count.number : shown === count.number,
  );
}

function shows({ clear }: PairTruth): string {
  return `the mask shows ${clear.length}`;
}

function sideOf(region: SceneRegion, { scene }: PairTruth): Side {
  return sideOfRegion(region, scene.width);
}

function halfOf(region: SceneRegion, { scene }: PairTruth): Half {
  return region.centroid[1] < (scene.height - 1) / 2 ? 'upper' : 'lower';
}

/** Regions on both sides, or one over the middle. */
function reachesBothSides({ clear, scene }: PairTruth): boolean {
  const middle = scene.width / 2;
  const reaches = (side: Side) =>
    clear.some(({ box: [left, , width] }) => (side === 'left' ? left < middle : left + width > middle));
  return reaches('left') && reaches('right');
}

function listSides(shown: PairTruth): string {
  const sides = new Set(shown.clear.map((region) => sideOf(region, shown)));
  return sides.size === 0 ? 'nowhere' : `on the ${[...sides].sort().join(' and ')}`;
}

function isNearCenter({ zones, clear, target, regions }: PairTruth): boolean {
  if (zones.includes('center') || clear.some(({ nearCenter }) => nearCenter)) return true;
  return target !== null && target.regions.length === regions.length && target.nearCenter;
}

function listZones(zones: readonly Zone[]): string {
  return zones.length === 0 ? 'no zone' : zones.join(' and ');
}

function hasPlace({ zones, sides, halves }: ParsedSentence): boolean {
  return zones.length + sides.length + halves.length > 0;
}

function listPlaces({ zones, sides, halves }: ParsedSentence): string {
  const names = [...zones, ...sides, ...halves];
  return names.length === 0 ? 'no place' : names.join(' and ');
}
