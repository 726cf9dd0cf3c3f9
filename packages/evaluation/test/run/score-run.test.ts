import { describe, expect, it } from 'vitest';
import { openRun } from '../../src/node/run-folder.js';
import { comparePairedRuns } from '../../src/run/compare-runs.js';
import type { RunRecord } from '../../src/run/schema.js';
import { type RunScores, scoreRun } from '../../src/run/score-run.js';
import type { Prediction } from '../../src/segmentation/prediction.js';
import { drawn, EMPTY, type MadeRow, madeRow, madeRun, mapOf, SIDE } from './made-run.js';

const synonyms = () => new Set<string>();

async function scored(
  rows: readonly MadeRow[],
  options: Parameters<typeof madeRun>[1] & { readonly resamples?: number } = {},
): Promise<RunScores> {
  const run = await openRun(await madeRun(rows, options));
  return scoreRun(run, { synonyms, resamples: options.resamples ?? 200 });
}

const topLeft = drawn('##', '##');
const topHalf = drawn('##', '');
const bottomRight = drawn('', '', '', '', '', '', '      ##', '      ##');
const both = drawn('##', '##', '', '', '', '', '      ##', '      ##');
const middle = drawn('', '', '', '   ##', '   ##');

const whole = (id: string, truth: MadeRow['truth'], map: Prediction | null, more: Partial<MadeRow> = {}) => ({
  ...(truth && { truth }),
  id,
  map,
  whole: true,
  ...more,
});

describe('segmentation figures of a run', () => {
  it('are of whole targets, by modality and target', async () => {
    const { segmentation, answers, rows } = await scored([
      whole('1', topLeft, mapOf(topLeft)),
      whole('2', topLeft, mapOf(topHalf)),
      whole('3', topLeft, mapOf(bottomRight), { modality: 'ct', target: 'lung' }),
      whole('4', topLeft, mapOf(topLeft), { modality: 'ct', target: 'infection' }),
      { id: '5', truth: topLeft, map: mapOf(bottomRight) },
    ]);
    expect(segmentation!.overall).toMatchObject({ images: 4, groups: 4 });
    expect(segmentation!.overall.dice).toBeCloseTo((1 + 2 / 3 + 0 + 1) / 4);
    expect(segmentation!.modalities.endoscopy!.iou).toBeCloseTo((1 + 1 / 2) / 2);
    expect(segmentation!.targets.map(({ modality, target, dice }) => [modality, target, dice])).toEqual([
      ['endoscopy', 'polyp', expect.closeTo(5 / 6)],
      ['ct', 'lung', 0],
      ['ct', 'infection', 1],
    ]);
    expect(segmentation!.modalities.ct!.confidenceInterval).toMatchObject({ dice: [0, 1], iou: [0, 1] });
    expect(segmentation!.targets[1]!.confidenceInterval.meanDic).toBeNull();
    expect(rows.map(({ dice }) => dice)).toEqual([1, expect.closeTo(2 / 3), 0, 1, 0]);
    expect(rows.map(({ hd95 }) => hd95 === null)).toEqual([false, false, false, false, true]);
    // At every threshold from 1/255 on Dice is 1, and at 0 all of the picture is predicted: 2 * 4 / (4 + 64).
    expect(rows[0]!.meanDic).toBeCloseTo((255 + 8 / 68) / 256);
    expect(answers).toBeNull();
  });

  it('take groups for the intervals', async () => {
    const rows = [
      whole('1', topLeft, mapOf(topLeft), { group: 'a' }),
      whole('2', topLeft, mapOf(bottomRight), { group: 'a' }),
    ];
    const { segmentation } = await scored(rows);
    expect(segmentation!.overall).toMatchObject({ groups: 1, dice: 0.5 });
    expect(segmentation!.overall.confidenceInterval.dice).toBeNull();
  });

  it('are absent for a subject without maps', async () => {
    const { segmentation, calibration, rows, agreement } = await scored([
      whole('1', topLeft, null, { prediction: 'It is in the center.' }),
    ]);
    expect([segmentation, calibration]).toEqual([null, null]);
    expect(rows[0]).toMatchObject({ dice: null, predictedPixels: null, agrees: null });
    expect(agreement.overall).toEqual({ rows: 0, agree: null, silent: 0 });
  });

  it('can be written as JSON and read again', async () => {
    const scores = await scored([whole('1', topLeft, mapOf(topLeft), { prediction: 'Top left.' })]);
    expect(JSON.parse(JSON.stringify(scores))).toEqual(scores);
  });
});

