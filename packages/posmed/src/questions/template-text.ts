import type { Zone } from '@prs-med/imaging';
import type { Random } from '../random.js';

/** What a slot becomes, and the zones of the picture that it names. */
export interface SlotValue {
  text: string;
  zones?: readonly Zone[];
}

/** What a slot becomes; `isLast` at the end of a sentence. */
export type SlotFiller = (slot: string, isLast: boolean) => SlotValue;

/** A template's text, read once: plain words, slots, forms by number and alternatives. */
export interface TemplateText {
  pieces: readonly Piece[];
  /** Names of its slots, without repeats. */
  slots: readonly string[];
}

type Piece =
  | string
  | { slot: string; isLast: boolean }
  | { one: string; many: string }
  | { alternatives: readonly (readonly Piece[])[] };

/** A text that is no template. The message has no place; who reads the file adds it. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError';
}

/**
 * Reads a template: `{name}` is a slot, `{one|many}` a form by the number of what is spoken of, and `[a|b|]` one of
 * several wordings, drawn at random; these may hold slots and further brackets, and may be empty.
 * @throws TemplateSyntaxError when brackets do not match
 */
export function parseTemplateText(text: string): TemplateText {
  const slots = new Set<string>();
  const reader: Reader = { text, at: 0, slots };
  const [pieces] = readAlternatives(reader, '');
  return { pieces: pieces!, slots: [...slots] };
}

interface Reader {
  text: string;
  at: number;
  slots: Set<string>;
}

/** Reads up to the bracket that ends the alternatives, or to the text's end where `end` is empty. */
function readAlternatives(reader: Reader, end: ']' | ''): Piece[][] {
  const { text } = reader;
  const start = reader.at;
  const alternatives: Piece[][] = [[]];
  for (;;) {
    const pieces = alternatives.at(-1)!;
    const character = text[reader.at];
    if (character === undefined) {
      if (end) throw new TemplateSyntaxError(`"[" at character ${start} has no "]"`);
      return alternatives;
    }
    if (character === '{') {
      pieces.push(readBraces(reader));
    } else if (character === '[') {
      reader.at++;
      pieces.push({ alternatives: readAlternatives(reader, ']') });
    } else if (end && character === ']') {
      reader.at++;
      return alternatives;
    } else if (end && character === '|') {
      reader.at++;
      alternatives.push([]);
    } else if (/[\]}|]/.test(character)) {
      throw new TemplateSyntaxError(`"${character}" at character ${reader.at + 1} has no bracket before it`);
    } else {
      const [words] = /^[^[\]{}|]+/.exec(text.slice(reader.at))!;
      pieces.push(words);
      reader.at += words.length;
    }
  }
}

function readBraces(reader: Reader): Piece {
  const { text } = reader;
  const close = text.indexOf('}', reader.at);
  const inside = close < 0 ? '' : text.slice(reader.at + 1, close);
  if (close < 0 || /[[\]{]/.test(inside)) {
    throw new TemplateSyntaxError(`"{" at character ${reader.at + 1} has no "}"`);
  }
  reader.at = close + 1;
  const forms = inside.split('|');
  if (forms.length > 2) throw new TemplateSyntaxError(`"{${inside}}" has more than two forms`);
  if (forms.length === 2) return { one: forms[0]!, many: forms[1]! };
  reader.slots.add(inside);
  return { slot: inside, isLast: /^\s*(?:[.?!]|$)/.test(text.slice(reader.at)) };
}

/** A text and the zones of the picture that it names. */
export interface FilledText {
  text: string;
  zones: ReadonlySet<Zone>;
}

/**
 * Fills a template. Sentences begin with a capital; spaces are one each, and none stands before a mark.
 * @param many whether what is spoken of is in the plural
 */
export function fillTemplate(
  template: TemplateText,
  fill: SlotFiller,
  many: boolean,
  random: Random,
): FilledText {
  const zones = new Set<Zone>();
  const words = fillPieces(template.pieces, fill, many, random, zones);
  const text = words
    .replace(/\s+/g, ' ')
    .replace(/ (?=[.,;:?!])/g, '')
    .trim()
    .replace(/^[a-z]|(?<=[.?!] )[a-z]/g, (letter) => letter.toUpperCase());
  return { text, zones };
}

function fillPieces(
  pieces: readonly Piece[],
  fill: SlotFiller,
  many: boolean,
  random: Random,
  zones: Set<Zone>,
): string {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
    } else if ('slot' in piece) {
      const filled = fill(piece.slot, piece.isLast);
      for (const zone of filled.zones ?? []) zones.add(zone);
      text += filled.text;
    } else if ('one' in piece) {
      text += many ? piece.many : piece.one;
    } else {
      text += fillPieces(random.pick(piece.alternatives), fill, many, random, zones);
    }
  }
  return text;
}
