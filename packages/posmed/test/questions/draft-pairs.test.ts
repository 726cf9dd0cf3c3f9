import { ZONES, type Zone } from '@prs-med/imaging';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPair } from '../../src/language/check-pair.js';
import { parseZones } from '../../src/language/zone-language.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
import { ADDED_KINDS, PAIR_KINDS, type Pair, type PairKind, PUBLISHED_KINDS } from '../../src/pair.js';
import { describeTarget } from '../../src/position/describe-target.js';
import type { Laterality } from '../../src/position/places.js';
import type { TemplateBank, TemplateUse } from '../../src/questions/bank.js';
import { draftPairs } from '../../src/questions/draft-pairs.js';
import { createRandom } from '../../src/random.js';
import type { Scene, SceneRegion } from '../../src/scene.js';
import { maskOf, type Rectangle } from '../made-mask.js';
import { LUNGS, sceneOf, scenes } from './made-scene.js';

let bank: TemplateBank;

beforeAll(async () => {
  bank = await readTemplateBank();
});

interface Wanted {
  perImage?: number;
  use?: TemplateUse;
  laterality?: Laterality;
}

function draft(scene: Scene, seed: number, wanted: Wanted = {}): Pair[] {
  const { perImage = 8, use = 'train', laterality = 'image' } = wanted;
  return draftPairs(scene, { bank, perImage, use, laterality, random: createRandom(seed, 'pairs', 0) });
}

/** Pairs of one kind about a scene, from many seeds. */
function draftKind(scene: Scene, kind: PairKind, wanted: Wanted = {}): Pair[] {
  const pairs = Array.from({ length: 60 }, (_, seed) => draft(scene, seed, wanted)).flat();
  const found = pairs.filter((pair) => pair.kind === kind);
  expect(found.length, `no ${kind} among ${pairs.length} pairs`).toBeGreaterThan(0);
  return found;
}

const drawn = fc.record({
  scene: scenes,
  seed: fc.nat(),
  use: fc.constantFrom<TemplateUse>('train', 'test'),
  laterality: fc.constantFrom<Laterality>('image', 'patient'),
  perImage: fc.constantFrom(1, 8, 20),
});

/** What the parser finds wrong with a pair: nothing, or the pair and the reason. */
function complaint(pair: Pair, scene: Scene): { pair: Pair; reason: string }[] {
  const reason = checkPair(pair, scene);
  return reason === null ? [] : [{ pair, reason }];
}

