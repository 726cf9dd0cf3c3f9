import { kindOf, type WordKind } from './lexicon.js';

/** A word of a text. */
export interface Word {
  /** Lower case, with plain apostrophes. */
  text: string;
  kind: WordKind;
  /** The characters of the text that it takes; of "leftmost" only "left", which is what mirroring changes. */
  start: number;
  end: number;
  /** The mark before it that parts it from the word before: one of `. ? ! ; \n : ( , / –`, or none. */
  mark: string;
}

/** Words, whole numbers and decimal ones, per cent signs. */
const WORD = /[a-z]+(?:'[a-z]+)*|\d+(?:[.,]\d+)?|%/g;

const SIDES = ['left', 'right'] as const;
const VERTICALS = ['top', 'upper', 'superior', 'bottom', 'lower', 'inferior'] as const;

/** "topleft", "rightupper": how many letters the first of the two words has. */
const COMPOUNDS: ReadonlyMap<string, number> = new Map(
  SIDES.flatMap((side) =>
    VERTICALS.flatMap((vertical) => [
      [vertical + side, vertical.length] as const,
      [side + vertical, side.length] as const,
    ]),
  ),
);

const SHORTEST_COMPOUND = 'topleft'.length;

/** Quadrants and lobes as physicians write them, in capitals only: RUQ is the right upper quadrant. */
const ABBREVIATION = /^[LR][UL][QL]$/;

const SIDE_START = /^(?:left|right)/;

/** Marks from the strongest to the weakest; where several stand together the strongest counts. */
const MARKS = '?!.;\n:(–,/';
/** What counts as another mark. */
const LIKE: Readonly<Record<string, string>> = { ')': '(', '[': '(', ']': '(', '—': '–', '|': '/', '&': '/' };

/**
 * Cuts a text into words. Hyphens, underscores and Markdown's marks count as blanks; the last element is an empty word
 * that carries the mark at the end.
 */
export function splitWords(text: string): Word[] {
  const lower = lowerCase(text);
  const words: Word[] = [];
  let end = 0;
  WORD.lastIndex = 0;
  for (let match = WORD.exec(lower); match; match = WORD.exec(lower)) {
    const start = match.index;
    const mark = markBetween(lower, end, start, words);
    end = start + match[0].length;
    addWord(words, text, match[0], start, end, mark);
  }
  words.push({
    text: '',
    kind: 'other',
    start: end,
    end,
    mark: markBetween(lower, end, lower.length, words),
  });
  return words;
}

function addWord(words: Word[], text: string, found: string, start: number, end: number, mark: string): void {
  const kind = kindOf(found);
  if (kind === 'other') {
    const first = found.length >= SHORTEST_COMPOUND ? COMPOUNDS.get(found) : undefined;
    if (first !== undefined) {
      const middle = start + first;
      addWord(words, text, found.slice(0, first), start, middle, mark);
      addWord(words, text, found.slice(first), middle, end, '');
      return;
    }
    if (end - start === 3 && ABBREVIATION.test(text.slice(start, end))) {
      const [side, height] = found;
      const sideKind = side === 'l' ? 'left' : 'right';
      words.push({ text: found, kind: sideKind, start, end: start + 1, mark });
      words.push({ text: found, kind: height === 'l' ? 'bottom' : 'top', start: start + 1, end, mark: '' });
      return;
    }
  }
  const isSide = kind === 'left' || kind === 'right';
  const sideEnd = isSide ? start + (SIDE_START.exec(found)?.[0].length ?? found.length) : end;
  words.push({ text: found, kind, start, end: sideEnd, mark });
}

/** Lower case with plain apostrophes, of the same length, so that positions hold. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  const same =
    lower.length === text.length ? lower : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return same.includes('’') ? same.replaceAll('’', "'") : same;
}

const BLANK = 32;
const HYPHEN = 45;

function markBetween(text: string, from: number, to: number, before: readonly Word[]): string {
  if (to - from <= 1) {
    const code = to === from ? BLANK : text.charCodeAt(from);
    if (code === BLANK || code === HYPHEN) return '';
  }
  let strongest = MARKS.length;
  for (let at = from; at < to; at++) {
    const character = text[at]!;
    const strength = MARKS.indexOf(LIKE[character] ?? character);
    if (strength >= 0 && strength < strongest) strongest = strength;
  }
  const mark = MARKS[strongest] ?? '';
  return mark === '.' && endsAbbreviation(to - from === 1 && to < text.length, before) ? ',' : mark;
}

/** The full stops of "i.e." and "e.g." end no sentence. */
function endsAbbreviation(isInside: boolean, before: readonly Word[]): boolean {
  const last = before.at(-1);
  if (last?.text.length !== 1) return false;
  if (isInside) return true;
  const first = before.at(-2);
  return (last.text === 'e' || last.text === 'g') && first?.text.length === 1 && first.end + 1 === last.start;
}
