import type { Clause } from './denials.js';
import { wordSet } from './lexicon.js';
import type { Word } from './words.js';

/** A number of regions; with `atLeast` that many or more, as "several" is at least 2. */
export interface Count {
  number: number;
  atLeast: boolean;
}

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...'zero one two three four five six seven eight nine ten'
    .split(' ')
    .map((word, number) => [word, number] as const),
  ['single', 1],
  ['solitary', 1],
  ['lone', 1],
]);
const UNITS: ReadonlySet<string> = wordSet(
  'mm cm millimetres millimeters centimetres centimeters millimetre millimeter centimetre centimeter percent % years year x',
);
const NOT_BETWEEN: ReadonlySet<string> = wordSet('of the in is are on at a and or with');
/** "three infected areas" */
const QUALIFYING: ReadonlySet<string> = wordSet('infected affected involved visible marked');

/** The first number of regions that a text names where it denies nothing; null for none. */
export function findCount(words: readonly Word[], clauses: readonly Clause[]): Count | null {
  const first = firstCount(words, clauses);
  // "One" may be the first of a list.
  if (first && (first.number !== 1 || first.atLeast)) return first;
  const listed = sumOfList(words);
  return listed > 1 ? { number: listed, atLeast: false } : first;
}

function firstCount(words: readonly Word[], clauses: readonly Clause[]): Count | null {
  for (const { from, to, sense } of clauses) {
    for (let at = from; at < to; at++) {
      const count = countAt(words, at, from, to, sense === 'denied');
      if (count) return count;
    }
  }
  return null;
}

function countAt(
  words: readonly Word[],
  at: number,
  from: number,
  to: number,
  denied: boolean,
): Count | null {
  const { kind, text } = words[at]!;
  const next = words[at + 1]!;
  if (kind === 'several') {
    if (denied || words[at - 1]?.text === 'how') return null;
    if (text === 'few' && words[at - 1]?.text !== 'a') return null;
    return { number: 2, atLeast: true };
  }
  if (kind === 'both') {
    return !denied && text === 'both' && isPlural(words, at + 1) ? { number: 2, atLeast: false } : null;
  }
  if (text === 'pair' || text === 'couple') {
    return !denied && next.text === 'of' ? { number: 2, atLeast: false } : null;
  }
  const number = kind === 'number' ? NUMBERS.get(text)! : wholeNumber(text);
  if (number === null || (denied && number !== 0)) return null;
  const before = words[at - 1]?.text;
  const beforeThat = words[at - 2]?.text;
  if (before === 'than' && beforeThat === 'more') return { number: number + 1, atLeast: true };
  if (!counts(words, at, from, to)) return null;
  const isLeast =
    before === 'least' || (before === 'than' && (beforeThat === 'fewer' || beforeThat === 'less'));
  const isOpen = next.text === 'or' && (words[at + 2]?.text === 'more' || words[at + 2]?.kind === 'number');
  return { number, atLeast: isLeast || isOpen };
}

function wholeNumber(text: string): number | null {
  const code = text.charCodeAt(0);
  if (!(code >= 48 && code <= 57) || text.length > 3) return null;
  const number = Number(text);
  return Number.isInteger(number) ? number : null;
}

/** Whether a number counts regions: "two small polyps", "there is only one", "I see 3.". */
function counts(words: readonly Word[], at: number, from: number, to: number): boolean {
  const next = words[at + 1]!;
  const before = words[at - 1];
  if (next.mark === '' && next.text !== '') {
    if (UNITS.has(next.text)) return false;
    for (let noun = at + 1; noun < Math.min(at + 4, to); noun++) {
      const { kind, text, mark } = words[noun]!;
      if (mark !== '' && mark !== ',') return false;
      if (kind === 'finding' || kind === 'paired' || text === 'them') return true;
      if (text === 'only') return true;
      if (QUALIFYING.has(text)) continue;
      if (NOT_BETWEEN.has(text) || kind === 'copula' || kind === 'exists')
        return text === 'of' && words[noun + 1]!.text === 'them';
    }
    return false;
  }
  // A number by itself: the whole of what is said, or after "there are", "only", "see".
  if ((at === from && words[at]!.kind === 'number') || words[at]!.text === 'zero') return true;
  if (before?.kind === 'yes' || before?.kind === 'copula' || before?.kind === 'exists') return true;
  return before?.text === 'only' || before?.text === 'just' || before?.text === 'count';
}

function isPlural(words: readonly Word[], from: number): boolean {
  for (let at = from; at < from + 3 && at < words.length; at++) {
    const { kind, text } = words[at]!;
    if (kind === 'finding') return text.endsWith('s');
    const isBetween = kind === 'other' || kind === 'article' || kind === 'paired' || QUALIFYING.has(text);
    if (!isBetween && text !== 'of') return false;
  }
  return false;
}

/** Adds up "one is …, the other …", "one above the other", "one in the …, two in the …"; 0 where nothing is listed. */
function sumOfList(words: readonly Word[]): number {
  let sum = 0;
  let hasOne = false;
  for (let at = 0; at + 1 < words.length; at++) {
    const { text, kind, mark } = words[at]!;
    const before = words[at - 1];
    const isOther = text === 'another' || (text === 'other' && before?.text === 'the');
    if (hasOne && isOther) sum++;
    if (kind !== 'number') continue;
    const begins = !before || mark !== '' || before.kind === 'and' || before.text === 'with';
    if (!begins || (text !== 'one' && words[at + 1]!.kind !== 'preposition')) continue;
    sum += NUMBERS.get(text)!;
    hasOne ||= text === 'one';
  }
  return sum;
}
