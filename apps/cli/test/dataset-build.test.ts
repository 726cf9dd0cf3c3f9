import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMask, writePicture } from '@prs-med/imaging/node';
import { openPosMed } from '@prs-med/posmed/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeError, Interruption, statusOf } from '../src/command-error.js';
import { expectFailure, prsMed, workFolder } from './command.js';

const folder = await workFolder({ bundle: false });

/** Writes a folder of the kind folder-pair; each picture is of one grey and has a square in a corner of its mask. */
async function makeSource(name: string, count: number): Promise<void> {
  const source = join(folder, name);
  for (const part of ['images', 'masks']) await mkdir(join(source, part), { recursive: true });
  const about = { modality: 'endoscopy', target: 'polyp', name };
  await writeFile(join(source, 'source.json'), JSON.stringify(about));
  for (let i = 0; i < count; i++) {
    const mask = new Uint8Array(30 * 30);
    for (let y = 2; y < 10; y++) mask.fill(1, 30 * y + 2, 30 * y + 9);
    await writePicture(join(source, `images/${i}.png`), {
      width: 30,
      height: 30,
      data: Uint8Array.from({ length: 2700 }, (_, at) => (at * (i + 3)) % 251),
    });
    await writeMask(join(source, `masks/${i}.png`), { width: 30, height: 30, data: mask });
  }
}

beforeAll(() => makeSource('source', 10));

const build = (...args: string[]) => prsMed(['dataset', 'build', ...args], folder);

describe('prs-med dataset build', () => {
  it('makes a folder and says what is in it', async () => {
    const { status, stdout, stderr } = await build('--source', 'folder-pair=source', '--out', 'made');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('made: 10 images, 10 targets, 80 pairs\n');
    expect(stdout).toContain(
      '  train: 8 images, 64 pairs\n  val: 1 image, 8 pairs\n  test: 1 image, 8 pairs\n',
    );
    expect(stdout).toContain('  thrown away: 0\n');
    expect(stdout).toMatch(
      / {2}parser: reads [\d.]+ % of the sentences; the masks bear out 100 % of the pairs\n/,
    );
  });

  it('prints dataset.json with --json, the options in it, and the same with --resume', async () => {
    const args = ['--source', 'folder-pair=source', '--out', 'json', '--per-image', '3', '--seed', '9'];
    args.push('--laterality', 'patient', '--zone-rule', 'centroid', '--json');
    const { status, stdout, stderr } = await build(...args);
    expect([status, stderr]).toEqual([0, '']);
    const record = JSON.parse(stdout);
    expect(record).toMatchObject({
      generator: { name: 'template' },
      seed: 9,
      perImage: 3,
      laterality: 'patient',
      zoneRule: 'centroid',
      sources: [{ kind: 'folder-pair', folder: '../source', images: 10 }],
      counts: { pairs: 30 },
    });
    expect(record).toEqual(await openPosMed(join(folder, 'json')));
    expect(await build(...args, '--resume')).toEqual({ status: 0, stdout, stderr: '' });
    expectFailure(await build(...args), 2, 'a finished data set is in it', '--out');
    expectFailure(await build(...args.slice(0, 4), '--resume'), 2, '--per-image 3, not 8', '--seed 9, not 0');
  });

  it('names every file with a problem, and leaves them out on demand', async () => {
    await makeSource('broken', 4);
    const picture = await readFile(join(folder, 'broken/images/1.png'));
    await writeFile(join(folder, 'broken/images/1.png'), picture.subarray(0, 60));
    await rm(join(folder, 'broken/masks/2.png'));
    const args = ['--source', 'folder-pair=broken', '--out', 'out-of-broken'];
    const missing = 'prs-med: broken/images/2.png: it has no mask: masks/2';
    const refused = await build(...args);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(missing);
    expect(refused.stderr).toMatch(
      /prs-med: out-of-broken: files with problems, named above: 1; .*--allow-problems\n$/,
    );
    expect(await readdir(folder)).not.toContain('out-of-broken');
    const done = await build(...args, '--allow-problems');
    expect(done.status).toBe(0);
    expect(done.stderr).toContain(missing);
    expect(done.stderr).toContain('prs-med: broken/images/1.png: the file is damaged or cut short');
    expect(done.stdout).toContain('out-of-broken: 2 images');
    expect(done.stdout).toContain('files with problems: 2');
  });

  it('refuses a wrong call', async () => {
    expectFailure(await build('--out', 'x'), 2, '--source');
    expectFailure(await build('--source', 'source', '--out', 'x'), 2, 'KIND=DIR');
    expectFailure(await build('--source', 'cats=source', '--out', 'x'), 2, 'source "cats"', 'folder-pair');
    expectFailure(
      await build('--source', 'folder-pair=nowhere', '--out', 'x'),
      2,
      'nowhere',
      'check the path',
    );
    expectFailure(await build('--source', 'kvasir-seg=source', '--out', 'source/x'), 2, 'inside the source');
    const twice = ['--source', 'folder-pair=source', '--source', 'folder-pair=./source'];
    expectFailure(await build(...twice, '--out', 'x'), 2, 'named twice');
    expectFailure(await build('--source', 'folder-pair=source', '--out', 'source/source.json/x'), 2);
    expect(await readdir(folder)).not.toContain('x');
  });

  it('refuses a folder without pictures and one without rows', async () => {
    for (const part of ['images', 'masks']) await mkdir(join(folder, 'empty', part), { recursive: true });
    await writeFile(join(folder, 'empty/source.json'), '{"modality":"mri","target":"tumour"}');
    expectFailure(await build('--source', 'folder-pair=empty', '--out', 'x'), 2, 'empty');
    await writeFile(
      join(folder, 'empty/index.csv'),
      'dataset,modality,target,image,mask,group,split,width,height\n',
    );
    expectFailure(await build('--source', 'index-csv=empty', '--out', 'x'), 2, 'empty');
    expect(await readdir(folder)).not.toContain('x');
  });

  it.skipIf(process.getuid?.() === 0)('refuses a folder that may not be read', async () => {
    await cp(join(folder, 'source'), join(folder, 'locked'), { recursive: true });
    await chmod(join(folder, 'locked/images'), 0o000);
    expectFailure(await build('--source', 'folder-pair=locked', '--out', 'x'), 2, 'no permission');
    await chmod(join(folder, 'locked/images'), 0o755);
  });

  it('says how to go on when it is interrupted', () => {
    const interruption = new Interruption('go on with --resume');
    expect(describeError(interruption, 'dataset build', false)).toBe(
      'prs-med: dataset build: interrupted; go on with --resume',
    );
    expect(statusOf(interruption)).toBe(130);
  });
});