describe('answers of a run', () => {
  const rows = [
    { id: '1', prediction: 'It is in the center.' },
    { id: '2', prediction: 'It is in the top left.' },
    { id: '3', prediction: null },
  ];

  it('are scored where there are any, with baselines that learn from the training answers', async () => {
    const training = [{ modality: 'endoscopy', answer: 'Top left.', zones: ['top-left' as const] }];
    const { answers } = await scored(rows, { training });
    expect(answers!.overall).toMatchObject({ rows: 2, zoneAccuracy: 0.5 });
    expect(answers!.baselines.commonestZone.overall.zoneAccuracy).toBe(0);
    expect(answers!.baselinesLearnedFrom).toBe('training');
  });

  it('have baselines that learn from the references where there are no training answers', async () => {
    const { answers } = await scored(rows);
    expect(answers!.baselines.commonestZone.overall.zoneAccuracy).toBe(1);
    expect(answers!.baselinesLearnedFrom).toBe('references');
  });
});

describe('agreement of answer and mask', () => {
  it.each([
    ['the zone of the mask', 'It is in the top left.', topLeft, true],
    ['another zone', 'It is in the center.', topLeft, false],
    ['a zone and an empty mask', 'It is in the center.', EMPTY, false],
    ['a denial and an empty mask', 'No, there is none.', EMPTY, true],
    ['a denial and a mask', 'No, there is none.', topLeft, false],
    ['the zone of all regions together', 'It is in the center.', both, true],
    ['the zones of the regions', 'In the top left and in the bottom right.', both, true],
    ['one zone too many', 'In the top left and in the bottom right.', topLeft, false],
    ['nothing of position', 'I see something.', topLeft, null],
  ])('of %s', async (_, prediction, mask, expected) => {
    // Regions of four pixels would be specks.
    const large = enlarge(mask);
    const { agreement, rows } = await scored([{ id: '1', prediction, ...large }]);
    expect(rows[0]!.agrees).toBe(expected);
    expect(agreement.overall).toEqual({
      rows: expected === null ? 0 : 1,
      agree: expected === null ? null : Number(expected),
      silent: expected === null ? 1 : 0,
    });
  });

  /** A map of twice the size with a mask of the same shape, and the row's size. */
  function enlarge(mask: typeof topLeft) {
    const side = 2 * SIDE;
    const data = Uint8Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [Math.floor((i % side) / 2), Math.floor(i / side / 2)];
      return 255 * mask.data[y * SIDE + x]!;
    });
    const nothing = { width: side, height: side, data: new Uint8Array(side * side) };
    return { map: { ...nothing, data }, width: side, height: side, truth: nothing, rest: nothing };
  }
});

describe('referring questions', () => {
  it('ask for a mask of what is named and not of the rest', async () => {
    const row = (id: string, kind: MadeRow['kind'], map: Prediction, more: Partial<MadeRow> = {}) =>
      ({ id, kind: kind!, truth: topLeft, rest: bottomRight, map, ...more }) satisfies MadeRow;
    const lung = { modality: 'x-ray', target: 'lung' };
    const { referring } = await scored([
      row('right', 'refer-side', mapOf(topLeft), lung),
      row('both', 'refer-side', mapOf(both), lung),
      row('other', 'refer-zone', mapOf(bottomRight)),
      row('alone', 'refer-largest', mapOf(topLeft), { rest: EMPTY }),
      row('absent', 'refer-zone', mapOf(EMPTY), { truth: EMPTY }),
      row('not referring', 'segment', mapOf(topLeft)),
    ]);
    expect(referring.overall.rows).toBe(4);
    expect(referring.overall.dice).toBeCloseTo((1 + 2 / 3 + 0 + 1) / 4);
    expect(referring.overall.found).toBe(0.5);
    expect(referring.overall.contrasted).toMatchObject({ rows: 3, found: 1 / 3 });
    expect(referring.kinds['refer-largest']).toEqual({
      rows: 1,
      dice: 1,
      found: 1,
      contrasted: { rows: 0, dice: null, found: null },
    });
    expect(referring.modalities.endoscopy).toMatchObject({ rows: 2, found: 0.5 });
    expect(referring.lungs.overall).toEqual({ rows: 2, dice: expect.closeTo(5 / 6), found: 0.5 });
    expect(Object.keys(referring.lungs.modalities)).toEqual(['x-ray']);
  });

  it('are found above 0.5 and below 0.2 alone', async () => {
    // Two of four pixels and two beside: a Dice of 0.5. One pixel of the rest and nine of the truth: 0.18.
    const nine = drawn('###', '###', '###');
    const { referring } = await scored([
      { id: 'half', kind: 'refer-zone', truth: topLeft, map: mapOf(drawn('####')) },
      { id: 'more', kind: 'refer-zone', truth: topLeft, map: mapOf(drawn('###', '#')) },
      {
        id: 'spilt',
        kind: 'refer-zone',
        truth: nine,
        rest: drawn('', '', '', '#'),
        map: mapOf(drawn('###', '###', '###', '#')),
      },
    ]);
    expect(referring.overall.found).toBeCloseTo(2 / 3);
  });
});

