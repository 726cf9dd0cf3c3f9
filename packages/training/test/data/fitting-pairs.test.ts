import { byteTokenizer, loadTokenizer, presets } from '@prs-med/model';
import type { Pair } from '@prs-med/posmed';
import { expect, it } from 'vitest';
import { conversationOf } from '../../src/conversation.js';
import type { Example } from '../../src/data/example.js';
import { keepFittingPairs } from '../../src/data/fitting-pairs.js';

const preset = presets.tiny!;
const { language } = preset;

const pair = (question: string, answer: string): Pair => ({
  kind: 'where',
  template: 'made',
  question,
  answer,
  laterality: 'image',
  target: 'polyp',
  asked: { zones: [], side: null, all: true },
  zones: [],
  truth: [],
});

it('pairs that a batch has no room for are left out and counted', () => {
  const long = 'x'.repeat(language.questionTokens);
  const fits = pair('Where?', 'There.');
  const example: Example = {
    id: 'a',
    image: 'a.png',
    modality: 'endoscopy',
    group: 'a',
    split: 'train',
    width: 8,
    height: 8,
    targets: [],
    pairs: [pair(long, 'There.'), fits, pair('Where?', long)],
    zoneRule: 'box',
  };
  const tokenizer = loadTokenizer(byteTokenizer(language.vocabulary));
  const { examples, tooLong } = keepFittingPairs([example], conversationOf(preset, tokenizer), {
    ...language,
    samples: 1,
  });
  expect(tooLong).toBe(2);
  expect(examples).toEqual([{ ...example, pairs: [fits] }]);
});
