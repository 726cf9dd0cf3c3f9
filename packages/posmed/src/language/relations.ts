import type { Zone } from '@prs-med/imaging';
import type { Half, Side } from '../position/places.js';
import { wordSet } from './lexicon.js';
import type { PlaceMention } from './place-phrases.js';
import { isSideWord } from './side-words.js';
import type { Word } from './words.js';

/** Which of two regions is spoken of: "the larger one", "the left one", "the one in the top-left". */
export type RegionName = 'larger' | 'smaller' | Side | Half | Zone;

/** What is said of two regions; null where a sentence leaves open which one it speaks of. */
export interface Relation {
  subject: RegionName | null;
  relation: 'left-of' | 'right-of' | 'above' | 'below' | 'larger' | 'smaller';
  object: RegionName | null;
}

/** Words of a clause that relate two regions. */
export interface RelationWords {
  relations: { relation: Relation['relation']; at: number; hasObject: boolean }[];
  /** "The larger one": names a region. */
  sizes: { name: 'larger' | 'smaller'; at: number }[];
  /** Words that relate, and so name no place. */
  taken: ReadonlySet<number>;
}

const NO_WORDS: ReadonlySet<number> = new Set();
const ADVERBS: ReadonlySet<string> = wordSet('the much slightly clearly far somewhat also a bit');
/** What is related to: "of the other one". */
const REGIONS: ReadonlySet<string> = wordSet(
  'other one ones second first latter former larger smaller bigger it',
);

/** Finds "to the left of the other", "above the smaller one", "is larger than", and the names "the larger one". */
export function findRelationWords(
  words: readonly Word[],
  from: number,
  to: number,
  sideAt: (at: number) => Side,
): RelationWords {
  const found: RelationWords = { relations: [], sizes: [], taken: NO_WORDS };
  let taken: Set<number> | null = null;
  const take = (at: number) => {
    taken ??= new Set();
    taken.add(at);
    found.taken = taken;
  };
  for (let at = from; at < to; at++) {
    const { kind, text } = words[at]!;
    const next = words[at + 1]!;
    if (kind === 'left' || kind === 'right') {
      if (!isSideWord(words, at) || !relatesSides(words, at)) continue;
      take(at);
      found.relations.push({ relation: `${sideAt(at)}-of`, at, hasObject: true });
    } else if (kind === 'above' || kind === 'below' || isComparedHeight(words, at)) {
      if (kind !== 'above' && kind !== 'below') take(at);
      if (!relatesHeights(words, at, to)) continue;
      take(at);
      const isUp = kind === 'above' || kind === 'top';
      found.relations.push({ relation: isUp ? 'above' : 'below', at, hasObject: true });
    } else if (text === 'further' || text === 'farther') {
      const direction = directionAt(words, at + 1, to, sideAt);
      if (!direction) continue;
      take(direction.at);
      found.relations.push({ ...direction, hasObject: words[direction.at + 1]!.text === 'than' });
    } else if (kind === 'larger' || kind === 'smaller') {
      const than = next.text === 'than' || (next.text === 'in' && words[at + 3]?.text === 'than');
      if (than) {
        const other = words[at + (next.text === 'than' ? 2 : 4)];
        if (other && other.text !== 'a' && other.kind !== 'number' && !/^\d/.test(other.text)) {
          found.relations.push({ relation: kind, at, hasObject: true });
        }
      } else if (isPredicate(words, at, from)) {
        found.relations.push({ relation: kind, at, hasObject: false });
      } else if (text !== 'greater') {
        found.sizes.push({ name: kind, at });
      }
    }
  }
  return found;
}

/** "to the left of", "is left of", but not "on the left of" and not "to the left of the image". */
function relatesSides(words: readonly Word[], at: number): boolean {
  if (words[at + 1]!.text !== 'of' || words[at + 1]!.mark !== '') return false;
  const before = words[at - 1];
  const isTo = before?.text === 'the' && words[at - 2]?.text === 'to';
  if (!isTo && before?.kind !== 'copula' && before?.kind !== 'and' && before?.text !== 'just') return false;
  for (let next = at + 2; next < Math.min(at + 6, words.length); next++) {
    const { kind, text, mark } = words[next]!;
    if (mark !== '' || REGIONS.has(text) || kind === 'finding') return true;
    if (kind === 'image' || kind === 'patient' || kind === 'center' || kind === 'midline') return false;
  }
  return true;
}