describe('draftPairs', () => {
  it('makes as many pairs as asked for, each right by the parser, none twice, the same for the same seed', () => {
    fc.assert(
      fc.property(drawn, ({ scene, seed, ...wanted }) => {
        const pairs = draft(scene, seed, wanted);
        expect(pairs).toHaveLength(wanted.perImage);
        expect(draft(scene, seed, wanted)).toEqual(pairs);
        const questions = pairs.map(({ question }) => question.toLowerCase().replace(/\W+/g, ' ').trim());
        expect(new Set(questions).size).toBe(pairs.length);
        expect(pairs.flatMap((pair) => complaint(pair, scene))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('asks about what is no more than a speck without counting or comparing it', () => {
    const scene = sceneOf('oct', {
      thing: [
        [4, 4, 2, 2],
        [50, 50, 1, 1],
      ],
    });
    for (let seed = 0; seed < 30; seed++) {
      const pairs = draft(scene, seed);
      expect(pairs).toHaveLength(8);
      for (const pair of pairs) {
        expect(complaint(pair, scene)).toEqual([]);
        expect(pair.kind).not.toMatch(/count|relation|largest|all/);
        if (!pair.kind.startsWith('absent')) expect(pair.zones).toEqual(['center']);
      }
    }
  });

  it('follows the rule that the scene was described with', () => {
    const polyp = maskOf(64, 64, [[4, 4, 34, 34]]);
    for (const rule of ['box', 'centroid'] as const) {
      const scene = {
        modality: 'endoscopy',
        width: 64,
        height: 64,
        targets: [describeTarget('a', 'polyp', polyp, { rule })],
      };
      const random = createRandom(1, 'pairs', 0);
      const pairs = draftPairs(scene, {
        bank,
        perImage: 20,
        use: 'train',
        laterality: 'image',
        rule,
        random,
      });
      const zones = pairs.flatMap((pair) => (pair.truth.length > 0 ? pair.zones : []));
      expect(new Set(zones)).toEqual(new Set([rule === 'box' ? 'center' : 'top-left']));
      for (const pair of pairs) expect(checkPair(pair, scene, rule), JSON.stringify(pair)).toBeNull();
    }
  });

  it('gives ids of the scene as truth, of the target that is asked for', () => {
    fc.assert(
      fc.property(drawn, ({ scene, seed, ...wanted }) => {
        for (const pair of draft(scene, seed, wanted)) {
          const target = scene.targets.find(({ target }) => target === pair.target);
          const ids = target ? [target.id, ...target.regions.map(({ id }) => id)] : [];
          expect(ids).toEqual(expect.arrayContaining([...pair.truth]));
          if (pair.kind.startsWith('absent')) expect(pair.truth).toEqual([]);
          else expect(pair.truth.length > 0).toBe(target!.regions.length > 0);
          const asksForPlace = pair.asked.zones.length > 0 || pair.asked.side !== null;
          const asksForPart = pair.kind === 'refer-largest' || pair.truth[0]?.includes('#');
          expect(pair.asked.all).toBe(!asksForPlace && !asksForPart);
          expect(pair.zones).toEqual(ZONES.filter((zone) => pair.zones.includes(zone)));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('uses train and test templates apart, and only known ones of the pair’s kind', () => {
    const uses = new Map(
      PAIR_KINDS.flatMap((kind) => bank.questions[kind].map(({ id, use }) => [id, { kind, use }] as const)),
    );
    fc.assert(
      fc.property(drawn, ({ scene, seed, ...wanted }) => {
        for (const { kind, template } of draft(scene, seed, wanted)) {
          expect(uses.get(template)).toEqual({ kind, use: wanted.use });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('makes nothing of a picture without targets', () => {
    expect(draft({ modality: 'ct', width: 64, height: 64, targets: [] }, 1)).toEqual([]);
  });

  it('answers no to every question about a target that is looked for and not there', () => {
    for (const target of ['polyp', 'lung', 'unheard-of thing']) {
      const pairs = Array.from({ length: 20 }, (_, seed) =>
        draft(sceneOf('ct', { [target]: [] }), seed),
      ).flat();
      expect(pairs).toHaveLength(160);
      for (const pair of pairs) {
        expect(pair.truth).toEqual([]);
        expect(pair.zones).toEqual([]);
        expect(parseZones(pair.answer).negated, pair.answer).toBe(true);
      }
      expect(new Set(pairs.map(({ kind }) => kind)).size).toBeGreaterThan(6);
    }
  });

  it('asks about the targets of a picture in turn', () => {
    const scene = sceneOf('ct', {
      lung: LUNGS,
      'lung infection': [[8, 12, 10, 10]],
      heart: [[24, 30, 14, 14]],
    });
    const counts = new Map<string, number>();
    for (const { target } of Array.from({ length: 50 }, (_, seed) => draft(scene, seed)).flat()) {
      counts.set(target, (counts.get(target) ?? 0) + 1);
    }
    for (const target of ['lung', 'lung infection', 'heart']) expect(counts.get(target)).toBeGreaterThan(80);
  });

  it('asks about half published and half added kinds, and 15 to 20 % about what is not there', () => {
    const many = fc.sample(scenes, { numRuns: 500, seed: 3 });
    const pairs = many
      .filter(({ modality, targets }) => modality !== 'oct' && targets.every(({ area }) => area > 0))
      .flatMap((scene, seed) => draft(scene, seed));
    const share = (isCounted: (pair: Pair) => boolean) => pairs.filter(isCounted).length / pairs.length;
    const published = share(({ kind }) => (PUBLISHED_KINDS as readonly PairKind[]).includes(kind));
    expect(published).toBeGreaterThan(0.45);
    expect(published).toBeLessThan(0.55);
    const absent = share(({ truth }) => truth.length === 0);
    expect(absent).toBeGreaterThan(0.145);
    expect(absent).toBeLessThan(0.2);
    for (const kind of [...PUBLISHED_KINDS, ...ADDED_KINDS]) {
      expect(
        share((pair) => pair.kind === kind),
        kind,
      ).toBeGreaterThan(0.002);
    }
    const aboutLungs = pairs.filter(({ target }) => target === 'lung');
    const sided = aboutLungs.filter(({ kind }) => kind === 'refer-side').length / aboutLungs.length;
    expect(sided).toBeGreaterThan(0.07);
  });
});

describe('questions of a kind', () => {
  const twoPolyps: readonly Rectangle[] = [
    [4, 4, 12, 12],
    [44, 40, 16, 16],
  ];

  it('tell the lungs apart by the side of the picture, or of the patient', () => {
    const scene = sceneOf('x-ray', { lung: LUNGS });
    for (const laterality of ['image', 'patient'] as const) {
      for (const { asked, question, truth } of draftKind(scene, 'refer-side', { laterality })) {
        const region = scene.targets[0]!.regions.find(({ id }) => id === truth[0])!;
        expect(truth).toHaveLength(1);
        expect(asked.side).toBe(region.centroid[0] < 32 ? 'left' : 'right');
        const said = laterality === 'image' ? asked.side! : asked.side === 'left' ? 'right' : 'left';
        expect(question.match(/\b(?:left|right)\b/g)).toEqual([said]);
        expect(question).toMatch(
          laterality === 'image' ? /image|picture|pic|X-ray|radiograph|film/ : /patient's/,
        );
      }
    }
  });

  it('speak of the patient’s sides only where the modality shows them', () => {
    for (const modality of ['endoscopy', 'dermoscopy', 'ultrasound', 'oct']) {
      for (let seed = 0; seed < 20; seed++) {
        for (const pair of draft(sceneOf(modality, { polyp: twoPolyps }), seed, { laterality: 'patient' })) {
          expect(pair.laterality).toBe('image');
          expect(`${pair.question} ${pair.answer}`).not.toContain('patient');
        }
      }
    }
  });

  it('give each zone and half its own regions', () => {
    for (const { asked, truth, zones } of draftKind(
      sceneOf('endoscopy', { polyp: twoPolyps }),
      'refer-zone',
    )) {
      const isFirst = asked.side === 'left' || asked.zones.includes('top-left');
      expect(truth).toEqual([isFirst ? 'made:polyp#1' : 'made:polyp#2']);
      expect(zones).toEqual([isFirst ? 'top-left' : 'bottom-right']);
    }
  });

  it('ask for the largest only where it is clear', () => {
    for (const pair of draftKind(sceneOf('endoscopy', { polyp: twoPolyps }), 'refer-largest')) {
      expect(pair.truth).toEqual(['made:polyp#2']);
      expect(pair.question).toMatch(/larger|bigger/);
    }
    const alike = sceneOf('endoscopy', {
      polyp: [
        [4, 4, 12, 12],
        [44, 40, 13, 12],
      ],
    });
    for (let seed = 0; seed < 60; seed++) {
      expect(draft(alike, seed).map(({ kind }) => kind)).not.toContain('refer-largest');
    }
  });

  it('count the regions', () => {
    const numbers = ['one', 'two', 'three'];
    for (let count = 1; count <= 3; count++) {
      const polyp = [...twoPolyps, [40, 4, 12, 12] as Rectangle].slice(0, count);
      for (const { answer, truth } of draftKind(sceneOf('endoscopy', { polyp }), 'count')) {
        expect(answer.toLowerCase()).toContain(`${numbers[count - 1]} `);
        expect(truth).toEqual(['made:polyp']);
      }
    }
    for (let seed = 0; seed < 60; seed++) {
      const joined = sceneOf('x-ray', { lung: [...LUNGS, [20, 20, 30, 4]] });
      expect(draft(joined, seed).map(({ kind }) => kind)).not.toContain('count');
    }
  });

  it('compare two regions rightly', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(scenes, fc.nat(), (scene, seed) => {
        for (const pair of draft(scene, seed, { perImage: 20 })) {
          if (pair.kind !== 'relation' || pair.asked.all) continue;
          const { regions } = scene.targets.find(({ target }) => target === pair.target)!;
          const one = regions.find(({ id }) => id === pair.truth[0])!;
          const other = regions.find(({ id }) => id !== pair.truth[0])!;
          const word = /larger|bigger|smaller|up|down|left|right/.exec(
            pair.question.replace(/patient/g, ''),
          )![0];
          seen.add(word);
          expect(surpasses(word, one, other), pair.question).toBe(true);
        }
      }),
      { numRuns: 400, seed: 5 },
    );
    expect([...seen].sort()).toEqual(['bigger', 'down', 'larger', 'left', 'right', 'smaller', 'up']);
  });

  function surpasses(word: string, one: SceneRegion, other: SceneRegion): boolean {
    switch (word) {
      case 'larger':
      case 'bigger':
        return one.area > other.area;
      case 'smaller':
        return one.area < other.area;
      case 'up':
        return one.centroid[1] < other.centroid[1];
      case 'down':
        return one.centroid[1] > other.centroid[1];
      case 'left':
        return one.centroid[0] < other.centroid[0];
      default:
        return one.centroid[0] > other.centroid[0];
    }
  }

  it('offer one right option, under the letter of the answer', () => {
    const letters = new Set<string>();
    const places: readonly [Zone, Rectangle][] = [
      ['top-left', [4, 4, 12, 12]],
      ['bottom-right', [44, 40, 16, 16]],
      ['center', [26, 26, 14, 14]],
    ];
    for (const [zone, rectangle] of places) {
      for (const pair of draftKind(sceneOf('endoscopy', { polyp: [rectangle] }), 'multiple-choice')) {
        const options = [...pair.question.matchAll(/\(?([A-D])\) ([a-z -]+?)(?=,| or \(?[A-D]\)|[?.]?$)/g)];
        expect(options.length).toBeGreaterThan(2);
        const zones = options.map(([, , words]) => parseZones(`in the ${words} of the image`).zones);
        expect(new Set(zones.map(String)).size).toBe(options.length);
        const letter = /^\(?([A-D])\b|is ([A-D]),/.exec(pair.answer)!;
        const at = options.findIndex(([, name]) => name === (letter[1] ?? letter[2]));
        expect(zones[at], pair.question).toEqual([zone]);
        letters.add(options[at]![1]!);
      }
    }
    expect([...letters].sort()).toEqual(['A', 'B', 'C', 'D']);
  });

  it.each([
    [
      'a speck far off',
      [
        [44, 40, 16, 16],
        [6, 6, 2, 1],
      ],
      ['bottom-right'],
    ],
    [
      'regions of one quadrant whose box holds the center',
      [
        [30, 44, 10, 16],
        [46, 30, 16, 10],
      ],
      ['bottom-right'],
    ],
    [
      'regions of two quadrants on one side',
      [
        [4, 4, 12, 12],
        [6, 44, 14, 14],
      ],
      ['top-left', 'bottom-left'],
    ],
    ['regions around the center', twoPolyps, ['center']],
  ] as [string, Rectangle[], Zone[]][])(
    'name the zones that the eye sees with %s',
    (_, rectangles, zones) => {
      const scene = sceneOf('endoscopy', { polyp: rectangles });
      for (const kind of ['where', 'segment', 'yes-and-where', 'approximate'] as const) {
        for (const pair of draftKind(scene, kind)) expect(pair.zones, pair.answer).toEqual(zones);
      }
    },
  );

  it('never say that lungs on both sides of the center are not in it, as it is their zone', () => {
    const scene = sceneOf('x-ray', { lung: LUNGS });
    expect(scene.targets[0]!.zone).toBe('center');
    for (let seed = 0; seed < 60; seed++) {
      const denied = draft(scene, seed).filter(({ kind }) => kind === 'absent-zone');
      for (const { asked } of denied) expect(asked.zones).not.toContain('center');
    }
  });

  it('never say that a place is empty into which a target reaches', () => {
    const scene = sceneOf('endoscopy', { polyp: [[20, 20, 30, 16]] }); // of the center, and in all four quarters
    for (let seed = 0; seed < 60; seed++) {
      expect(draft(scene, seed).map(({ kind }) => kind)).not.toContain('absent-zone');
    }
  });

  it('ask for sides and quadrants only where there is no doubt', () => {
    const middle = sceneOf('endoscopy', { polyp: [[26, 26, 14, 14]] });
    const across = sceneOf('endoscopy', { polyp: [[10, 4, 40, 12]] }); // of the top left, and far into the top right
    for (let seed = 0; seed < 60; seed++) {
      for (const kind of ['quadrant', 'side', 'upper-or-lower']) {
        expect(draft(middle, seed).map((pair) => pair.kind)).not.toContain(kind);
      }
      for (const kind of ['quadrant', 'side']) {
        expect(draft(across, seed).map((pair) => pair.kind)).not.toContain(kind);
      }
    }
  });

  it('ask for absent targets that cannot be there, by their exact names', () => {
    const scene = sceneOf('dermoscopy', { 'skin lesion': [[4, 4, 20, 20]] });
    const pairs = draftKind(scene, 'absent-target');
    expect(pairs.map(({ target }) => target)).not.toContain('skin lesion');
    for (const { question } of pairs)
      expect(question).not.toMatch(/\bthe (?:lesion|mass|growth|infection)\b/);
    expect(pairs.some(({ target, asked }) => target === 'lung' && asked.side !== null)).toBe(true);
  });

  it('never ask what is abnormal about an organ', () => {
    const scene = sceneOf('x-ray', { lung: LUNGS, heart: [[24, 30, 14, 14]] });
    for (let seed = 0; seed < 60; seed++) {
      expect(draft(scene, seed).map(({ kind }) => kind)).not.toContain('abnormal');
    }
  });
});
