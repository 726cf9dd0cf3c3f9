import { ZONES } from '@prs-med/imaging';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPair } from '../../src/language/check-pair.js';
import { mirrorSides } from '../../src/language/mirror-sides.js';
import { createParserReport } from '../../src/language/parser-report.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
import type { Pair } from '../../src/pair.js';
import { describeTarget } from '../../src/position/describe-target.js';
import { turnSide, turnZone } from '../../src/position/laterality.js';
import type { TemplateBank } from '../../src/questions/bank.js';
import { draftPairs } from '../../src/questions/draft-pairs.js';
import { createRandom } from '../../src/random.js';
import type { Scene } from '../../src/scene.js';
import { maskOf, type Rectangle } from '../made-mask.js';

const SIZE = 100;

function sceneOf(rectangles: readonly Rectangle[], target = 'polyp', modality = 'endoscopy'): Scene {
  const mask = maskOf(SIZE, SIZE, rectangles);
  return { modality, width: SIZE, height: SIZE, targets: [describeTarget('t', target, mask)] };
}

const ALL: Pair['asked'] = { zones: [], side: null, all: true };

const WHERE: Pair = {
  kind: 'where',
  template: 'where-1',
  question: 'Where is the polyp?',
  answer: 'The polyp is in the top-left of the image.',
  laterality: 'image',
  target: 'polyp',
  asked: ALL,
  zones: ['top-left'],
  truth: ['t'],
};

/** One at the top left, of 20 x 10 pixels. */
const ONE = sceneOf([[10, 20, 20, 10]]);
/** A small one at the top left and a large one at the bottom right. */
const TWO = sceneOf([
  [10, 10, 10, 10],
  [60, 60, 30, 30],
]);
const LUNGS = sceneOf(
  [
    [10, 20, 30, 60],
    [60, 20, 30, 50],
  ],
  'lung',
  'x-ray',
);

