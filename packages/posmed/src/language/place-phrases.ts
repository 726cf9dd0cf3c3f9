import { ZONES, type Zone } from '@prs-med/imaging';
import type { Half, Side } from '../position/places.js';
import { wordSet } from './lexicon.js';
import { findPlaceWords, type PlaceWord, type Vertical } from './place-words.js';
import type { Word } from './words.js';

/** A zone, side or half, and the words that name it. */
export interface PlaceMention {
  name: Zone | Side | Half;
  first: number;
  last: number;
  /** Whether it is the center and only said to be near. */
  isNear: boolean;
}

/** The places that some words name, in the order of the words. */
export interface PlacePhrases {
  mentions: PlaceMention[];
  nearCenter: boolean;
  /** Whether a word names both sides at once, alone: "both lungs", "the left and the right". */
  bothSides: boolean;
}

/** In the way of two words that would make a corner. */
const PARTING = wordSet('one other another second first than two');
const CONTENT_VERBS = wordSet(
  'shows show has have contains contain demonstrates exhibits with infected affected involved reveals',
);

/** How many other words may stand between "upper" and "left" that belong together. */
const LONGEST_GAP = 7;

/**
 * Finds places.
 * @param sideAt the picture's side that the word "left" or "right" at a place means
 * @param taken words that mean something else, as in "to the left of the larger one"
 */
export function findPlacePhrases(
  words: readonly Word[],
  from: number,
  to: number,
  sideAt: (at: number) => Side,
  taken: ReadonlySet<number>,
): PlacePhrases {
  const items = joinLists(words, findPlaceWords(words, from, to, sideAt, taken));
  const mentions: PlaceMention[] = [];
  const phrases: PlacePhrases = { mentions, nearCenter: false, bothSides: false };
  addQuadrants(words, from, to, mentions);
  if (items.length === 0) return phrases;
  pairCorners(words, items, mentions);
  for (const item of items) {
    if (item.used || item.kind === 'center') continue;
    for (const name of item.sides) mentions.push(mention(name, item.first, item.last));
    for (const height of item.heights) mentions.push(mention(halfOf(height), item.first, item.last));
    if (item.hasMiddle) mentions.push(mention('center', item.first, item.last));
    if (item.both) phrases.bothSides = true;
  }
  const hasOther = mentions.length > 0;
  items.forEach((item, index) => {
    if (item.kind !== 'center') return;
    const meaning = readCenter(words, items, index, hasOther);
    if (meaning.near) phrases.nearCenter = true;
    if (meaning.isPlace) mentions.push(mention('center', item.first, item.last, meaning.near));
  });
  mentions.sort((a, b) => a.first - b.first);
  return phrases;
}

function mention(name: PlaceMention['name'], first: number, last: number, isNear = false): PlaceMention {
  return { name, first, last, isNear };
}

/** Makes one item of "left and right", "upper/lower" and "upper, middle and lower". */
function joinLists(words: readonly Word[], items: PlaceWord[]): PlaceWord[] {
  const joined: PlaceWord[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = items[index]!;
    const last = joined.at(-1);
    const isMiddle = item.kind === 'center' && last?.kind === 'height';
    if (
      !last ||
      (last.kind !== item.kind && !isMiddle) ||
      last.kind === 'center' ||
      !isListed(words, last, item)
    ) {
      joined.push(item);
      continue;
    }
    const next = items[index + 1];
    if (isMiddle) {
      // "upper, middle and lower", but not "the top and the center"
      if (next?.kind !== 'height' || !isListed(words, item, next)) {
        joined.push(item);
        continue;
      }
      last.hasMiddle = true;
    } else {
      const before = joined.at(-2);
      const hasOwn = before && isOpposite(before, last) && isAdjacent(words, before, last);
      const nextHasOwn = next && isOpposite(item, next) && isAdjacent(words, item, next);
      // "upper left and right lower" are two corners.
      if (hasOwn && nextHasOwn) {
        joined.push(item);
        continue;
      }
      last.both ||= last.kind === 'side' && last.sides[0] !== item.sides[0] && joinsByAnd(words, last, item);
    }
    last.heights.push(...item.heights);
    last.sides.push(...item.sides);
    last.last = item.last;
  }
  return joined;
}

function isListed(words: readonly Word[], before: PlaceWord, after: PlaceWord): boolean {
  if (after.first - before.last > 4) return false;
  let joins = words[after.first]!.mark === ',' || words[after.first]!.mark === '/';
  for (let at = before.last + 1; at < after.first; at++) {
    const { kind, text } = words[at]!;
    if (kind === 'and' || kind === 'or') joins = true;
    else if (kind !== 'article' && text !== 'in' && text !== 'on') return false;
  }
  return joins;
}

function joinsByAnd(words: readonly Word[], before: PlaceWord, after: PlaceWord): boolean {
  for (let at = before.last + 1; at < after.first; at++) if (words[at]!.kind === 'and') return true;
  return words[after.first]!.mark === '/';
}

function isOpposite(a: PlaceWord, b: PlaceWord): boolean {
  return (a.kind === 'height' && b.kind === 'side') || (a.kind === 'side' && b.kind === 'height');
}

