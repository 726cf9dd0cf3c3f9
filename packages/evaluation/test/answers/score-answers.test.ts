import { ZONES } from '@prs-med/imaging';
import { createRandom, describeTarget, draftPairs } from '@prs-med/posmed';
import { readTemplateBank } from '@prs-med/posmed/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRow } from '../../src/answers/answer-row.js';
import { commonestZone, predictBaseline } from '../../src/answers/baselines.js';
import { scoreAnswers } from '../../src/answers/score-answers.js';

const synonyms = () => new Set<string>();
const here = (zone: string) => `The polyp is in the ${zone} of the image.`;

describe('the verdict on an answer', () => {
  it.each([
    ['the same zone in other words', here('top-left'), 'Look at the upper left corner.', [true, true, true]],
    ['another zone', here('top-left'), here('center'), [false, false, true]],
    [
      'one right and one wrong zone',
      here('top-left'),
      'In the top-left and in the center.',
      [false, false, true],
    ],
    ['a denial of what is there', here('top-left'), 'No, there is none.', [false, false, false]],
    ['no zone at all', here('top-left'), 'I am a language model.', [false, false, false]],
    ['a right denial', 'No, there is no polyp.', 'There is none.', [null, true, true]],
    ['a right denial that says more', 'No, it is in the center.', 'No.', [null, true, true]],
    ['a denial with another zone', 'No, it is in the center.', 'No, top-left.', [null, false, true]],
    ['the right zone without the denial', 'No, it is in the center.', here('center'), [null, false, false]],
    ['a false alarm', 'No, there is no polyp.', here('center'), [null, false, false]],
    ['a reference without position', 'There are two.', here('center'), [null, null, null]],
  ])('of %s', (_, answer, prediction, [zone, exactZones, presence]) => {
    expect(judgeRow({ answer, prediction })).toEqual({ zone, exactZones, presence });
  });

  it('takes the zones that are told over those that it reads', () => {
    const row = { answer: 'See the mask.', prediction: here('center'), zones: ['center' as const] };
    expect(judgeRow(row)).toEqual({ zone: true, exactZones: true, presence: true });
  });

  it('of one of two zones is right and not the exact set', () => {
    const row = {
      answer: here('top-left'),
      prediction: here('top-left'),
      zones: ['top-left', 'center'] as const,
    };
    expect(judgeRow(row)).toEqual({ zone: true, exactZones: false, presence: true });
  });
});

describe('the answers of the template bank', () => {
  it.each(['image', 'patient'] as const)("are right by themselves, in the %s's sides", async (laterality) => {
    const bank = await readTemplateBank();
    const data = new Uint8Array(64 * 64);
    for (const [left, top] of [
      [8, 8],
      [40, 12],
    ] as const) {
      for (let y = top; y < top + 10; y++) data.fill(1, y * 64 + left, y * 64 + left + 10);
    }
    const lung = describeTarget('lung', 'lung', { width: 64, height: 64, data });
    const scene = { modality: 'x-ray', width: 64, height: 64, targets: [lung] };
    const random = createRandom(1, 'drafts', 0);
    const pairs = draftPairs(scene, { bank, perImage: 200, use: 'train', laterality, random });
    expect(new Set(pairs.map(({ kind }) => kind)).size).toBeGreaterThan(12);
    for (const { answer, zones } of pairs) {
      const verdict = judgeRow({ answer, prediction: answer, zones });
      expect(Object.values(verdict), answer).not.toContain(false);
    }
  });
});

describe('baselines', () => {
  const training = [
    ...Array.from({ length: 3 }, () => ({ modality: 'mri', answer: here('center') })),
    ...Array.from({ length: 2 }, () => ({ modality: 'mri', answer: here('top-left') })),
    ...Array.from({ length: 4 }, () => ({ modality: 'ct', answer: here('bottom-right') })),
  ];
  const rows = [{ modality: 'mri' }, { modality: 'ct' }, { modality: 'x-ray' }];

  it('learn from the training answers of the modality, or of all where it has none', () => {
    const zones = predictBaseline('commonestZone', rows, training, 0);
    expect(zones).toEqual(
      ['center', 'bottom-right', 'bottom-right'].map((zone) => `It is in the ${zone} of the image.`),
    );
    expect(new Set(predictBaseline('commonestAnswer', rows, training, 0))).toEqual(
      new Set([here('bottom-right')]),
    );
  });

  it('draw at random, and the same again', () => {
    const many = Array.from({ length: 50 }, () => ({ modality: 'mri' }));
    const drawn = predictBaseline('randomAnswer', many, training, 1);
    expect(new Set(drawn)).toEqual(new Set([here('center'), here('top-left')]));
    expect(predictBaseline('randomAnswer', many, training, 1)).toEqual(drawn);
    expect(predictBaseline('randomAnswer', many, training, 2)).not.toEqual(drawn);
  });

  it('name the zone that is commonest', () => {
    const zones = fc.array(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(zones, (named) => {
        const found = commonestZone(named.map((zone) => ({ modality: 'ct', answer: '', zones: [zone] })));
        const count = (zone: string) => named.filter((other) => other === zone).length;
        expect(count(found)).toBe(Math.max(...ZONES.map(count)));
      }),
    );
  });
});

describe('scores of answers', () => {
  it('stand over all rows, by modality, and beside the baselines', () => {
    const rows = [
      { id: '1', modality: 'mri', answer: here('center'), prediction: here('center') },
      { id: '2', modality: 'mri', answer: here('center'), prediction: here('top-left') },
      { id: '3', modality: 'ct', answer: here('top-left'), prediction: here('top-left') },
      { id: '4', modality: 'ct', answer: 'No, there is none.', prediction: 'No, there is none.' },
    ];
    const { overall, modalities, baselines } = scoreAnswers(rows, { synonyms });
    expect(overall.zoneAccuracy).toBeCloseTo(2 / 3);
    expect(overall.exactZoneSet).toBe(0.75);
    expect(overall.presenceAccuracy).toBe(1);
    expect(modalities.mri!.zoneAccuracy).toBe(0.5);
    expect(modalities.ct!.rows).toBe(2);
    expect(baselines.commonestZone.overall.zoneAccuracy).toBe(1);
    expect(baselines.commonestAnswer.overall.zoneAccuracy).toBeCloseTo(2 / 3);
    expect(overall.confidenceInterval.zoneAccuracy![0]).toBeLessThan(2 / 3);
  });

  it('leave out what nothing is said about', () => {
    const rows = [{ id: '1', modality: 'ct', answer: 'There are two.', prediction: 'Two.' }];
    expect(scoreAnswers(rows, { synonyms }).overall).toMatchObject({
      zoneAccuracy: null,
      exactZoneSet: null,
      presenceAccuracy: null,
    });
    expect(() => scoreAnswers([], { synonyms })).toThrow('no answers');
  });
});
