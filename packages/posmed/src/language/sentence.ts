import { ZONES, type Zone } from '@prs-med/imaging';
import type { Half, Laterality, Side } from '../position/places.js';
import { findClauses } from './clauses.js';
import { type Count, findCount } from './counts.js';
import type { Clause } from './denials.js';
import { findPlacePhrases, type PlaceMention } from './place-phrases.js';
import { findRelationWords, type Relation, relateRegionNames } from './relations.js';
import { findWhoseSides } from './whose-sides.js';
import { splitWords, type Word } from './words.js';

export type { Count } from './counts.js';
export type { RegionName, Relation } from './relations.js';

/** Places of the picture, without repeats: zones in the order of `ZONES`, left before right, upper before lower. */
export interface NamedPlaces {
  zones: Zone[];
  /** Sides that are named alone, as in "on the left" or "the left lung", not as a part of a corner. */
  sides: Side[];
  /** Halves that are named alone. */
  halves: Half[];
}

/** What a text says about places, as far as fixed rules can tell. All sides are the picture's. */
export interface ParsedSentence extends NamedPlaces {
  /** Places that are said not to hold the target. */
  denied: NamedPlaces;
  /** Whether both sides are named together: "both sides", "bilateral", "the left and the right lung". */
  bothSides: boolean;
  /**
   * Whether what was asked for is said to be there. A yes or no at the beginning decides; null where it is left unsaid, as
   * in a question, in "I cannot tell" and in "cannot be ruled out".
   */
  presence: 'yes' | 'no' | null;
  count: Count | null;
  /** What is said or asked of two regions; "the larger one is on the left" is "the left one is the larger". */
  relations: Relation[];
  /** The letter of the option that is chosen, upper case. */
  choice: string | null;
  /** Whether something is said to be near the picture's center. */
  nearCenter: boolean;
  /** Whose sides the text says that it speaks of. */
  reference: Laterality | null;
}

/**
 * Reads a question or an answer with fixed rules: no model, the same result every time. Rules where usage is not one:
 * - "towards the middle" and "near the center" are the center where nothing else is named, else only near it.
 * - "bottom center" is the lower half, "center-left" the left side; "bottom right center" is the bottom right, near the
 *   center.
 * - "superior" is upper and "inferior" lower; a lung's base is lower and its apex upper. Positions by the clock are not
 *   read: in breast ultrasound they are the breast's.
 * - In "the left lung is in the bottom-right" the side is a side by itself, and the zone is the bottom-right.
 * @param laterality whose sides are meant where the text does not say; the picture's by default
 */
export function parseSentence(text: string, laterality: Laterality = 'image'): ParsedSentence {
  const words = splitWords(text);
  const { clauses, verdict } = findClauses(words);
  const { reference, sideAt } = findWhoseSides(words, laterality);
  let said: PlaceMention[] = [];
  const denied: PlaceMention[] = [];
  const relations: Relation[] = [];
  let nearCenter = false;
  let bothSides = false;
  for (const { from, to, sense } of clauses) {
    if (sense === 'open') continue;
    const related = findRelationWords(words, from, to, sideAt);
    const phrases = findPlacePhrases(words, from, to, sideAt, related.taken);
    if (sense === 'denied') {
      denied.push(...phrases.mentions);
      // "every quadrant except the lower left"
      if (words[from]!.kind === 'except') said = without(said, phrases.mentions);
      continue;
    }
    said.push(...phrases.mentions);
    nearCenter ||= phrases.nearCenter;
    bothSides ||= phrases.bothSides;
    if (sense === 'said' || related.relations.length > 0) {
      relations.push(...relateRegionNames(related, phrases.mentions));
    }
  }
  // "It is in the upper left; its edge is near the center." is no second place.
  if (said.some(({ isNear }) => !isNear)) said = said.filter(({ isNear }) => !isNear);
  const count = findCount(words, clauses);
  const { zones, sides, halves } = namedPlaces(said);
  return {
    zones,
    sides,
    halves,
    denied: namedPlaces(denied),
    bothSides,
    presence: verdict ?? presenceOf(words, clauses, said.length > 0, count, relations.length > 0),
    count,
    relations,
    choice: findChoice(text),
    nearCenter,
    reference,
  };
}

function without(mentions: PlaceMention[], others: readonly PlaceMention[]): PlaceMention[] {
  return mentions.filter(({ name }) => others.every((other) => other.name !== name));
}

function namedPlaces(mentions: readonly PlaceMention[]): NamedPlaces {
  if (mentions.length === 0) return { zones: [], sides: [], halves: [] };
  const has = (name: PlaceMention['name']) => mentions.some((mention) => mention.name === name);
  return { zones: ZONES.filter(has), sides: SIDES.filter(has), halves: HALVES.filter(has) };
}

const SIDES: readonly Side[] = ['left', 'right'];
const HALVES: readonly Half[] = ['upper', 'lower'];

/** Places and numbers say that the target is there, then denials that it is not, then words like "seen" that it is. */
function presenceOf(
  words: readonly Word[],
  clauses: readonly Clause[],
  hasPlaces: boolean,
  count: Count | null,
  hasRelations: boolean,
): 'yes' | 'no' | null {
  const states = clauses.some(({ sense }) => sense === 'said');
  if (states && (hasPlaces || hasRelations || (count && count.number > 0))) return 'yes';
  if (count?.number === 0 || clauses.some(({ sense, aboutOthers }) => sense === 'denied' && !aboutOthers))
    return 'no';
  return clauses.some((clause) => clause.sense === 'said' && saysExists(words, clause)) ? 'yes' : null;
}

function saysExists(words: readonly Word[], { from, to }: Clause): boolean {
  for (let at = from; at < to; at++) {
    const { kind } = words[at]!;
    if (kind === 'exists' || kind === 'finding') return true;
    // "It is at the fold."
    if (kind === 'copula' && /^(?:in|on|at|within)$/.test(words[at + 1]!.text)) return true;
  }
  return false;
}

/** "(B)", "B.", "option b", "the answer is B", where no other letter stands beside it. */
const CHOICE =
  /\(([a-f])\)|^\s*([a-f])(?:[).:]|\s*$)|\b(?:option|choice|answer(?: is)?|letter)(?::)? \(?([a-f])(?![a-z'])/gi;

function findChoice(text: string): string | null {
  let choice: string | null = null;
  CHOICE.lastIndex = 0;
  for (let match = CHOICE.exec(text); match; match = CHOICE.exec(text)) {
    const letter = match[1] ?? match[2] ?? match[3]!;
    // "The answer is a polyp."
    if (match[3] === 'a' && /^answer/i.test(match[0])) continue;
    const upper = letter.toUpperCase();
    if (choice !== null && choice !== upper) return null;
    choice = upper;
  }
  return choice;
}
