import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { corpusBleu4, sentenceBleu } from '../../src/answers/bleu.js';
import { meteor, type Synonyms } from '../../src/answers/meteor.js';
import { rougeL, rougeN } from '../../src/answers/rouge.js';
import { readWordNet } from '../../src/node/wordnet.js';

interface Golden {
  corpus_bleu4: number;
  pairs: {
    reference: string;
    hypothesis: string;
    bleu1: number;
    bleu4: number;
    rouge1: number;
    rouge2: number;
    rougeL: number;
    meteor: number;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/text_metrics.json', import.meta.url), 'utf8'),
) as Golden;

let synonyms: Synonyms;

beforeAll(async () => {
  synonyms = await readWordNet();
});

describe('the figures of texts', () => {
  it.each([
    ['bleu1', (r: string, h: string) => sentenceBleu(r, h, 1)],
    ['bleu4', (r: string, h: string) => sentenceBleu(r, h, 4)],
    ['rouge1', (r: string, h: string) => rougeN(r, h, 1)],
    ['rouge2', (r: string, h: string) => rougeN(r, h, 2)],
    ['rougeL', rougeL],
    ['meteor', (r: string, h: string) => meteor(r, h, synonyms)],
  ] as const)('%s agrees with the reference on 80 pairs', (name, score) => {
    expect(golden.pairs.length).toBe(80);
    for (const pair of golden.pairs) {
      const difference = Math.abs(score(pair.reference, pair.hypothesis) - pair[name]);
      expect(difference, `${pair.reference} | ${pair.hypothesis}`).toBeLessThan(1e-4);
    }
  });

  it('corpus BLEU-4 agrees with the reference', () => {
    const ours = corpusBleu4(
      golden.pairs.map(({ reference }) => reference),
      golden.pairs.map(({ hypothesis }) => hypothesis),
    );
    expect(Math.abs(ours - golden.corpus_bleu4)).toBeLessThan(1e-4);
  });

  it('are 1 for the same words, or near it, and 0 for none', () => {
    const text = 'the polyp is in the top left';
    expect(sentenceBleu(text, text, 4)).toBeCloseTo(1, 12);
    expect(rougeL(text, text)).toBe(1);
    expect(meteor(text, text, synonyms)).toBeCloseTo(1 - 0.5 * (1 / 7) ** 3, 12);
    for (const empty of ['', '  ']) {
      expect(sentenceBleu(text, empty, 4)).toBe(0);
      expect(rougeN(text, empty, 2)).toBe(0);
      expect(meteor(text, empty, synonyms)).toBe(0);
    }
  });
});
