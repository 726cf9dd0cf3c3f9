import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapOfZone } from '../../src/baselines/blind.js';
import { readPublished } from '../../src/node/report-published.js';
import { cell, tableBlock } from '../../src/report/blocks.js';
import { chooseCases } from '../../src/report/choose-cases.js';
import { sortColumns } from '../../src/report/columns.js';
import { scoreConstantZone } from '../../src/report/constant-zone.js';
import { writeMarkdown } from '../../src/report/markdown.js';
import { labelRuns } from '../../src/report/scored-run.js';
import type { RowScore } from '../../src/run/row-score.js';
import { collectSegmentation } from '../../src/segmentation/figures.js';
import { scoreImage } from '../../src/segmentation/score-image.js';
import { madeRow, SIDE } from '../run/made-run.js';

describe('published figures', () => {
  it('are those that the issue states, and none is named without its source', async () => {
    const { segmentation } = await readPublished();
    const paper = segmentation.find(({ method }) => method === 'PRS-Med, paper')!;
    const byName = Object.fromEntries(
      paper.figures.map(({ modality, target, meanDic }) => [`${modality} ${target}`, meanDic]),
    );
    expect(byName).toEqual({
      'ultrasound breast tumour': 0.817,
      'mri brain tumour': 0.803,
      'ct lung': 0.968,
      'x-ray lung': 0.973,
      'endoscopy polyp': 0.843,
      'dermoscopy skin lesion': 0.901,
    });
    for (const { source, data, figures } of segmentation) {
      expect(source).not.toBe('');
      expect(data).not.toBe('');
      expect(sortColumns(figures)).toHaveLength(6);
      // Of masks that are neither perfect nor empty, IoU is below Dice and above half of it.
      for (const { meanDic, meanIoU } of figures) {
        if (meanIoU === null) continue;
        expect(meanIoU).toBeLessThan(meanDic);
        expect(meanIoU).toBeGreaterThan(meanDic / 2);
      }
    }
  });
});

describe('the constant baseline of segmentation', () => {
  it('is what the mask of the zone scores as an ordinary prediction', async () => {
    const pixels = fc.array(fc.constantFrom(0, 1), { minLength: SIDE * SIDE, maxLength: SIDE * SIDE });
    await fc.assert(
      fc.asyncProperty(fc.array(pixels, { minLength: 2, maxLength: 6 }), async (masks) => {
        const truths = masks.map((data) => ({ width: SIDE, height: SIDE, data: Uint8Array.from(data) }));
        const rows = truths.map((truth, i) => madeRow({ id: `${i}`, whole: true, truth })[0]);
        const zone = mapOfZone('bottom-right', SIDE, SIDE);
        const map = { ...zone, data: Uint8Array.from(zone.data, (value) => 255 * value) };
        const collector = collectSegmentation();
        truths.forEach((truth, i) => {
          collector.add(scoreImage(map, truth), `${i}`);
        });
        const { meanDic, meanIoU, dice, confidenceInterval } = collector.figures({ resamples: 100 });
        const constant = await scoreConstantZone(
          {
            record: {} as never,
            async *predictions() {
              yield* rows;
            },
            async *training() {
              yield { modality: 'endoscopy', answer: '', zones: ['bottom-right'] };
            },
            readMask: () => Promise.reject(new Error('no map is needed')),
          },
          { resamples: 100 },
        );
        expect(constant!.overall.images).toBe(rows.length);
        expect(constant!.overall.meanDic).toBeCloseTo(meanDic, 12);
        expect(constant!.overall.meanIoU).toBeCloseTo(meanIoU, 12);
        expect(constant!.overall.dice).toBeCloseTo(dice, 12);
        expect(constant!.overall.confidenceInterval.dice![0]).toBeCloseTo(confidenceInterval.dice![0], 12);
        expect(constant!.targets).toMatchObject([
          { modality: 'endoscopy', target: 'polyp', images: rows.length },
        ]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('cases', () => {
  const rowsOf = (dices: readonly number[]): RowScore[] =>
    dices.map(
      (dice, i) => ({ id: `${i}`, modality: 'mri', target: 'brain tumour', whole: true, dice }) as RowScore,
    );

  it('are the best, the median and the worst, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0.2, 0.5, 0.9, 1), { maxLength: 12 }), (dices) => {
        const chosen = chooseCases(rowsOf(dices));
        expect(chosen).toHaveLength(Math.min(3, dices.length));
        expect(new Set(chosen.map(({ row }) => row.id)).size).toBe(chosen.length);
        const sorted = [...dices].sort((a, b) => b - a);
        const expected = {
          best: sorted[0],
          median: sorted[Math.floor((sorted.length - 1) / 2)],
          worst: sorted.at(-1),
        };
        for (const { rank, row } of chosen) expect(row.dice).toBe(expected[rank]);
      }),
    );
  });

  it('leave out what is no whole target or has no mask', () => {
    const [first, second, third] = rowsOf([0.1, 0.2, 0.3]);
    const rows = [{ ...first!, whole: false }, { ...second!, dice: null }, third!];
    expect(chooseCases(rows).map(({ row }) => row.id)).toEqual(['2']);
  });
});

describe('names and texts', () => {
  it('gives each run a label of its own', () => {
    const small = { kind: 'model', name: 'small', version: '1', sha256: '' } as const;
    expect(
      labelRuns([
        { subject: small, folder: 'first' },
        { subject: { kind: 'baseline', name: 'constant' }, folder: 'c' },
        { subject: { ...small, version: '2' }, folder: 'second' },
        { subject: small, folder: 'second' },
      ]),
    ).toEqual(['small, first', 'constant (baseline)', 'small, second', 'small, second (2)']);
  });

  it('keeps a table of Markdown whole, whatever its texts hold', () => {
    const text = fc.string({
      unit: fc.constantFrom('|', '\\', '\n', '\r', '*', '<', '>', '`', '[', 'a', ' ', '&'),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 4 }), (rows) => {
        const table = tableBlock({
          caption: 'made',
          columns: [['name'], ['one'], ['two']],
          rows: rows.map(([name, one, two]) => ({ name, cells: [cell(one), cell(two)] })),
        });
        const lines = writeMarkdown('title', [table]).trimEnd().split('\n');
        const body = lines.slice(lines.findIndex((line) => line.startsWith('|')));
        expect(body).toHaveLength(2 + rows.length);
        for (const line of body) {
          // A backslash takes the character after it out of the table's own.
          expect(line.replace(/\\./g, '').match(/\|/g)).toHaveLength(4);
          expect(line.replace(/<br>/g, '')).not.toMatch(/</);
        }
      }),
    );
  });
});