/** After "further": "up", "left", "to the left", "to the patient's left". */
function directionAt(
  words: readonly Word[],
  from: number,
  to: number,
  sideAt: (at: number) => Side,
): { relation: Relation['relation']; at: number } | null {
  for (let at = from; at < Math.min(from + 4, to); at++) {
    const { kind, text } = words[at]!;
    if (kind === 'left' || kind === 'right') return { relation: `${sideAt(at)}-of`, at };
    if (text === 'up') return { relation: 'above', at };
    if (text === 'down') return { relation: 'below', at };
    if (text !== 'to' && kind !== 'article' && kind !== 'patient') return null;
  }
  return null;
}

/** "superior to", "lower than" */
function isComparedHeight(words: readonly Word[], at: number): boolean {
  const { kind, text } = words[at]!;
  if (kind !== 'top' && kind !== 'bottom') return false;
  const next = words[at + 1]!.text;
  return (
    ((text === 'superior' || text === 'inferior') && next === 'to') || (text === 'lower' && next === 'than')
  );
}

/** Whether a height is related to something other than the picture's center. */
function relatesHeights(words: readonly Word[], at: number, to: number): boolean {
  let next = at + 1;
  if (words[at]!.text === 'higher' && words[next]!.text !== 'than') return false;
  if (words[next]!.text === 'than' || words[next]!.text === 'to') next++;
  if (next >= to) return false;
  const { kind, text } = words[next]!;
  if (kind === 'and') return relatesJoined(words, next + 1, to);
  if (kind !== 'article' && !REGIONS.has(text)) return false;
  const object = words[next + 1]!;
  return !isMiddle(object) && !isMiddle(words[next + 2] ?? object);
}

/** "above and to the left of the other" */
function relatesJoined(words: readonly Word[], from: number, to: number): boolean {
  for (let at = from; at < Math.min(from + 4, to); at++) {
    const { kind } = words[at]!;
    if (kind === 'left' || kind === 'right') return relatesSides(words, at);
    if (kind !== 'preposition' && kind !== 'article') return false;
  }
  return false;
}

function isMiddle({ kind }: Word): boolean {
  return kind === 'center' || kind === 'midline';
}

/** "is larger", "is the smaller of the two" */
function isPredicate(words: readonly Word[], at: number, from: number): boolean {
  for (let back = at - 1; back >= from; back--) {
    const { kind, text } = words[back]!;
    if (kind === 'copula') return true;
    if (!ADVERBS.has(text) || text === 'a') return false;
  }
  return false;
}

/** Puts the names of regions to the words that relate them. */
export function relateRegionNames(
  { relations, sizes }: RelationWords,
  mentions: readonly PlaceMention[],
): Relation[] {
  const names = [
    ...sizes.map(({ name, at }) => ({ name: name as RegionName, at, rank: 0 })),
    ...mentions.map(({ name, first }) => ({ name: name as RegionName, at: first, rank: 1 })),
  ].sort((a, b) => a.rank - b.rank || a.at - b.at);
  const first = relations[0];
  const last = relations.at(-1);
  if (!first || !last) {
    // "The larger one is in the upper left."
    const [size] = sizes;
    const [place] = mentions;
    if (!size || !place || sizes.length > 1 || mentions.length > 1) return [];
    return [{ subject: place.name, relation: size.name, object: null }];
  }
  const subject = names.find(({ at }) => at < first.at)?.name ?? null;
  const object = names.find(({ at }) => at > last.at)?.name ?? null;
  return relations.map(({ relation, hasObject }) => ({
    subject,
    relation,
    object: hasObject ? object : null,
  }));
}
