import { ZONES, type Zone } from '@prs-med/imaging';
import type { Half, Laterality, Side } from '../position/places.js';

/** Places of the picture, each list without repeats: zones in the order of `ZONES`, left before right, upper before lower. */
export interface NamedPlaces {
  zones: Zone[];
  /** Sides that are named alone, as in "on the left" or "the left lung", not as a part of a corner. */
  sides: Side[];
  /** Halves that are named alone. */
  halves: Half[];
}

/** A number of regions; with `atLeast` that many or more, as "several" is at least 2. */
export interface Count {
  number: number;
  atLeast: boolean;
}

/** Which of two regions is spoken of: "the larger one", "the left one", "the one in the top-left". */
export type RegionName = 'larger' | 'smaller' | Side | Half | Zone;

/** What is said of two regions; null where a sentence leaves open which one it speaks of. */
export interface Relation {
  subject: RegionName | null;
  relation: 'left-of' | 'right-of' | 'above' | 'below' | 'larger' | 'smaller';
  object: RegionName | null;
}

/** What a sentence says about places, as far as fixed rules can tell. All sides are the picture's. */
export interface ParsedSentence extends NamedPlaces {
  /** Places that are said not to hold the target. */
  denied: NamedPlaces;
  /** Whether both sides are named together: "both sides", "bilateral", "the left and the right lung". */
  bothSides: boolean;
  /** Whether what was asked for is said to be there; null where that is left unsaid, as in a question. */
  presence: 'yes' | 'no' | null;
  count: Count | null;
  relations: Relation[];
  /** The letter of the option that is chosen, upper case. */
  choice: string | null;
  /** Whether something is said to be near the picture's center. */
  nearCenter: boolean;
  /** Whose sides the sentence says that it speaks of. */
  reference: Laterality | null;
}

type Vertical = 'top' | 'bottom';
type Token = { at: number } & (
  | { kind: 'vertical'; value: Vertical }
  | { kind: 'side'; value: Side }
  | { kind: 'center' }
);

const VERTICALS: ReadonlyMap<string, Vertical> = new Map([
  ...['top', 'topmost', 'upper', 'uppermost', 'superior', 'above'].map((word) => [word, 'top'] as const),
  ...['bottom', 'lower', 'lowermost', 'inferior', 'below', 'bottommost'].map(
    (word) => [word, 'bottom'] as const,
  ),
]);
const SIDES: ReadonlyMap<string, Side> = new Map([
  ['left', 'left'],
  ['leftmost', 'left'],
  ['right', 'right'],
  ['rightmost', 'right'],
]);
const CENTERS: ReadonlySet<string> = new Set(
  'center centre central centrally centered centred middle'.split(' '),
);
const NEARNESS: ReadonlySet<string> = new Set('near close closer toward towards beside adjacent'.split(' '));
const DENIALS =
  /\b(?:no|not|none|never|nothing|neither|nor|cannot|absent|absence)\b|n't\b|\bfree of\b|\bwithout\b/;
const CLAUSE_ENDS =
  /[.;!?]+|,\s*(?=(?:but|not|no|and not|it|they|instead|rather|only)\b)|\b(?:but|rather|instead)\b/;
const REQUEST =
  /\?|^(?:please|segment|outline|mark|find|show|highlight|delineate|trace|locate|draw|give|look|check)\b/;
const IMAGE_WORDS =
  /\b(?:image|picture|scan|slice|frame|radiograph|film|x-?ray|sonogram|photo|photograph|view)s?\b/;
