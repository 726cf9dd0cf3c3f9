import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMask } from '@prs-med/imaging/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectFailure, prsMed, workFolder } from './command.js';

const golden = fileURLToPath(new URL('../../../packages/evaluation/test/fixtures/', import.meta.url));
const work = await workFolder({ bundle: false });

const score = (...args: string[]) => prsMed(['score', 'segmentation', ...args], work);

describe('prs-med score segmentation', () => {
  beforeEach(async () => {
    for (const name of ['pred', 'gt']) {
      await rm(join(work, name), { recursive: true, force: true });
      await cp(join(golden, 'segmentation', name), join(work, name), { recursive: true });
    }
  });

  it('gives the published figures, per picture too', async () => {
    const stems = Array.from({ length: 24 }, (_, i) => String(i).padStart(2, '0'));
    await writeFile(
      join(work, 'groups.csv'),
      `stem,group\n${stems.map((stem, i) => `${stem},${i % 6}`).join('\n')}\n`,
    );
    const folders = ['--pred', 'pred', '--gt', 'gt'];
    const result = await score(...folders, '--json', '--groups', 'groups.csv', '--per-image', 'table.csv');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const expected = JSON.parse(await readFile(join(golden, 'segmentation.expected.json'), 'utf8'));
    const found = JSON.parse(result.stdout);
    expect(Object.keys(expected.dataset).length).toBe(13);
    for (const [name, value] of Object.entries(expected.dataset)) {
      expect(Math.abs(found[name] - (value as number)), name).toBeLessThan(1e-4);
    }
    expect(found).toMatchObject({ images: 24, groups: 6, emptyTruth: { images: 0, falsePositives: 0 } });
    const [low, high] = found.confidenceInterval.dice;
    expect(low).toBeLessThan(found.dice);
    expect(high).toBeGreaterThan(found.dice);
    const [head, ...rows] = (await readFile(join(work, 'table.csv'), 'utf8')).trim().split('\n');
    const names = head!.split(',');
    expect(rows.length).toBe(24);
    rows.forEach((row, i) => {
      const cells = row.split(',');
      expect([cells[0], cells[3]]).toEqual([stems[i], String(i % 6)]);
      for (const [name, value] of Object.entries(expected.per_image[i])) {
        const ours = Number(cells[names.indexOf(name)]);
        expect(Math.abs(ours - (value as number)), `${name} of ${stems[i]}`).toBeLessThan(1e-4);
      }
    });
  });

  it('names every file that cannot be scored, and scores the rest only when told to', async () => {
    await rm(join(work, 'pred', '00.png'));
    await rm(join(work, 'gt', '01.png'));
    await truncate(join(work, 'pred', '02.png'), 0);
    await truncate(join(work, 'gt', '03.png'), 60);
    await writeMask(join(work, 'pred', '04.png'), { width: 2, height: 1, data: Uint8Array.of(0, 1) });
    const folders = ['--pred', 'pred', '--gt', 'gt', '--json'];
    const refused = await score(...folders);
    const named = [
      ['gt/00.png', 'there is no prediction for it in pred'],
      ['pred/01.png', 'there is no mask for it in gt'],
      ['pred/02.png', 'the file is empty'],
      ['gt/03.png', 'the file is damaged or cut short'],
      ['pred/04.png', 'it has 2 x 1 pixels and its mask gt/04.png 56 x 80'],
    ];
    const lines = refused.stderr.trimEnd().split('\n');
    expect(lines.map((line) => line.split('; ')[0])).toEqual([
      ...named.map(([file, problem]) => `prs-med: ${file}: ${problem}`),
      'prs-med: pred: 5 files cannot be scored',
    ]);
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    const allowed = await score(...folders, '--allow-missing');
    expect(allowed.status).toBe(0);
    const { images, skipped } = JSON.parse(allowed.stdout);
    expect(images).toBe(19);
    expect(skipped).toEqual(named.map(([file, problem]) => ({ file, problem })));
    expect(allowed.stderr.split('\n').slice(0, 5)).toEqual(lines.slice(0, 5));
    expect(allowed.stderr).toContain('prs-med: scored 19 pictures without the 5 files named above\n');
  });

  it('scores on several threads as on one', async () => {
    const [many, manyTruths] = [join(work, 'many', 'pred'), join(work, 'many', 'gt')];
    for (const [from, to] of [
      ['pred', many],
      ['gt', manyTruths],
    ] as const) {
      for (const copy of ['a', 'b', 'c', 'd'])
        await cp(join(work, from), join(to, copy), { recursive: true });
    }
    const one = JSON.parse((await score('--pred', 'pred', '--gt', 'gt', '--json')).stdout);
    const result = await score('--pred', many, '--gt', manyTruths, '--json');
    const four = JSON.parse(result.stdout);
    expect(four.images).toBe(96);
    for (const name of ['meanDic', 'Sm', 'wFm', 'mae', 'hd95', 'dice'])
      expect(four[name]).toBeCloseTo(one[name], 10);
  });

  it('prints a table, stretches maps only when asked to, and takes 1 for the target where nothing is above', async () => {
    const plain = await score('--pred', 'pred', '--gt', 'gt');
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(plain.stdout).toMatch(/^pictures +24\n/);
    expect(plain.stdout).toMatch(/\n {2}dice +0\.\d{3} \(95 % 0\.\d{3} to 0\.\d{3}\)\n/);
    const stretched = await score('--pred', 'pred', '--gt', 'gt', '--json', '--released-normalisation');
    const { dice, mae, meanDic } = JSON.parse(stretched.stdout);
    expect(plain.stdout).toMatch(new RegExp(`\n  dice +${dice.toFixed(3)} `));
    const { dataset } = JSON.parse(await readFile(join(golden, 'segmentation.expected.json'), 'utf8'));
    expect(Math.abs(mae - dataset.mae)).toBeGreaterThan(1e-4);
    expect(Math.abs(meanDic - dataset.meanDic)).toBeGreaterThan(1e-4);
    await mkdir(join(work, 'ones'), { recursive: true });
    // 4 x 1 of 8 bits: 1, 1, 0, 0.
    const bytes =
      'iVBORw0KGgoAAAANSUhEUgAAAAQAAAABCAAAAADcV1ARAAAADUlEQVR4nGNgZGRgAAAADAADnY9AFQAAAABJRU5ErkJggg==';
    await writeFile(join(work, 'ones', 'a.png'), Buffer.from(bytes, 'base64'));
    const binary = await score('--pred', 'ones', '--gt', 'ones', '--json');
    expect(binary.stderr).toBe('prs-med: ones: no value is above 1, so 1 is taken for the target\n');
    expect(JSON.parse(binary.stdout).dice).toBe(1);
  });

  it('refuses calls that cannot be', async () => {
    expectFailure(await score('--pred', 'pred', '--gt', 'none'), 2, 'none: there is no such folder');
    expectFailure(await score('--pred', 'pred'), 2, "required option '--gt <dir>' not specified");
    await writeFile(join(work, 'few.csv'), 'stem,group\n00,a\n');
    const few = await score('--pred', 'pred', '--gt', 'gt', '--groups', 'few.csv');
    expectFailure(few, 2, 'few.csv: it has no group for 23 pictures, such as 01; add a row for each');
  });
});