describe('checkPair', () => {
  it.each<[string, Partial<Pair>, Scene]>([
    ['a plain answer', {}, ONE],
    ['an answer without a zone', { answer: 'The polyp is marked.', zones: [] }, ONE],
    ['a half and a side', { answer: 'It is in the upper half, left of center in the image.' }, ONE],
    ['a denied place', { answer: 'It is in the top-left of the image, not in the center.' }, ONE],
    ['shares', { answer: 'It covers about 2 % of the image and 20 % of the width.', zones: [] }, ONE],
    [
      'zones of each region',
      {
        answer: 'There are two polyps, one in the top-left and one in the bottom-right of the image.',
        zones: ['top-left', 'bottom-right'],
      },
      TWO,
    ],
    [
      'the zone of both as one',
      { answer: 'They lie around the center of the image.', zones: ['center'] },
      TWO,
    ],
    [
      'a place that is asked for',
      {
        kind: 'refer-zone',
        question: 'Segment the polyp in the lower right of the image.',
        answer: 'The polyp is in the bottom-right of the image.',
        asked: { zones: ['bottom-right'], side: null, all: false },
        zones: ['bottom-right'],
        truth: ['t#2'],
      },
      TWO,
    ],
    [
      'an empty place, and where it is instead',
      {
        kind: 'absent-zone',
        question: 'Is there a polyp in the bottom-left of the image?',
        answer: 'No, it is in the top-left of the image.',
        asked: { zones: ['bottom-left'], side: null, all: false },
        truth: [],
      },
      ONE,
    ],
    [
      'an empty half',
      {
        kind: 'absent-zone',
        question: 'Is there a polyp in the lower half of the image?',
        answer: 'No, there is no polyp in the lower half of the image.',
        asked: { zones: ['bottom-left', 'bottom-right'], side: null, all: false },
        zones: [],
        truth: [],
      },
      ONE,
    ],
    [
      'an absent target',
      {
        kind: 'absent-target',
        question: 'Where is the lung?',
        answer: 'There is no lung in the image.',
        target: 'lung',
        zones: [],
        truth: [],
      },
      ONE,
    ],
    [
      "a lung of the patient's",
      {
        kind: 'refer-side',
        question: "Segment the patient's left lung.",
        answer: "The lung on the patient's left is marked.",
        laterality: 'patient',
        target: 'lung',
        asked: { zones: [], side: 'right', all: false },
        zones: [],
        truth: ['t#2'],
      },
      LUNGS,
    ],
    [
      'the largest',
      {
        kind: 'refer-largest',
        question: 'Mark the larger polyp.',
        answer: 'Of the two polyps, the larger one is in the bottom-right of the image.',
        asked: { ...ALL, all: false },
        zones: ['bottom-right'],
        truth: ['t#2'],
      },
      TWO,
    ],
    [
      'a comparison',
      {
        kind: 'relation',
        question: 'Which of the two polyps is smaller?',
        answer: 'The polyp in the top-left of the image is smaller and lies above the other one.',
        asked: { ...ALL, all: false },
        truth: ['t#1'],
      },
      TWO,
    ],
    [
      'an option',
      {
        kind: 'multiple-choice',
        question: 'Where in the image is the polyp: A) center, B) top-left or C) bottom-left?',
        answer: 'B) in the top-left of the image.',
      },
      ONE,
    ],
  ])('lets %s pass', (_name, change, scene) => {
    expect(checkPair({ ...WHERE, ...change }, scene)).toBeNull();
  });

  it.each<[string, Partial<Pair>, Scene?]>([
    [
      "the answer says bottom-left and the mask's zone is top-left",
      { answer: 'It is in the bottom-left of the image.', zones: ['bottom-left'] },
    ],
    [
      "the answer says top-left and center and the mask's zone is top-left",
      { answer: 'It is in the top-left and the center of the image.', zones: ['top-left', 'center'] },
    ],
    ["the answer says top-left and the pair's zones are top-right", { zones: ['top-right'] }],
    [
      "the answer says top-left and the mask's zone is center",
      { answer: 'The polyps are in the top-left of the image.' },
      TWO,
    ],
    ['the answer names left or right and does not say whose', { answer: 'It is in the top-left.' }],
    [
      "the answer speaks of the patient's sides and the pair of the image's",
      { answer: "It is in the upper part of the patient's right side." },
    ],
    ["the answer speaks of the image's sides and the pair of the patient's", { laterality: 'patient' }],
    [
      'the question names the top-left and asks for no place: it gives its answer away',
      { question: 'Where in the upper left of the image is the polyp?' },
    ],
    [
      'the question names the left side and asks for no place: it gives its answer away',
      { question: 'Where on the left side of the image is the polyp?' },
    ],
    [
      'the question names top-right and asks for the top-left',
      {
        kind: 'refer-zone',
        question: 'Segment the polyp in the upper right of the image.',
        asked: { zones: ['top-left'], side: null, all: false },
      },
    ],
    [
      'the answer says that there is none and the truth is not empty',
      { answer: 'There is no polyp in the image.', zones: [] },
    ],
    [
      'the answer says right and the mask lies on the left',
      { answer: 'It is on the right of the image.', zones: [] },
    ],
    [
      'the answer says left and right and the mask lies on the left',
      { answer: 'It is on both sides of the image.', zones: [] },
    ],
    [
      'the answer says the lower half and the mask is not in that half',
      { answer: 'It is in the lower half.', zones: [] },
    ],
    [
      'the answer says near the center and the mask is not near it',
      { answer: 'It is in the top-left of the image, near the center.' },
    ],
    [
      'the answer denies the top-left and the mask is there',
      { answer: 'It is on the left of the image, not in the top-left.', zones: [] },
    ],
    ['the answer says 3 and the mask shows 2', { answer: 'There are three polyps.', zones: [] }, TWO],
    ['the answer says 2 or more and the mask shows 1', { answer: 'Several polyps are seen.', zones: [] }],
    [
      'the answer says 30 % of the picture and the mask takes 2.0 %',
      { answer: 'It covers about 30 % of the image.', zones: [] },
    ],
    [
      'the answer says 60 % of the width and the mask takes 20.0 %',
      { answer: 'It takes 60 % of the width of the image.', zones: [] },
    ],
    ['the answer names a diagnosis, "benign"', { answer: 'A benign polyp in the top-left of the image.' }],
    ['the answer names a diagnosis, "Carcinoma"', { answer: 'Carcinoma in the top-left of the image.' }],
    ['the truth "t#7" is no region of a "polyp" in the picture', { truth: ['t#7'] }],
    ['the truth is not what the question asks for', { truth: ['t#1'] }, TWO],
    ['the truth is not what the question asks for', { truth: [] }],
    [
      'a question of the kind "where" asks for all of the target',
      { asked: { zones: ['top-left'], side: null, all: false } },
    ],
    [
      'the question takes the polyp for absent and the mask shows it',
      { kind: 'absent-target', answer: 'There is none.', zones: [], truth: [] },
    ],
    [
      'the question takes the top-left for empty and the mask reaches there',
      {
        kind: 'absent-zone',
        question: 'Is there a polyp in the top-left of the image?',
        answer: 'No.',
        asked: { zones: ['top-left'], side: null, all: false },
        zones: [],
        truth: [],
      },
    ],
    [
      'the question asks for the right side and the mask shows none there',
      {
        kind: 'refer-side',
        question: 'Segment the polyp on the right of the image.',
        asked: { zones: [], side: 'right', all: false },
      },
    ],
    [
      'the answer does not say that there is none',
      { kind: 'absent-target', target: 'lung', answer: 'The lung is hard to tell.', zones: [], truth: [] },
    ],
    [
      'the answer says that it is there and the truth is empty',
      { kind: 'absent-target', target: 'lung', answer: 'A lung is seen.', zones: [], truth: [] },
    ],
    [
      'the answer says that it is smaller and the mask does not show that',
      {
        kind: 'relation',
        question: 'Which of the two polyps is larger?',
        answer: 'It is smaller.',
        asked: { ...ALL, all: false },
        zones: [],
        truth: ['t#2'],
      },
      TWO,
    ],
    [
      'the answer says that larger is above smaller and the mask does not show that',
      { kind: 'describe', answer: 'The larger one is above the smaller one.', zones: [] },
      TWO,
    ],
    [
      'the question asks which is larger and the truth is the other',
      {
        kind: 'relation',
        question: 'Which of the two polyps is larger?',
        answer: 'The polyp in the top-left of the image.',
        asked: { ...ALL, all: false },
        truth: ['t#1'],
      },
      TWO,
    ],
    [
      'the question gives its answer away: it names a number',
      { kind: 'count', question: 'Where are the two polyps?', answer: 'There are two polyps.', zones: [] },
      TWO,
    ],
    [
      "the answer chooses A, center, and the mask's zone is top-left",
      {
        kind: 'multiple-choice',
        question: 'Where in the image is the polyp: (A) center or (B) top-left?',
        answer: 'The answer is A.',
        zones: [],
      },
    ],
    [
      'none of the options is right',
      {
        kind: 'multiple-choice',
        question: 'Where in the image is the polyp: (A) center or (B) top-right?',
      },
    ],
    [
      'the answer chooses C, which is not offered',
      {
        kind: 'multiple-choice',
        question: 'Where in the image is the polyp: (A) center or (B) top-left?',
        answer: '(C)',
        zones: [],
      },
    ],
  ])('gives the reason "%s"', (reason, change, scene = ONE) => {
    expect(checkPair({ ...WHERE, ...change }, scene)).toBe(reason);
  });

  it('takes a diagnosis that is the name of the target', () => {
    const scene = sceneOf([[10, 20, 20, 10]], 'melanoma', 'dermoscopy');
    const pair = { ...WHERE, target: 'melanoma', answer: 'The melanoma is in the top-left of the image.' };
    expect(checkPair(pair, scene)).toBeNull();
    expect(checkPair({ ...pair, target: 'polyp' }, ONE)).toContain('diagnosis');
  });

  it('follows the rule that the scene was described with', () => {
    // Its box holds the center, its centroid is at the top left.
    const mask = maskOf(SIZE, SIZE, [
      [0, 0, 40, 40],
      [40, 39, 15, 1],
      [54, 40, 1, 15],
    ]);
    const targets = [describeTarget('t', 'polyp', mask, { rule: 'centroid' })];
    const scene: Scene = { modality: 'endoscopy', width: SIZE, height: SIZE, targets };
    expect(checkPair(WHERE, scene, 'centroid')).toBeNull();
    expect(
      checkPair({ ...WHERE, answer: 'In the center of the image.', zones: ['center'] }, scene, 'centroid'),
    ).toBe("the answer says center and the mask's zone is top-left");
  });
});

