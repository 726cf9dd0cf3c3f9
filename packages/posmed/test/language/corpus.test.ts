import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type NamedPlaces, type ParsedSentence, parseSentence } from '../../src/language/sentence.js';

interface Entry {
  text: string;
  /** What is right; what is left out is empty. */
  expected: Partial<Omit<ParsedSentence, 'denied'>> & { denied?: Partial<NamedPlaces> };
}

/** Written by hand before the rules; the second part was tried only when the first was read right. */
const corpus: Record<'tuning' | 'heldOut', Entry[]> = JSON.parse(
  readFileSync(new URL('./corpus.json', import.meta.url), 'utf8'),
);

const NONE: NamedPlaces = { zones: [], sides: [], halves: [] };
const NOTHING: ParsedSentence = {
  ...NONE,
  denied: NONE,
  bothSides: false,
  presence: null,
  count: null,
  relations: [],
  choice: null,
  nearCenter: false,
  reference: null,
};

/** The sentences in which anything at all is read otherwise than it should be, and how. */
function findWrong(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ text, expected }) => {
    const right: ParsedSentence = { ...NOTHING, ...expected, denied: { ...NONE, ...expected.denied } };
    const parsed = parseSentence(text);
    const fields = (Object.keys(right) as (keyof ParsedSentence)[]).filter(
      (field) => !isDeepStrictEqual(right[field], parsed[field]),
    );
    const told = fields.map(
      (field) => `${field} ${JSON.stringify(parsed[field])}, not ${JSON.stringify(right[field])}`,
    );
    return fields.length > 0 ? [`"${text}": ${told.join('; ')}`] : [];
  });
}

describe('the corpus of zone language', () => {
  it('has 300 sentences, no two the same', () => {
    expect(corpus.tuning).toHaveLength(200);
    expect(corpus.heldOut).toHaveLength(100);
    const texts = [...corpus.tuning, ...corpus.heldOut].map(({ text }) => text.toLowerCase());
    expect(new Set(texts).size).toBe(300);
  });

  it('is read right, 99 % of it', () => {
    const wrong = [...findWrong(corpus.tuning), ...findWrong(corpus.heldOut)];
    if (wrong.length > 0) console.info(`${wrong.length} of 300 read wrong:\n${wrong.join('\n')}`);
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(3);
  });
});
