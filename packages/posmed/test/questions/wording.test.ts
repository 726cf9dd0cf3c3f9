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

const SCENES = 400;

interface Worded extends Pair {
  modality: string;
}

let bank: TemplateBank;
let pairs: Worded[];

beforeAll(async () => {
  bank = await readTemplateBank();
  pairs = (['image', 'patient'] as const).flatMap((laterality) => drafted('train', laterality, SCENES));
}, 60_000);

function drafted(use: TemplateUse, laterality: Laterality, count: number): Worded[] {
  return fc.sample(scenes, { numRuns: count, seed: 11 }).flatMap((scene, index) =>
    draftPairs(scene, {
      bank,
      perImage: 8,
      use,
      laterality,
      random: createRandom(2, `${use} ${laterality}`, index),
    }).map((pair) => ({ ...pair, modality: scene.modality })),
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
    expectNone(texts.filter((text) => /\ban (?!X-ray|MR|un)[^aeio]/.test(text)));
    expectNone(
      texts.filter((text) =>
        /\b(?:an?|one) (?:\w+ )?(?:polyps|lungs|masses|lesions|areas|tumou?rs)\b/i.test(text),
      ),
    );
    const plural =
      /(?<!\bof the (?:\w+ ){0,3}|\btwo )\b(?:polyps|lungs|lesions|masses|tumou?rs|areas|clavicles|widgets) (?:is|lies|covers|spans|appears)\b/;
    expectNone(answers().filter((text) => plural.test(text)));
    const verbFirst =
      /\b(?:is|does) (?:the|any) (?:\w+ )?(?:polyps|lungs|lesions|masses|tumou?rs|areas|clavicles)\b/i;
    expectNone(texts.filter((text) => verbFirst.test(text)));
    expectNone(
      answers().filter((text) =>
        /(?<!\bof the )\b(?:polyp|lung|mass|heart|tumou?r|clavicle) (?:are|lie|cover|span|appear)\b/.test(
          text,
        ),
      ),
    );
    expectNone(
      texts.filter((text) =>
        /\bthe (?:the|a|an|any|no)\b|\b(?:a|any|no) (?:a|any|no)\b|\b(\w+) \1\b/i.test(text),
      ),
    );
  });

  it('say whose left and right they speak of, in each sentence', () => {
    const silent: string[] = [];
    for (const { modality, laterality, question, answer } of pairs) {
      const whose = laterality === 'patient' ? /\bpatient's\b/ : ofImage(modality);
      for (const sentence of [question, answer].flatMap((text) => text.split(/(?<=[.?!]) /))) {
        const saysWhose = !/\b(?:left|right)\b/i.test(sentence) || whose.test(sentence);
        const isOfOther = laterality === 'image' && sentence.includes('patient');
        if (!saysWhose || isOfOther) silent.push(sentence);
      }
    }
    expectNone(silent);
  });

  it('never name a diagnosis in an answer, nor say more than a mask shows', () => {
    const diagnoses =
      /benign|malignan|cancer|carcino|melanoma|adenoma|glioma|meningioma|pituitary|n[ae]e?vus|mole|covid|pneumonia|tubercul|pigmented|suspicious|abnormal|infiltrate|lump|growth/i;
    expectNone(answers().filter((text) => diagnoses.test(text)));
  });

  it('make thousands of distinct questions, and of distinct wordings apart from names and places', () => {
    const asked = questions();
    const skeletons = new Set(pairs.map(skeletonOf));
    expect(asked).toHaveLength(16 * SCENES);
    expect(new Set(asked).size).toBeGreaterThan(5000);
    expect(skeletons.size).toBeGreaterThan(1500);
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

const imagePatterns = new Map<string, RegExp>();

/** "of the image", "in this scan", "the slice's", in the words of a modality. */
function ofImage(modality: string): RegExp {
  let pattern = imagePatterns.get(modality);
  if (!pattern) {
    const words = ['pic', ...imageWords(modality)].join('|');
    pattern = new RegExp(`\\b(?:of|in|on) (?:the|this) (?:${words})\\b|\\b(?:${words})'s`);
    imagePatterns.set(modality, pattern);
  }
  return pattern;
}

/** A question without what stands for target, picture and place. */
function skeletonOf({ question, target, modality }: Worded): string {
  return marksOf(target, modality)
    .reduce((text, [pattern, mark]) => text.replace(pattern, mark), question)
    .replace(/PLACE(?:[- ](?:PLACE|PART))*/g, 'PLACE')
    .toLowerCase();
}

const marks = new Map<string, readonly [RegExp, string][]>();

function marksOf(target: string, modality: string): readonly [RegExp, string][] {
  const key = `${modality}/${target}`;
  let found = marks.get(key);
  if (!found) {
    const { exact, loose, counted, suspicions } = targetWords(target, modality);
    const names = [...exact, ...loose, ...counted].flatMap(({ one, many }) => [one, many]);
    found = [
      [anyOf([...names, ...suspicions]), 'TARGET'],
      [anyOf(['pic', ...imageWords(modality)]), 'IMAGE'],
      [
        anyOf(
          'top bottom upper lower superior inferior left right center centre middle central very'.split(' '),
        ),
        'PLACE',
      ],
      [anyOf('part area region zone quadrant portion corner side half hand'.split(' ')), 'PART'],
    ];
    marks.set(key, found);
  }
  return found;
}

/** Longest first, so that "lung field" is not a lung. */
function anyOf(words: readonly string[]): RegExp {
  const longest = [...words].sort((a, b) => b.length - a.length);
  return new RegExp(`\\b(?:${longest.join('|')})\\b`, 'gi');
}