const rectangle = fc.tuple(
  fc.integer({ min: 0, max: 80 }),
  fc.integer({ min: 0, max: 80 }),
  fc.integer({ min: 3, max: 60 }),
  fc.integer({ min: 3, max: 60 }),
);
const KNOWN = [
  ['endoscopy', 'polyp'],
  ['ultrasound', 'breast tumour'],
  ['mri', 'brain tumour'],
  ['ct', 'lung infection'],
  ['x-ray', 'lung'],
] as const;
const anyScene = fc
  .tuple(fc.array(rectangle, { minLength: 1, maxLength: 4 }), fc.constantFrom(...KNOWN))
  .map(([rectangles, [modality, target]]) => sceneOf(rectangles, target, modality));

describe('checkPair on drafts', () => {
  let bank: TemplateBank;
  beforeAll(async () => {
    bank = await readTemplateBank();
  });

  const draft = (scene: Scene, seed: number, laterality: Pair['laterality'] = 'image'): Pair[] =>
    draftPairs(scene, {
      bank,
      perImage: 6,
      use: seed % 2 ? 'train' : 'test',
      laterality,
      random: createRandom(seed, 'drafts', 0),
    });

  it('lets all pass, of any picture and in the sides of image and patient', () => {
    const report = createParserReport();
    fc.assert(
      fc.property(anyScene, fc.nat(), fc.constantFrom('image', 'patient'), (scene, seed, laterality) => {
        for (const pair of draft(scene, seed, laterality)) {
          const reason = checkPair(pair, scene);
          report.add(pair, scene, reason);
          expect(reason, JSON.stringify(pair)).toBeNull();
        }
      }),
      { numRuns: 100 },
    );
    const { pairs, sentences, coverage, agreement } = report.summary();
    expect(pairs).toBeGreaterThan(300);
    expect(sentences).toBeGreaterThan(pairs);
    expect(coverage).toBe(1);
    expect(agreement).toBe(1);
  });

  it('lets none pass whose answer names another zone', () => {
    fc.assert(
      fc.property(anyScene, fc.nat(), fc.constantFrom(...ZONES), (scene, seed, other) => {
        for (const pair of draft(scene, seed)) {
          const [zone] = pair.zones;
          if (pair.zones.length !== 1 || !zone || zone === other || !pair.answer.includes(zone)) continue;
          const wrong = { ...pair, answer: pair.answer.replace(zone, other), zones: [other] };
          // Without specks, or each by itself, several regions can lie in the other zone too.
          if (scene.targets[0]!.regions.length === 1)
            expect(checkPair(wrong, scene), wrong.answer).not.toBeNull();
        }
      }),
      { numRuns: 100 },
    );
  });

  it('lets none pass that denies what is there', () => {
    fc.assert(
      fc.property(anyScene, fc.nat(), (scene, seed) => {
        for (const pair of draft(scene, seed)) {
          if (pair.truth.length === 0) continue;
          const wrong = { ...pair, answer: 'No, there is none in the image.', zones: [] };
          expect(checkPair(wrong, scene), pair.question).not.toBeNull();
        }
      }),
      { numRuns: 50 },
    );
  });

  it('lets all pass when picture and words are mirrored, where the border columns keep their zones', () => {
    fc.assert(
      fc.property(anyScene, fc.nat(), (scene, seed) => {
        const mirrored = mirrorScene(scene);
        for (const pair of draft(scene, seed)) {
          const zones = ZONES.filter((zone) => pair.zones.includes(turnZone(zone)));
          const side = pair.asked.side && turnSide(pair.asked.side);
          const asked = {
            ...pair.asked,
            zones: ZONES.filter((zone) => pair.asked.zones.includes(turnZone(zone))),
            side,
          };
          const question = mirrorSides(pair.question);
          const answer = mirrorSides(pair.answer);
          const reason = checkPair({ ...pair, question, answer, zones, asked }, mirrored);
          expect(reason, answer).toBeNull();
        }
      }),
      { numRuns: 100 },
    );
  });

  it('checks thousands of pairs a second', () => {
    const scenes = fc.sample(anyScene, { numRuns: 40, seed: 5 });
    const drafts = scenes.flatMap((scene, seed) => draft(scene, seed).map((pair) => ({ pair, scene })));
    let wrong = 0;
    const check = () => {
      for (const { pair, scene } of drafts) if (checkPair(pair, scene) !== null) wrong++;
    };
    for (let round = 0; round < 20; round++) check();
    const before = process.cpuUsage();
    for (let round = 0; round < 20; round++) check();
    const { user, system } = process.cpuUsage(before);
    const rate = (20 * drafts.length) / ((user + system) / 1e6);
    console.info(`checkPair: ${Math.round(rate)} pairs a second of one core`);
    expect(wrong).toBe(0);
    expect(rate).toBeGreaterThan(10_000);
  });
});

/** The picture mirrored, region by region, so that ids stay: zones are turned rather than found again. */
function mirrorScene(scene: Scene): Scene {
  const turnBox = ([left, top, width, height]: readonly [number, number, number, number]) =>
    [scene.width - left - width, top, width, height] as [number, number, number, number];
  return {
    ...scene,
    targets: scene.targets.map((target) => ({
      ...target,
      box: target.box && turnBox(target.box),
      zone: target.zone && turnZone(target.zone),
      quarters: {
        'top-left': target.quarters['top-right'],
        'top-right': target.quarters['top-left'],
        'bottom-left': target.quarters['bottom-right'],
        'bottom-right': target.quarters['bottom-left'],
      },
      regions: target.regions.map((region) => ({
        ...region,
        box: turnBox(region.box),
        zone: turnZone(region.zone),
        centroid: [scene.width - 1 - region.centroid[0], region.centroid[1]] as [number, number],
      })),
    })),
  };
}
