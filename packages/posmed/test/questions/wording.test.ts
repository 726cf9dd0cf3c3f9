import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTemplateBank } from '../../src/node/template-bank.js';
import { PAIR_KINDS, type Pair } from '../../src/pair.js';
import type { Laterality } from '../../src/position/places.js';
import type { TemplateBank, TemplateUse } from '../../src/questions/bank.js';
import { draftPairs } from '../../src/questions/draft-pairs.js';
import { imageWords, targetWords } from '../../src/questions/vocabulary.js';
import { createRandom } from '../../src/random.js';
import { scenes } from './made-scene.js';

const SCENES = 800;

interface Worded extends Pair {
  modality: string;
}

let bank: TemplateBank;
let pairs: Worded[];

beforeAll(async () => {
  bank = await readTemplateBank();
  pairs = (['image', 'patient'] as const).flatMap((laterality) => drafted('train', laterality, SCENES));
});

function drafted(use: TemplateUse, laterality: Laterality, count: number): Worded[] {
  return fc
    .sample(scenes, { numRuns: count, seed: 11 })
    .flatMap((scene, index) =>
      draftPairs(scene, { bank, perImage: 8, use, laterality, random: createRandom(2, 'pairs', index) }).map(
        (pair) => ({ ...pair, modality: scene.modality }),
      ),
    );
}

/** Fails with the first few texts that a rule forbids. */
function expectNone(texts: readonly string[]): void {
  expect([...new Set(texts)].slice(0, 5)).toEqual([]);
}

const questions = () => pairs.map(({ question }) => question);
const answers = () => pairs.map(({ answer }) => answer);

describe('the words of pairs', () => {
  it('are whole sentences', () => {
    const texts = [...questions(), ...answers()];
    expectNone(
      texts.filter((text) => /[{}[\]|]|undefined|null|NaN| {2}|^ | $| [.,;:?!]|\.\.|[,;:][.?]/.test(text)),
    );
    expectNone(answers().filter((text) => !/^(?:[A-Z]|\([A-D]\))/.test(text) || !text.endsWith('.')));
    expectNone(answers().filter((text) => /[.?!] [a-z]/.test(text)));
    // Some questions are typed without a capital; those with one end as they should.
    expectNone(questions().filter((text) => /^[A-Z]/.test(text) && !/[.?]$/.test(text)));
  });

  it('have articles and verbs that fit', () => {
    const texts = [...questions(), ...answers()];
    expectNone(texts.filter((text) => /\ba (?:[aeio]|X-ray|MR)/.test(text)));
    expectNone(texts.filter((text) => /\ban (?!X-ray|MR)[^aeio]/i.test(text)));
    expectNone(
      texts.filter((text) =>
        /\b(?:an?|one) (?:\w+ )?(?:polyps|lungs|masses|lesions|areas|tumou?rs)\b/i.test(text),
      ),
    );
    const plural =
      /(?<!\bof the |\btwo )\b(?:polyps|lungs|lesions|masses|tumou?rs|areas|clavicles|widgets) (?:is|lies|covers|spans|appears)\b/;
    expectNone(answers().filter((text) => plural.test(text)));
    expectNone(
      answers().filter((text) =>
        /\b(?:polyp|lung|mass|heart|tumou?r|clavicle) (?:are|lie|cover|span|appear)\b/.test(text),
      ),
    );
    expectNone(
      texts.filter((text) =>
        /\bthe (?:the|a|an|any|no)\b|\b(?:a|any|no) (?:a|any|no)\b|\b(\w+) \1\b/i.test(text),
      ),
    );
  });

  it('say whose left and right they speak of, in each sentence', () => {
    for (const { modality, laterality, question, answer } of pairs) {
      const words = ['pic', ...imageWords(modality)].join('|');
      const whose =
        laterality === 'patient'
          ? /\bpatient's\b/
          : new RegExp(`\\b(?:of|in|on) (?:the|this) (?:${words})\\b|\\b(?:${words})'s`);
      for (const sentence of [question, answer].flatMap((text) => text.split(/(?<=[.?!]) /))) {
        if (/\b(?:left|right)\b/i.test(sentence)) expect(sentence).toMatch(whose);
        if (laterality === 'image') expect(sentence).not.toContain('patient');
      }
    }
  });

  it('never name a diagnosis in an answer, nor say more than a mask shows', () => {
    const diagnoses =
      /benign|malignan|cancer|carcino|melanoma|adenoma|glioma|meningioma|pituitary|n[ae]e?vus|mole|covid|pneumonia|tubercul|pigmented|suspicious|abnormal|infiltrate|lump|growth/i;
    expectNone(answers().filter((text) => diagnoses.test(text)));
  });

  it('make thousands of distinct questions, and of distinct wordings apart from names and places', () => {
    const asked = questions();
    const skeletons = new Set(pairs.map(skeletonOf));
    expect(new Set(asked).size / asked.length).toBeGreaterThan(0.7);
    expect(skeletons.size).toBeGreaterThan(2000);
    for (const kind of PAIR_KINDS) {
      const ofKind = pairs.filter((pair) => pair.kind === kind);
      const few = Math.min(60, ofKind.length / 8);
      expect(new Set(ofKind.map(skeletonOf)).size, kind).toBeGreaterThan(few);
      expect(new Set(ofKind.map(({ answer }) => answer)).size, kind).toBeGreaterThan(few);
    }
  });

  it('are in order with the test templates too', () => {
    pairs = drafted('test', 'image', 200);
    expectNone(
      [...questions(), ...answers()].filter((text) => /[{}[\]|]|undefined| {2}| [.,;:?!]/.test(text)),
    );
    expect(new Set(questions()).size).toBeGreaterThan(1000);
  });
});

/** A question without what stands for target, picture and place. */
function skeletonOf({ question, target, modality }: Worded): string {
  const { exact, loose, counted, suspicions } = targetWords(target, modality);
  const names = [...[...exact, ...loose, ...counted].flatMap(({ one, many }) => [one, many]), ...suspicions];
  const replaced = [
    [names, 'TARGET'],
    [['pic', ...imageWords(modality)], 'IMAGE'],
    [
      'top|bottom|upper|lower|superior|inferior|left|right|center|centre|middle|central|very'.split('|'),
      'PLACE',
    ],
    ['part|area|region|zone|quadrant|portion|corner|side|half|hand'.split('|'), 'PART'],
  ] as const;
  return replaced
    .reduce((text, [words, mark]) => {
      const longest = [...words].sort((a, b) => b.length - a.length);
      return text.replace(new RegExp(`\\b(?:${longest.join('|')})\\b`, 'gi'), mark);
    }, question)
    .replace(/PLACE(?:[- ](?:PLACE|PART))*/g, 'PLACE')
    .toLowerCase();
}