/** Side by side, "hand" and "sided" not counted: "left-hand upper". */
function isAdjacent(words: readonly Word[], before: PlaceWord, after: PlaceWord): boolean {
  const { mark } = words[after.first]!;
  if (mark !== '' && mark !== '/') return false;
  const gap = after.first - before.last - 1;
  const between = words[before.last + 1]!.text;
  return gap <= 0 || (gap === 1 && (between === 'hand' || between === 'sided'));
}

/** Makes corners: words side by side belong together before words further apart do. */
function pairCorners(words: readonly Word[], items: readonly PlaceWord[], mentions: PlaceMention[]): void {
  const placed = items.filter(({ kind }) => kind !== 'center');
  if (placed.length < 2) return;
  for (let gap = 0; gap <= LONGEST_GAP; gap++) {
    for (let index = 0; index + 1 < placed.length; index++) {
      const before = placed[index]!;
      const after = placed[index + 1]!;
      if (before.used || after.used || !isOpposite(before, after)) continue;
      if (Math.max(0, after.first - before.last - 1) !== gap || areParted(words, before, after)) continue;
      before.used = true;
      after.used = true;
      const [height, side] = before.kind === 'height' ? [before, after] : [after, before];
      for (const vertical of height.heights) {
        for (const name of side.sides) {
          mentions.push(mention(`${vertical}-${name}`, before.first, after.last));
        }
      }
      // The middle of a side is no zone.
      if (height.hasMiddle) {
        for (const name of side.sides) mentions.push(mention(name, before.first, after.last));
      }
    }
  }
}

/** Whether the words between say that two places belong to two things, or that one only names the thing. */
function areParted(words: readonly Word[], before: PlaceWord, after: PlaceWord): boolean {
  let hasCopula = false;
  let hasContent = false;
  for (let at = before.last + 1; at < after.first; at++) {
    const { kind, text } = words[at]!;
    if (PARTING.has(text) && at > before.last + 1) return true;
    if (kind === 'copula' || text === 'seen' || text === 'visible' || text === 'found') hasCopula = true;
    if (CONTENT_VERBS.has(text)) hasContent = true;
  }
  // "The left lung is in the upper half": "left" tells which one.
  const next = words[before.last + 1]!;
  const isName =
    next.kind === 'finding' ||
    next.text === 'one' ||
    (next.kind === 'paired' && !next.text.startsWith('side'));
  return isName && hasCopula && !hasContent;
}

function halfOf(height: Vertical): Half {
  return height === 'top' ? 'upper' : 'lower';
}

/** What the word "center" at an item means, seeing the places around it. */
function readCenter(
  words: readonly Word[],
  items: readonly PlaceWord[],
  index: number,
  hasOther: boolean,
): { isPlace: boolean; near: boolean } {
  const at = items[index]!.first;
  const before = items[index - 1];
  const after = items[index + 1];
  const next = words[at + 1]!;
  // "bottom right center" is near it, "top center" and "center-left" are not.
  if (before && before.last === at - 1 && words[at]!.mark === '')
    return { isPlace: false, near: before.used };
  if (after && after.first === at + 1 && words[after.first]!.mark === '') {
    return { isPlace: false, near: after.used };
  }
  // "the middle of the left half"
  if (after && next.text === 'of' && after.first - at <= 3 && isPartOf(words, after)) {
    return { isPlace: false, near: false };
  }
  let back = at - 1;
  while (back >= 0 && (words[back]!.kind === 'article' || words[back]!.text === 'very')) back--;
  const lead = words[back];
  if (lead) {
    // "left of center", "just below the center"
    const beforeLead = lead.text === 'of' || lead.text === 'from' ? back - 1 : back;
    if (before && before.last === beforeLead) return { isPlace: false, near: true };
    const isFrom = lead.text === 'from' && words[back - 1]?.kind === 'away';
    if (lead.kind === 'away' || isFrom) {
      const far = isFrom ? back - 1 : back;
      const isNotFar = words[far]!.text === 'far' && words[far - 1]?.kind === 'not';
      return { isPlace: isNotFar && !hasOther, near: isNotFar };
    }
  }
  for (let word = at - 1; word >= Math.max(0, at - 3); word--) {
    if (words[word]!.kind === 'near') return { isPlace: !hasOther, near: true };
    if (words[word + 1]!.mark !== '') break;
  }
  const isParticiple = words[at]!.text === 'centered' || words[at]!.text === 'centred';
  return { isPlace: !(isParticiple && hasOther), near: false };
}

function isPartOf(words: readonly Word[], item: PlaceWord): boolean {
  const next = words[item.last + 1]!;
  return next.kind === 'part' || next.kind === 'paired' || item.used;
}

/** "all four quadrants", "every corner" */
function addQuadrants(words: readonly Word[], from: number, to: number, mentions: PlaceMention[]): void {
  for (let at = from + 1; at < to; at++) {
    const { kind, text } = words[at]!;
    if (kind !== 'corners' && text !== 'quadrant' && text !== 'corner') continue;
    let back = at - 1;
    while (
      back >= from &&
      (words[back]!.text === 'four' || words[back]!.text === 'the' || words[back]!.text === 'of')
    ) {
      back--;
    }
    const before = words[back]?.text;
    if (before === 'all' || before === 'every' || before === 'each' || words[at - 1]!.text === 'four') {
      for (const name of ZONES) if (name !== 'center') mentions.push(mention(name, at, at));
    }
  }
}
