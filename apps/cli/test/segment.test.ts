import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, readMask } from '@prs-med/imaging/node';
import { describe, expect, it } from 'vitest';
import { BIN, fixture, prsMed, workFolder } from './command.js';

const folder = await workFolder();
const model = ['--model', 'tiny'];
const ask = ['--question', 'Where is the polyp?'];

describe('prs-med segment', () => {
  it('writes a mask and an overlay and says what it found', async () => {
    const result = await prsMed(['segment', fixture('rgb.png'), ...ask, ...model], folder);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toContain('rgb.png: ');
    expect(result.stdout).toMatch(/confidence [\d.]+ %/);
    expect(result.stdout).toContain(`${join('out', 'rgb.mask.png')}\n`);
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['rgb.mask.png', 'rgb.overlay.png']);
    const { picture } = await decodePicture(await readFile(fixture('rgb.png')), 'rgb.png');
    const mask = await readMask(join(folder, 'out', 'rgb.mask.png'));
    const overlay = await decodePicture(await readFile(join(folder, 'out', 'rgb.overlay.png')), 'overlay');
    for (const image of [mask, overlay.picture]) {
      expect([image.width, image.height]).toEqual([picture.width, picture.height]);
    }
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const args = [
      'segment',
      fixture('rgb.jpg'),
      ...ask,
      ...model,
      '--json',
      '--out',
      'json',
      '--threads',
      '1',
    ];
    const result = await prsMed(args, folder);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const document = JSON.parse(result.stdout);
    expect(document.model).toMatchObject({ name: 'tiny', version: expect.any(String) });
    expect(document.model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(document.results).toHaveLength(1);
    const [entry] = document.results;
    expect(Object.keys(entry)).toEqual([
      'image',
      'question',
      'answer',
      'present',
      'confidence',
      'zones',
      'regions',
      'mask',
      'overlay',
      'milliseconds',
    ]);
    expect(entry).toMatchObject({
      image: fixture('rgb.jpg'),
      question: 'Where is the polyp?',
      mask: join('json', 'rgb.mask.png'),
      overlay: join('json', 'rgb.overlay.png'),
    });
    expect(Object.keys(entry.milliseconds)).toEqual(['decode', 'encode', 'language', 'mask', 'answer']);
  });

  it('reads DICOM files and NIfTI slices, and warns of what it leaves out', async () => {
    const files = [fixture('dicom/frames.dcm'), fixture('nifti/slice.nii')];
    const args = ['segment', ...files, ...ask, ...model, '--json', '--out', 'volumes'];
    const result = await prsMed(args, folder);
    expect(result.status).toBe(0);
    expect(result.stderr).toContain('frames.dcm: the file has 3 frames; only the first frame is read');
    expect(JSON.parse(result.stdout).results).toHaveLength(2);
    const [frames, slice] = await Promise.all(
      ['frames', 'slice'].map((name) => readMask(join(folder, 'volumes', `${name}.mask.png`))),
    );
    expect([frames!.width, frames!.height, slice!.width, slice!.height]).toEqual([5, 4, 5, 4]);
  });

  it('says the same of the same picture and question', async () => {
    const run = async (out: string) => {
      const { stdout } = await prsMed(
        ['segment', fixture('rgb.png'), ...ask, ...model, '--json', '--out', out],
        folder,
      );
      const { answer, confidence, zones, regions } = JSON.parse(stdout).results[0];
      return { answer, confidence, zones, regions, mask: await readMask(join(folder, out, 'rgb.mask.png')) };
    };
    expect(await run('first')).toEqual(await run('second'));
  });

  it('does several pictures and keeps those of the same stem apart', async () => {
    await mkdir(join(folder, 'other'), { recursive: true });
    await copyFile(fixture('grey8.png'), join(folder, 'other', 'rgb.png'));
    const images = [fixture('rgb.png'), fixture('rgb.jpg'), join('other', 'rgb.png')];
    const result = await prsMed(
      ['segment', ...images, ...ask, ...model, '--json', '--out', 'several'],
      folder,
    );
    expect(result.status).toBe(0);
    const masks = JSON.parse(result.stdout).results.map((entry: { mask: string }) => entry.mask);
    expect(masks).toEqual(['rgb', 'rgb-2', 'rgb-3'].map((name) => join('several', `${name}.mask.png`)));
    expect(await readdir(join(folder, 'several'))).toHaveLength(6);
  });

  it('does the others when one picture fails', async () => {
    const images = [fixture('rgb.png'), 'missing.png', fixture('grey.jpg')];
    const result = await prsMed(
      ['segment', ...images, ...ask, ...model, '--json', '--out', 'partly'],
      folder,
    );
    expect(result.status).toBe(2);
    expect(result.stderr).toBe('prs-med: missing.png: there is no such file; check the path\n');
    const names = JSON.parse(result.stdout).results.map((entry: { image: string }) => entry.image);
    expect(names).toEqual([images[0], images[2]]);
    expect(await readdir(join(folder, 'partly'))).toHaveLength(4);
  });

  it('reads the first frame of an animated GIF and says so', async () => {
    const result = await prsMed(['segment', fixture('animated.gif'), ...ask, ...model, '--json'], folder);
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(
      /^prs-med: .*animated\.gif: the file has \d+ frames; only the first frame is read\n$/,
    );
    expect(JSON.parse(result.stdout).results).toHaveLength(1);
  });

  it('takes questions in any script', async () => {
    for (const question of [
      '病変はどこですか？ 😀',
      'أين الورم؟',
      "Où est la lésion d'à côté ?",
      '<|im_end|>',
    ]) {
      const args = [
        'segment',
        fixture('one.png'),
        '--question',
        question,
        ...model,
        '--json',
        '--out',
        'scripts',
      ];
      const result = await prsMed(args, folder);
      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(result.stdout).results[0].question).toBe(question);
    }
  });

  it("takes left and right for the patient's when told to", async () => {
    const args = ['segment', fixture('rgb.png'), '-q', 'the left lung', ...model, '--json', '--out', 'sides'];
    const result = await prsMed([...args, '--laterality', 'patient'], folder);
    expect(result.status).toBe(0);
    const [patient] = JSON.parse(result.stdout).results;
    expect(patient.question).toBe('the left lung');
    const turned = [...args.slice(0, 3), 'the right lung', ...args.slice(4)];
    const [image] = JSON.parse((await prsMed(turned, folder)).stdout).results;
    expect(patient.regions).toEqual(image.regions);
    expect(patient.confidence).toBe(image.confidence);
  });

  it('goes on when the reader of its output goes away', async () => {
    const command = `"${process.execPath}" "${BIN}" segment "${fixture('rgb.png')}" -q Where? --model tiny --json --out pipe | true; echo "status \${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', command], { cwd: folder });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece));
    await once(child, 'close');
    expect(output).toBe('status 0\n');
    expect(await readdir(join(folder, 'pipe'))).toHaveLength(2);
  });

  it('leaves nothing half written when it is interrupted', async () => {
    const images = Array.from({ length: 60 }, () => fixture('rgb.png'));
    const child = spawn(process.execPath, [BIN, 'segment', ...images, ...ask, ...model, '--out', 'stopped'], {
      cwd: folder,
    });
    let stderr = '';
    child.stderr.on('data', (piece) => (stderr += piece));
    child.stdout.once('data', () => child.kill('SIGINT'));
    const [status] = await once(child, 'close');
    expect(status).toBe(130);
    expect(stderr).toBe('prs-med: segment: interrupted; run it again\n');
    const left = await readdir(join(folder, 'stopped'));
    expect(left.filter((name) => !/\.(mask|overlay)\.png$/.test(name))).toEqual([]);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(120);
  });
});
