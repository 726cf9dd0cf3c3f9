import type { Side } from '../position/places.js';
import { type WordKind, wordSet } from './lexicon.js';
import { isSideWord } from './side-words.js';
import type { Word } from './words.js';

export type Vertical = 'top' | 'bottom';

/** Words that name heights, sides or the center; several where they are joined: "left and right". */
export interface PlaceWord {
  kind: 'height' | 'side' | 'center';
  heights: Vertical[];
  sides: Side[];
  /** Of a list of heights: "upper, middle and lower". */
  hasMiddle: boolean;
  /** Whether both sides are named as such. */
  both: boolean;
  first: number;
  last: number;
  used: boolean;
}

/** What "lower contrast" and "upper limb" speak of is no place. */
const QUALITIES = wordSet(
  'than contrast intensity density signal confidence resolution quality grade risk limb limbs extremity extremities leg legs ' +
    'arm arms back gi respiratory gastrointestinal body dose attenuation echogenicity uptake probability likelihood limit',
);
const QUALITY_SUBJECTS = wordSet('contrast intensity density signal brightness echogenicity attenuation');
const TOP_PHRASES = wordSet('priority choice candidate');
/** A finding's own parts: "its upper border". */
const OWN = wordSet('its their');
/** "A pale center", "a central scar", "the middle lobe" are no center of the picture. */
const CENTRAL_THINGS = wordSet(
  'depression scar necrosis ulcer ulceration calcification calcifications dip nervous venous line sulcus canal catheter ' +
    'airway airways vein pigment pigmentation vessel vessels enhancement lucency lobe ear finger aged cerebral meningeal',
);
/** Between "above" and "the center": "above and slightly to the left of the center". */
const LEADING_KINDS: ReadonlySet<WordKind> = new Set<WordKind>([
  'article',
  'and',
  'or',
  'left',
  'right',
  'above',
  'below',
  'preposition',
]);
const LEADING_WORDS = wordSet('slightly just very geometric');
/** Finds words that name places, each by itself, but not where they mean something else. */
export function findPlaceWords(
  words: readonly Word[],
  from: number,
  to: number,
  sideAt: (at: number) => Side,
  taken: ReadonlySet<number>,
): PlaceWord[] {
  const items: PlaceWord[] = [];
  for (let at = from; at < to; at++) {
    if (taken.has(at)) continue;
    const { kind } = words[at]!;
    if (kind === 'left' || kind === 'right') {
      if (isSideWord(words, at) && !isOwnPart(words, at)) items.push(sideItem([sideAt(at)], at, at, false));
    } else if (kind === 'top' || kind === 'bottom') {
      if (isHeight(words, at) && !isOwnPart(words, at)) items.push(heightItem([kind], at));
    } else if (kind === 'above' || kind === 'below') {
      if (leadsToCenter(words, at, to)) items.push(heightItem([kind === 'above' ? 'top' : 'bottom'], at));
    } else if (kind === 'apex' || kind === 'base') {
      if (words[at]!.text.startsWith('bi')) items.push(sideItem(['left', 'right'], at, at, false));
      if (isLungEnd(words, at, from, to)) items.push(heightItem([kind === 'apex' ? 'top' : 'bottom'], at));
    } else if (kind === 'center') {
      if (isCenter(words, at)) items.push(centerItem(at));
    } else if (kind === 'both' || kind === 'bilateral') {
      const item = readBoth(words, at, to);
      if (item) items.push(item);
    }
  }
  return completeCorners(words, items);
}

function centerItem(at: number): PlaceWord {
  return makeItem('center', [], [], at, at);
}

function makeItem(
  kind: PlaceWord['kind'],
  heights: Vertical[],
  sides: Side[],
  first: number,
  last: number,
): PlaceWord {
  return { kind, heights, sides, hasMiddle: false, both: false, first, last, used: false };
}

function sideItem(sides: Side[], first: number, last: number, both: boolean): PlaceWord {
  const item = makeItem('side', [], sides, first, last);
  item.both = both;
  return item;
}

function heightItem(heights: Vertical[], at: number): PlaceWord {
  return makeItem('height', heights, [], at, at);
}

function isHeight(words: readonly Word[], at: number): boolean {
  const { text } = words[at]!;
  const next = words[at + 1]!;
  const follows = next.mark === '' ? next.text : '';
  if (QUALITIES.has(follows)) return false;
  if (text === 'top') {
    // "on top of the fold"
    if (words[at - 1]?.text === 'on' && follows === 'of') return false;
    return !TOP_PHRASES.has(follows);
  }
  if (text === 'bottom') return follows !== 'line';
  if (text === 'lower') {
    for (let back = at - 1; back >= Math.max(0, at - 3); back--) {
      if (QUALITY_SUBJECTS.has(words[back]!.text)) return false;
    }
  }
  return true;
}

