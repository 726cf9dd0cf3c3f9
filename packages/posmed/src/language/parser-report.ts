import type { Pair } from '../pair.js';
import type { Scene } from '../scene.js';
import { type ParsedSentence, parseSentence } from './sentence.js';
import { placeOfAsked } from './truth-of-pair.js';

/** How much of the pairs' language the parser reads, and how much of that the masks bear out. */
export interface ParserSummary {
  /** Answers, and the questions that speak of a place, of options or of two. */
  sentences: number;
  /** The share (0 to 1) of them in which something was understood; 0 for none. */
  coverage: number;
  pairs: number;
  /** The share (0 to 1) of pairs that no mask contradicts; 0 for none. */
  agreement: number;
}

/** Counts pairs as they are checked. */
export interface ParserReport {
  /** @param reason what `checkPair` gave */
  add(pair: Pair, scene: Scene, reason: string | null): void;
  summary(): ParserSummary;
}

export function createParserReport(): ParserReport {
  let pairs = 0;
  let agreeing = 0;
  let sentences = 0;
  let understood = 0;
  return {
    add(pair, _scene, reason) {
      pairs++;
      if (reason === null) agreeing++;
      for (const text of speaksOfPlace(pair) ? [pair.question, pair.answer] : [pair.answer]) {
        sentences++;
        if (isUnderstood(parseSentence(text, pair.laterality))) understood++;
      }
    },
    summary: () => ({
      sentences,
      coverage: sentences === 0 ? 0 : understood / sentences,
      pairs,
      agreement: pairs === 0 ? 0 : agreeing / pairs,
    }),
  };
}

/** "Where is the polyp?" says nothing of a place. */
function speaksOfPlace({ kind, asked }: Pair): boolean {
  return placeOfAsked(asked) !== null || kind === 'multiple-choice' || kind === 'relation';
}

function isUnderstood(parsed: ParsedSentence): boolean {
  const { zones, sides, halves, denied, presence, count, relations, choice } = parsed;
  const places = [zones, sides, halves, denied.zones, denied.sides, denied.halves];
  return (
    presence !== null ||
    count !== null ||
    choice !== null ||
    relations.length > 0 ||
    places.some(({ length }) => length > 0)
  );
}
