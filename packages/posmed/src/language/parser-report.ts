import type { Pair } from '../pair.js';
import type { Scene } from '../scene.js';
import { parseSentence } from './sentence.js';

/** How much of the pairs' language the parser reads, and how much of that the masks bear out. */
export interface ParserSummary {
  /** Questions and answers, each by itself. */
  sentences: number;
  /** The share (0 to 1) of them in which something was understood. */
  coverage: number;
  pairs: number;
  /** The share (0 to 1) of pairs that no mask contradicts. */
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
  let understood = 0;
  let agreeing = 0;
  return {
    add(pair, _scene, reason) {
      pairs++;
      if (reason === null) agreeing++;
      for (const text of [pair.question, pair.answer]) {
        const { zones, sides, halves, presence } = parseSentence(text, pair.laterality);
        if (zones.length + sides.length + halves.length > 0 || presence !== null) understood++;
      }
    },
    summary: () => ({
      sentences: 2 * pairs,
      coverage: pairs === 0 ? 0 : understood / (2 * pairs),
      pairs,
      agreement: pairs === 0 ? 0 : agreeing / pairs,
    }),
  };
}