describe('presence', () => {
  it('is told by empty masks, by denials, and by its probability', async () => {
    const denial = 'No, there is none.';
    const { presence } = await scored([
      { id: '1', kind: 'absent-target', map: mapOf(EMPTY), prediction: denial, presence: 0.1, zones: [] },
      { id: '2', kind: 'absent-target', map: mapOf(topLeft), prediction: denial, presence: 0.8, zones: [] },
      { id: '3', kind: 'absent-zone', map: mapOf(EMPTY), prediction: null, presence: null, zones: [] },
      { id: '4', truth: topLeft, map: mapOf(topLeft), prediction: 'In the center.', presence: 0.9 },
      { id: '5', truth: topLeft, map: mapOf(EMPTY), prediction: denial, presence: 0.3, modality: 'ct' },
    ]);
    expect(presence.absent.overall).toEqual({ rows: 3, emptyMasks: 2 / 3, denials: 1 });
    expect(presence.absent.kinds).toEqual({
      'absent-target': { rows: 2, emptyMasks: 0.5, denials: 1 },
      'absent-zone': { rows: 1, emptyMasks: 1, denials: null },
    });
    expect(presence.present.overall).toEqual({ rows: 2, emptyMasks: 0.5, denials: 0.5 });
    expect(presence.present.modalities.ct).toEqual({ rows: 1, emptyMasks: 1, denials: 1 });
    // Of four pairs of one that is there and one that is not the former is higher in three.
    expect(presence.areaUnderCurve.overall).toBe(0.75);
    expect(presence.areaUnderCurve.modalities.ct).toBeNull();
  });
});

describe('calibration', () => {
  it('sets the share of target pixels against the probability', async () => {
    // 16 pixels at 204 / 255 = 0.8, half of them right; 48 at 0, none of them target.
    const predicted = drawn('########', '########');
    const truth = drawn('########');
    const { calibration } = await scored([whole('1', truth, mapOf(predicted, 204, 0))]);
    expect(calibration!.pixels).toBe(64);
    expect(calibration!.bins[8]).toEqual({
      from: 0.8,
      to: 0.9,
      pixels: 16,
      probability: expect.closeTo(0.8),
      targetShare: 0.5,
    });
    expect(calibration!.bins[0]).toMatchObject({ pixels: 48, probability: 0, targetShare: 0 });
    expect(calibration!.bins[5]).toMatchObject({ pixels: 0, probability: null, targetShare: null });
    expect(calibration!.expectedCalibrationError).toBeCloseTo((16 * 0.3) / 64);
  });

  it('puts every level in its bin', async () => {
    const levels = { width: SIDE, height: SIDE, data: Uint8Array.from({ length: 64 }, (_, i) => i * 4) };
    levels.data[63] = 255;
    const { calibration } = await scored([whole('1', topLeft, levels)]);
    for (const { from, to, probability, pixels } of calibration!.bins) {
      expect(pixels).toBe([...levels.data].filter((level) => bin(level) === Math.round(from * 10)).length);
      expect(probability).toBeGreaterThanOrEqual(from - 1e-12);
      expect(probability).toBeLessThanOrEqual(to);
    }
    function bin(level: number): number {
      return Math.min(9, Math.floor((10 * level) / 255));
    }
  });
});

