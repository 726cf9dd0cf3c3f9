import type { Random } from '../random.js';

/** How some people shorten what they type; each keeps the meaning. */
const SHORTER: readonly [RegExp, string][] = [
  [/\bplease\b/i, 'pls'],
  [/\bwhat is (?=the\b)/i, 'whats '],
  [/\bwhere is (?=the\b)/i, 'wheres '],
  [/\bcan you\b/i, 'can u'],
  [/\bdo you\b/i, 'do u'],
  [/\bpicture\b/i, 'pic'],
];

const SHORTER_PROBABILITY = 0.4;
const NO_MARK_PROBABILITY = 0.6;

/** A question as some people type it: without the capital, often without the mark, at times shortened. */
export function makeCasual(text: string, random: Random): string {
  let casual = /^[A-Z](?:[a-z]|\b)/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
  if (random.chance(NO_MARK_PROBABILITY)) casual = casual.replace(/[.?]$/, '');
  if (!random.chance(SHORTER_PROBABILITY)) return casual;
  for (const [long, short] of SHORTER) casual = casual.replace(long, short);
  return casual;
}