const PATIENT_SIDES = /\bpatient(?:'s)? (?:\w+ )?(?:left|right)\b|\banatomic(?:al)? (?:left|right)\b/;
const NUMBERS: readonly string[] = 'zero one two three four five six seven eight nine ten'.split(' ');

/** How many other words may stand between "upper" and "left" that belong together. */
const LONGEST_GAP = 7;

/**
 * Reads a question or an answer with fixed rules: no model, the same result every time.
 * @param laterality whose sides are meant where the sentence does not say; the picture's by default
 */
export function parseSentence(text: string, laterality: Laterality = 'image'): ParsedSentence {
  const lower = text.toLowerCase().replaceAll('’', "'").trim();
  const said: NamedPlaces = { zones: [], sides: [], halves: [] };
  const denied: NamedPlaces = { zones: [], sides: [], halves: [] };
  let denies = false;
  // "No, it is in the …": the denial ends with its comma.
  for (const clause of lower.replace(/^no\s*,/, '').split(CLAUSE_ENDS)) {
    if (!clause) continue;
    const denial = DENIALS.test(clause);
    denies ||= denial;
    readClause(clause, denial ? denied : said);
  }
  const names = said.zones.length + said.sides.length + said.halves.length > 0;
  const reference = PATIENT_SIDES.test(lower) ? 'patient' : IMAGE_WORDS.test(lower) ? 'image' : null;
  const turned = (reference ?? laterality) === 'patient';
  let presence: ParsedSentence['presence'] = null;
  if (/^(?:no|none|nothing)\b/.test(lower) || (denies && !names)) presence = 'no';
  else if (!REQUEST.test(lower) && (names || /^yes\b|\bthere (?:is|are)\b/.test(lower))) presence = 'yes';
  const bothSides = said.sides.length === 2 || /\bboth sides\b|\bbilateral/.test(lower);
  return {
    ...tidy(said, turned),
    denied: tidy(denied, turned),
    bothSides,
    presence,
    count: countOf(lower),
    relations: [],
    choice: /^\(?([a-f])[).:]/.exec(lower)?.[1]?.toUpperCase() ?? null,
    nearCenter: /\b(?:near|close to|towards?) the (?:cent|middle)/.test(lower),
    reference,
  };
}

function tidy(places: NamedPlaces, turned: boolean): NamedPlaces {
  const turn = (name: string) =>
    turned ? name.replace(/left|right/, (side) => (side === 'left' ? 'right' : 'left')) : name;
  const zones = new Set(places.zones.map(turn));
  const sides = new Set(places.sides.map(turn));
  return {
    zones: ZONES.filter((zone) => zones.has(zone)),
    sides: (['left', 'right'] as const).filter((side) => sides.has(side)),
    halves: (['upper', 'lower'] as const).filter((half) => places.halves.includes(half)),
  };
}

function countOf(text: string): Count | null {
  if (/\b(?:several|multiple|more than one)\b/.test(text)) return { number: 2, atLeast: true };
  const found =
    /\b(single|zero|one|two|three|four|five|six|seven|eight|nine|ten|\d+) (?:\w+ )?(?:polyp|lesion|tumou?r|mass|lung|region|infection|nodule|growth|area|finding)(?:e?s)?\b/.exec(
      text,
    )?.[1];
  if (!found) return null;
  if (found === 'single') return { number: 1, atLeast: false };
  const word = NUMBERS.indexOf(found);
  return { number: word >= 0 ? word : Number(found), atLeast: false };
}

function readClause(clause: string, into: NamedPlaces): void {
  const words = clause.match(/[a-z]+/g) ?? [];
  const tokens: Token[] = [];
  words.forEach((word, at) => {
    const vertical = VERTICALS.get(word);
    const side = SIDES.get(word);
    if (vertical) tokens.push({ at, kind: 'vertical', value: vertical });
    else if (side) tokens.push({ at, kind: 'side', value: side });
    else if (CENTERS.has(word)) tokens.push({ at, kind: 'center' });
  });
  const used = new Set<Token>();
  // Words side by side belong together before words further apart do: "the left lung is at the bottom right".
  for (let gap = 0; gap <= LONGEST_GAP; gap++) {
    for (let position = 0; position + 1 < tokens.length; position++) {
      const first = tokens[position]!;
      const second = tokens[position + 1]!;
      if (used.has(first) || used.has(second) || second.at - first.at !== gap + 1) continue;
      const zone = cornerOf(first, second);
      if (!zone) continue;
      into.zones.push(zone);
      used.add(first).add(second);
      const shared = sharedCorner(tokens, words, position, second);
      if (shared) {
        into.zones.push(shared);
        used.add(tokens[position + 2]!);
      }
    }
  }
  const hasCorner = into.zones.length > 0;
  for (const token of tokens) {
    if (used.has(token)) continue;
    if (token.kind === 'side') into.sides.push(token.value);
    else if (token.kind === 'vertical') into.halves.push(token.value === 'top' ? 'upper' : 'lower');
    else {
      // "in the top-left, near the center" is still the top-left.
      const before = words.slice(Math.max(0, token.at - 3), token.at);
      if (!hasCorner || !before.some((word) => NEARNESS.has(word))) into.zones.push('center');
    }
  }
}

function cornerOf(first: Token, second: Token): Zone | null {
  if (first.kind === 'vertical' && second.kind === 'side') return `${first.value}-${second.value}`;
  if (first.kind === 'side' && second.kind === 'vertical') return `${second.value}-${first.value}`;
  return null;
}

/** "top left and right" names two corners: the last word shares the first one's other half. */
function sharedCorner(tokens: Token[], words: string[], position: number, second: Token): Zone | null {
  const third = tokens[position + 2];
  const fourth = tokens[position + 3];
  if (!third || third.kind !== second.kind || third.at !== second.at + 2) return null;
  if (words[second.at + 1] !== 'and' && words[second.at + 1] !== 'or') return null;
  if (fourth && fourth.at === third.at + 1) return null; // it has a partner of its own
  return cornerOf(tokens[position]!, third);
}
