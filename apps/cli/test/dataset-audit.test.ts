import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ZONES } from '@prs-med/imaging';
import { writeMask, writePicture } from '@prs-med/imaging/node';
import { describe, expect, it } from 'vitest';
import { writeFolder } from '../../../packages/posmed/test/audit/made-folder.js';
import { madeImage } from '../../../packages/posmed/test/audit/made-images.js';
import { expectFailure, prsMed, workFolder } from './command.js';

const SIDE = 64;

/** A made set in the layout of an index: 12 noisy pictures with a square in one of the quarters, the splits by turns. */
async function madeSource(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const rows = ['dataset,modality,target,image,mask,group,split,width,height'];
  for (let i = 0; i < 12; i++) {
    const data = new Uint8Array(SIDE * SIDE * 3);
    for (let at = 0; at < SIDE * SIDE; at++) {
      const block = Math.floor((at % SIDE) / 8) + 8 * Math.floor(at / SIDE / 8);
      data.fill((block * block * (i + 3) * 37 + block * 91 * (i + 1)) % 256, at * 3, at * 3 + 3);
    }
    const mask = new Uint8Array(SIDE * SIDE);
    const [left, top] = [i % 2 ? 40 : 8, i % 4 < 2 ? 8 : 40];
    for (let y = top; y < top + 12; y++) mask.fill(1, y * SIDE + left, y * SIDE + left + 12);
    await writePicture(join(folder, `${i}.png`), { width: SIDE, height: SIDE, data });
    await writeMask(join(folder, `${i}-mask.png`), { width: SIDE, height: SIDE, data: mask });
    const split = ['train', 'val', 'test'][i % 3];
    rows.push(`made,endoscopy,polyp,${i}.png,${i}-mask.png,group-${i},${split},${SIDE},${SIDE}`);
  }
  await writeFile(join(folder, 'index.csv'), `${rows.join('\n')}\n`);
}

describe('dataset audit', async () => {
  const folder = await workFolder({ bundle: false });
  await madeSource(join(folder, 'source'));
  const built = await prsMed(['dataset', 'build', '--source', 'index-csv=source', '--out', 'posmed'], folder);

  it('passes what dataset build makes, and writes a page', async () => {
    expect(built.status, built.stderr).toBe(0);
    const result = await prsMed(['dataset', 'audit', 'posmed'], folder);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^endoscopy {2}train {2}4 images/);
    expect(result.stdout).toContain(`Passed.\nPage: ${join('posmed', 'audit.html')}\n`);
    expect(await readFile(join(folder, 'posmed', 'audit.html'), 'utf8')).toContain('<svg ');
  });

  it('prints one JSON document and writes the page where it is told', async () => {
    const result = await prsMed(['dataset', 'audit', 'posmed', '--json', '--out', 'page.html'], folder);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const report = JSON.parse(result.stdout) as {
      passed: boolean;
      page: string;
      sizes: { images: number }[];
    };
    expect(report).toMatchObject({ folder: 'posmed', page: 'page.html', passed: true });
    expect(report.sizes.map(({ images }) => images)).toEqual([4, 4, 4]);
    await access(join(folder, 'page.html'));
  });

  it('fails with status 1 when a group is in two splits', async () => {
    const images = ZONES.map((zone, i) =>
      madeImage(i, zone, { split: i < 3 ? 'train' : 'test', group: 'patient-1' }),
    );
    await writeFolder(join(folder, 'torn'), images);
    const result = await prsMed(['dataset', 'audit', 'torn'], folder);
    expect(result).toMatchObject({ status: 1, stderr: '' });
    expect(result.stdout).toContain('leak: group-in-two-splits, once: ');
    expect(result.stdout).toContain('  patient-1: 3 in train, 2 in test\n');
    expect(result.stdout).toContain('Failed.\n');
  });

  it('tells what is no PosMed folder', async () => {
    expectFailure(
      await prsMed(['dataset', 'audit', 'source'], folder),
      2,
      'source: ',
      'dataset.json',
      '--resume',
    );
    expectFailure(
      await prsMed(['dataset', 'audit', 'posmed', '--out', 'none/page.html'], folder),
      2,
      join('none', 'page.html'),
    );
  });
});