/** "its upper border", "the left edge of the lesion": where on the finding, not where in the picture. */
function isOwnPart(words: readonly Word[], at: number): boolean {
  const next = words[at + 1]!;
  if (next.mark !== '') return false;
  const isBorder =
    next.text === 'border' || next.text === 'margin' || next.text === 'edge' || next.text === 'pole';
  if (OWN.has(words[at - 1]?.text ?? '')) return isBorder || next.kind === 'part' || next.text === 'surface';
  return isBorder && words[at + 2]?.text === 'of' && words[at + 4]?.kind === 'finding';
}

/** "above the center", "below and to the left of the midline" */
function leadsToCenter(words: readonly Word[], at: number, to: number): boolean {
  for (let next = at + 1; next < Math.min(at + 8, to); next++) {
    const { kind, text } = words[next]!;
    if (kind === 'center' || kind === 'midline') return true;
    if (!LEADING_KINDS.has(kind) && !LEADING_WORDS.has(text)) return false;
  }
  return false;
}

/** "left base", "apex of the right lung", "lung bases" */
function isLungEnd(words: readonly Word[], at: number, from: number, to: number): boolean {
  if (words[at]!.text.startsWith('bi')) return true;
  for (let near = Math.max(from, at - 2); near < Math.min(at + 5, to); near++) {
    const { kind, text } = words[near]!;
    if (kind === 'left' || kind === 'right' || kind === 'both' || kind === 'bilateral') return true;
    if (text === 'lung' || text === 'lungs') return true;
  }
  return false;
}

function isCenter(words: readonly Word[], at: number): boolean {
  const { text } = words[at]!;
  const next = words[at + 1]!;
  if (next.mark === '' && CENTRAL_THINGS.has(next.text)) return false;
  const isNoun = text === 'center' || text === 'centre' || text === 'middle';
  if (!isNoun) return true;
  // "the center of the lesion"
  if (next.text === 'of' && words[at + 2]?.kind === 'article' && words[at + 3]?.kind === 'finding')
    return false;
  for (let back = at - 1; back >= Math.max(0, at - 3); back--) {
    const before = words[back]!;
    if (before.text === 'a' || before.text === 'an' || OWN.has(before.text)) return false;
    if (before.kind !== 'other' || words[back + 1]!.mark !== '') return true;
  }
  return true;
}

/** "both lungs", "on either side", "on opposite sides", "both lower zones", "both left quadrants", "bilaterally" */
function readBoth(words: readonly Word[], at: number, to: number): PlaceWord | null {
  if (words[at]!.kind === 'bilateral') return sideItem(['left', 'right'], at, at, true);
  let next = at + 1;
  while (next < to && (words[next]!.kind === 'article' || words[next]!.text === 'of')) next++;
  if (next >= to) return null;
  const word = words[next]!;
  const after = words[next + 1]!;
  if (words[at]!.text === 'opposite') {
    return word.text === 'sides' ? sideItem(['left', 'right'], at, next, true) : null;
  }
  if (word.kind === 'paired' || word.text === 'halves') {
    // "both breast tumours"
    return after.kind === 'finding' && after.mark === '' ? null : sideItem(['left', 'right'], at, next, true);
  }
  if (word.kind === 'top' || word.kind === 'bottom' || word.kind === 'base' || word.kind === 'apex') {
    // "both upper and lower" joins two heights.
    if (after.kind === 'and' || after.kind === 'left' || after.kind === 'right') return null;
    return sideItem(['left', 'right'], at, at, true);
  }
  if ((word.kind === 'left' || word.kind === 'right') && after.kind === 'corners') {
    return heightItem(['top', 'bottom'], at);
  }
  return null;
}

/** "the upper quadrants" are those of both sides, "the left corners" the upper and the lower one. */
function completeCorners(words: readonly Word[], items: PlaceWord[]): PlaceWord[] {
  if (!items.some(({ last }) => words[last + 1]!.kind === 'corners')) return items;
  return items.flatMap((item, index) => {
    if (words[item.last + 1]!.kind !== 'corners' || item.kind === 'center') return [item];
    const hasPartner = [items[index - 1], items[index + 1]].some(
      (other) => other && other.kind !== 'center' && other.kind !== item.kind,
    );
    if (hasPartner) return [item];
    return item.kind === 'height'
      ? [item, sideItem(['left', 'right'], item.last, item.last, false)]
      : [heightItem(['top', 'bottom'], item.first), item];
  });
}