describe('the confusion of zones', () => {
  it('counts what answers and masks say of one zone', async () => {
    const { confusion } = await scored([
      { id: '1', truth: middle, map: mapOf(middle), prediction: 'In the center.' },
      { id: '2', truth: middle, map: mapOf(topLeft), prediction: 'In the top left.' },
      { id: '3', truth: middle, map: mapOf(EMPTY), prediction: 'No, there is none.' },
      { id: '4', truth: middle, map: null, prediction: 'In the top left and in the center.' },
      { id: '5', truth: middle, map: null, prediction: 'Somewhere.', zones: ['top-right'] },
      { id: '6', truth: middle, map: null, prediction: 'In the center.', zones: ['top-left', 'center'] },
      { id: '7', map: mapOf(EMPTY), prediction: 'No.', answer: 'No, it is in the center.' },
    ]);
    expect(confusion.answers!.center).toEqual({
      'top-left': 1,
      'top-right': 0,
      'bottom-left': 0,
      'bottom-right': 0,
      center: 1,
      several: 1,
      none: 1,
    });
    expect(confusion.answers!['top-right'].none).toBe(1);
    expect(confusion.masks!.center).toMatchObject({ center: 1, 'top-left': 1, none: 1, several: 0 });
  });
});

describe('a run that cannot be scored', () => {
  it('is named', async () => {
    await expect(scored([])).rejects.toThrow('made: the run has no answers yet; go on with it first');
    const [row] = madeRow({ id: 'a' });
    const broken: Parameters<typeof scoreRun>[0] = {
      record: {} as RunRecord,
      async *predictions() {
        yield { ...row, rest: '!' };
      },
      async *training() {},
      readMask: () => Promise.reject(new Error('there are none')),
    };
    await expect(scoreRun(broken, { synonyms })).rejects.toThrow(
      /^pair a: its rest: .*; run prs-med eval again$/,
    );
  });
});

describe('two runs', () => {
  const zones = ['center' as const];
  const rows = (modality: string, count: number, right: (i: number) => boolean): MadeRow[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `${modality} ${i}`,
      modality,
      truth: middle,
      map: mapOf(right(i) ? middle : topLeft),
      whole: true,
      zones,
      prediction: right(i) ? 'In the center.' : 'In the top left.',
    }));

  it('are compared pair by pair, corrected for the modalities', async () => {
    const first = await scored([...rows('ct', 8, () => true), ...rows('mri', 4, (i) => i < 2)]);
    const second = await scored([
      ...rows('ct', 8, (i) => i < 2),
      ...rows('mri', 4, (i) => i > 1),
      { id: 'new' },
    ]);
    const compared = comparePairedRuns(first, second, { resamples: 100 });
    expect(compared.pairs).toEqual({ both: 12, onlyFirst: 0, onlySecond: 1 });
    for (const { modalities } of [compared.dice, compared.zoneAccuracy]) {
      // Six groups of eight differ, all one way: two of 2^6 ways of turning signs are as far.
      expect(modalities.ct).toMatchObject({ rows: 8, groups: 8, difference: 0.75, pValue: 2 / 64 });
      expect(modalities.ct!.correctedPValue).toBe(2 * (2 / 64));
      expect(modalities.mri).toMatchObject({ rows: 4, difference: 0, pValue: 1, correctedPValue: 1 });
    }
    expect(compared.dice.overall!.difference).toBe(0.5);
  });

  it('are refused where they are of different data or questions', async () => {
    const some = rows('ct', 2, () => true);
    const first = await scored(some);
    const data = { name: 'other', sha256: 'c'.repeat(64), split: 'test' as const };
    const other = await scored(some, { record: { data } });
    expect(() => comparePairedRuns(first, other)).toThrow(
      'runs of small and small: one is of made (bbbbbbbb, test) and the other of other (cccccccc, test); compare runs of the same data and split',
    );
    const asked = await scored(some.map((row) => ({ ...row, question: 'Is it there?' })));
    expect(() => comparePairedRuns(first, asked)).toThrow(
      'pair ct 0 asks "Where is the polyp?" in one and "Is it there?" in the other; ',
    );
    const apart = await scored(rows('mri', 2, () => true));
    expect(() => comparePairedRuns(first, apart)).toThrow('they have no pair in common; ');
  });
});
