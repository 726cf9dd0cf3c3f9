import { describeRegions, findComponents, type Mask, maskArea, zoneOfBox } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseZones } from '../../src/language/zone-language.js';
import * as phrasings from '../../src/questions/phrasings.js';
import {
  makeQuestion,
  makeQuestionOfKind,
  type Question,
  type QuestionKind,
  type Scene,
} from '../../src/questions/questions.js';
import { impossibleTargets } from '../../src/questions/vocabulary.js';
import { createRandom } from '../../src/random.js';
import { maskOf, type Rectangle } from '../made-mask.js';

const SIZE = 64;
const KINDS: QuestionKind[] = ['where', 'exists', 'segment', 'zone', 'side', 'absent-zone', 'absent-target'];
const MODALITIES: Record<string, string> = {
  polyp: 'endoscopy',
  'skin lesion': 'dermoscopy',
  'breast tumour': 'ultrasound',
  'brain tumour': 'mri',
  lung: 'x-ray',
  'lung infection': 'ct',
  'unheard-of thing': 'oct',
};

const rectangle = fc
  .tuple(fc.nat(SIZE - 2), fc.nat(SIZE - 2), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .map((numbers): Rectangle => numbers);
const scenes = fc
  .record({
    target: fc.constantFrom(...Object.keys(MODALITIES)),
    rectangles: fc.array(rectangle, { maxLength: 4 }),
    seed: fc.nat(),
  })
  .map(({ target, rectangles, seed }) => ({
    scene: sceneOf(target, rectangles),
    mask: maskOf(SIZE, SIZE, rectangles),
    seed,
  }));

function sceneOf(target: string, rectangles: Rectangle[]): Scene {
  return {
    modality: MODALITIES[target]!,
    targets: [{ target, mask: maskOf(SIZE, SIZE, rectangles) }],
    chosen: 0,
  };
}

/** Comparing pixel by pixel in `expect` takes most of a test's time. */
function sameData(one: Mask, other: Mask): boolean {
  return Buffer.compare(one.data, other.data) === 0;
}

function checkQuestion(question: Question, mask: Mask): void {
  const { answer, truth, asked, present, kind, text } = question;
  expect(text).not.toMatch(/[{}]|undefined| {2}/);
  expect(answer).not.toMatch(/[{}]|undefined|benign|malignant/i);
  expect(answer.split(/\s+/).length).toBeLessThanOrEqual(18);
  expect(present).toBe(maskArea(truth) > 0);
  const { zone } = describeRegions(truth);
  const parsed = parseZones(answer);
  if (present) {
    expect(parsed).toEqual({ zones: [zone], negated: false });
    expect(answer).toContain(`${zone} of the image`);
    if (asked.zones.length > 0) expect(asked.zones).toContain(zone);
  } else {
    expect(parsed).toEqual({ zones: [], negated: true });
    expect(answer).toMatch(/^No\b/);
  }
  for (let at = 0; at < truth.data.length; at++) {
    if (truth.data[at] === 1 && mask.data[at] === 0) throw new Error('the truth is outside of the mask');
  }
  if (asked.all && kind !== 'absent-target') expect(sameData(truth, mask)).toBe(true);
  if (kind.startsWith('absent')) expect(present).toBe(false);
  if (kind === 'zone' || kind === 'side') expect(present).toBe(true);
  expect(asked.all).toBe(asked.zones.length === 0 && asked.side === null);
}

describe('questions', () => {
  it('have a truth by the mask rule and an answer that names its zone, whatever the mask', () => {
    fc.assert(
      fc.property(scenes, ({ scene, mask, seed }) => {
        const first = makeQuestion(scene, createRandom(seed, 'question', 0));
        checkQuestion(first, mask);
        const again = makeQuestion(scene, createRandom(seed, 'question', 0));
        expect({ ...again, truth: null }).toEqual({ ...first, truth: null });
        expect(sameData(again.truth, first.truth)).toBe(true);
        for (const kind of KINDS) {
          const question = makeQuestionOfKind(scene, createRandom(seed, kind, 1), kind);
          if (question) checkQuestion(question, mask);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('give the components of the asked zone by their own zone', () => {
    fc.assert(
      fc.property(scenes, ({ scene, mask, seed }) => {
        const question = makeQuestionOfKind(scene, createRandom(seed, 'zone', 0), 'zone');
        if (!question) return;
        const wanted = findComponents(mask).filter(({ box }) =>
          question.asked.zones.includes(zoneOfBox(box, SIZE, SIZE).zone),
        );
        expect(maskArea(question.truth)).toBe(wanted.reduce((sum, { area }) => sum + area, 0));
      }),
      { numRuns: 300 },
    );
  });

  const LUNGS: Rectangle[] = [
    [6, 10, 20, 40],
    [38, 12, 20, 40],
  ];

  it('tell the lungs apart by the side of the picture', () => {
    for (let seed = 0; seed < 40; seed++) {
      const question = makeQuestionOfKind(sceneOf('lung', LUNGS), createRandom(seed, 'side', 0), 'side')!;
      const { side } = question.asked;
      expect(question.truth.data).toEqual(maskOf(SIZE, SIZE, [LUNGS[side === 'left' ? 0 : 1]!]).data);
      const other = side === 'left' ? 'right' : 'left';
      expect(question.text).toContain(side!);
      expect(question.text).not.toContain(other);
      expect(question.answer.replace(/(?:top|bottom)-(?:left|right)/, '')).not.toContain(other);
    }
  });

  it.each([
    ['one lung', [LUNGS[0]!]],
    ['lungs that are joined', [...LUNGS, [20, 20, 24, 4]]],
    ['a lung over the middle', [LUNGS[0]!, [28, 12, 30, 40]]],
  ] as [string, Rectangle[]][])('do not ask for a side with %s', (_, rectangles) => {
    expect(makeQuestionOfKind(sceneOf('lung', rectangles), createRandom(1, 'side', 0), 'side')).toBeNull();
  });

  it('do not ask for a zone that holds only specks, nor say that it is empty', () => {
    const scene = sceneOf('polyp', [
      [4, 4, 20, 20],
      [60, 60, 1, 1],
    ]);
    for (let seed = 0; seed < 60; seed++) {
      const present = makeQuestionOfKind(scene, createRandom(seed, 'zone', 0), 'zone');
      expect(present?.asked.zones).not.toContain('bottom-right');
      const absent = makeQuestionOfKind(scene, createRandom(seed, 'zone', 0), 'absent-zone');
      expect(absent?.asked.zones).not.toEqual(['bottom-right']);
    }
  });

  it('never say that a zone is empty into which a thing of another zone reaches', () => {
    const scene = sceneOf('polyp', [[20, 20, 30, 16]]); // of the center, and in all four quarters
    for (let seed = 0; seed < 40; seed++) {
      expect(makeQuestionOfKind(scene, createRandom(seed, 'zone', 0), 'absent-zone')).toBeNull();
    }
  });

  it('ask for absent targets only where they cannot be', () => {
    expect(impossibleTargets(['lung'])).toContain('polyp');
    expect(impossibleTargets(['lung'])).not.toContain('lung infection');
    expect(impossibleTargets(['lung infection'])).not.toContain('lung');
    expect(impossibleTargets(['lung', 'lung infection'])).toContain('brain tumour');
    expect(impossibleTargets(['unheard-of thing'])).toEqual([]);
    const scene = sceneOf('lung', LUNGS);
    for (let seed = 0; seed < 40; seed++) {
      const question = makeQuestionOfKind(scene, createRandom(seed, 'absent', 0), 'absent-target')!;
      expect(question.target).not.toMatch(/lung/);
      expect(question.present).toBe(false);
    }
  });

  it('say no where the target was moved out of the picture', () => {
    const question = makeQuestionOfKind(sceneOf('polyp', []), createRandom(1, 'q', 0), 'exists')!;
    expect(question.present).toBe(false);
    expect(question.answer).toMatch(/^No\b/);
  });

  it('are worded in many ways', () => {
    const scene = sceneOf('polyp', [
      [4, 4, 16, 16],
      [44, 40, 14, 14],
    ]);
    for (const kind of KINDS) {
      const texts = new Set<string>();
      const answers = new Set<string>();
      for (let index = 0; index < 400; index++) {
        const question = makeQuestionOfKind(scene, createRandom(3, kind, index), kind)!;
        texts.add(question.text);
        answers.add(question.answer);
      }
      expect(texts.size).toBeGreaterThan(100);
      expect(answers.size).toBeGreaterThan(8);
    }
    for (const [name, list] of Object.entries(phrasings)) {
      if (name.endsWith('_QUESTIONS') && !name.startsWith('SUSPICION')) {
        expect(new Set(list).size).toBeGreaterThanOrEqual(20);
      } else if (name.endsWith('_ANSWERS')) {
        expect(new Set(list).size).toBeGreaterThanOrEqual(8);
      }
    }
  });
});
