import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTokenizer, questionIds, small } from '@prs-med/model';
import { createRandom, type Pair } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import { askFreely } from '../../src/data/free-question.js';

const MODEL = join(import.meta.dirname, '../../../../models/small');

const WHOLE: Pair = {
  kind: 'where',
  template: 'where-1',
  question: 'Where is the polyp?',
  answer: 'The polyp is in the center of the image.',
  laterality: 'image',
  target: 'polyp',
  asked: { zones: [], side: null, all: true },
  zones: ['center'],
  truth: ['a'],
};
const MODALITIES: Readonly<Record<string, string>> = { polyp: 'endoscopy', 'brain tumour': 'mri' };
const at = (zones: Pair['zones'], change: Partial<Pair> = {}): Pair => ({
  ...WHOLE,
  kind: 'absent-zone',
  asked: { zones, side: null, all: false },
  ...change,
});
const forms = (pair: Pair, count = 300): (string | null)[] =>
  Array.from({ length: count }, (_, i) =>
    askFreely(pair, MODALITIES[pair.target] ?? 'ct', createRandom(1, 'q', i)),
  );

describe('a question in free words', () => {
  it('comes in many forms, and names what is asked for', () => {
    const distinct = new Set(forms(WHOLE));
    expect(distinct.size).toBeGreaterThan(100);
    for (const form of distinct)
      expect(form).toMatch(/polyp|adenoma|lesion|growth|bump|bulge|mass|protrusion|abnormality/i);
  });

  it('calls what is not there by names that mean it anywhere', () => {
    const absent: Pair = { ...WHOLE, kind: 'absent-target', target: 'brain tumour', truth: [] };
    for (const form of forms(absent))
      expect(form).toMatch(/brain|cranial|cerebral|glio|meningioma|pituitary/i);
  });

  it.each([
    ['a corner', at(['top-left']), /\b(?:top|upper)[- ]left\b/i, /right|bottom|lower|middle|cent/i],
    ['the middle', at(['center']), /\b(?:middle|cent)/i, /left|right|top|bottom|upper|lower/i],
    ['a half', at(['bottom-left', 'bottom-right']), /\b(?:bottom|lower)\b/i, /left|right|top|upper|cent/i],
    [
      'a side',
      at([], { asked: { zones: [], side: 'left', all: false } }),
      /\bleft\b/i,
      /right|top|bottom|upper|lower|middle|cent/i,
    ],
  ])('asks for the same place: %s', (_, pair, place, others) => {
    for (const form of forms(pair)) {
      expect(form).toMatch(place);
      expect(form).not.toMatch(others);
    }
  });

  it('asks for targets that the bank does not know by their own name, and knows other spellings', () => {
    for (const form of forms({ ...WHOLE, target: 'spleen' })) expect(form).toMatch(/spleen/i);
    const spelled = forms({ ...WHOLE, target: 'Brain tumor' });
    expect(spelled.some((form) => /glioma/i.test(form!))).toBe(true);
  });

  it('names a lung by its side', () => {
    const pair = at([], {
      kind: 'refer-side',
      target: 'lung',
      asked: { zones: [], side: 'right', all: false },
    });
    for (const form of forms(pair)) expect(form).toMatch(/right/i);
    for (const form of forms(pair)) expect(form).toMatch(/lung/i);
  });

  it("leaves alone what needs its own words, and the patient's sides", () => {
    expect(askFreely({ ...WHOLE, kind: 'count' }, 'ct', createRandom(1, 'q', 0))).toBeNull();
    expect(askFreely(at(['top-left'], { laterality: 'patient' }), 'ct', createRandom(1, 'q', 0))).toBeNull();
    const kidney: Pair = {
      ...WHOLE,
      kind: 'absent-target',
      target: 'kidney',
      asked: { zones: [], side: 'left', all: false },
    };
    expect(askFreely(kidney, 'ct', createRandom(1, 'q', 0))).toBeNull();
  });

  it('has room in a batch of stage 1', async () => {
    const read = (name: string) => readFile(join(MODEL, name), 'utf8');
    const tokenizer = loadTokenizer(await read('tokenizer.json'), await read('tokenizer_config.json'));
    const pairs = ['polyp', 'skin lesion', 'breast tumour', 'brain tumour', 'lung infection', 'lung'].flatMap(
      (target) => [
        { ...WHOLE, target },
        { ...WHOLE, target, kind: 'absent-target' as const },
        at(['center'], { target }),
        at(['bottom-right'], { target }),
      ],
    );
    for (const pair of pairs)
      for (const form of forms(pair, 500))
        expect(questionIds(tokenizer, form!).length, form!).toBeLessThanOrEqual(
          small.language.stage1QuestionTokens,
        );
  });
});
