import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeData } from '../../../packages/training/test/made-data.js';
import { expectFailure, fixture, prsMed, workFolder } from './command.js';

const folder = await workFolder({ bundle: false });
const data = await makeData(6);
afterAll(() => rm(data, { recursive: true, force: true }));

const train = (...args: string[]) => prsMed(['train', '--preset', 'tiny', '--data', data, ...args], folder);

describe('prs-med train', () => {
  it('trains both stages, and its best checkpoint becomes a bundle that segments', async () => {
    const result = await train('--out', 'run', '--epochs', '2', '--seed', '7');
    expect(result.stdout).toMatch(/^run: trained, best mean val Dice 0\.\d+; the best parameters are in /);
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/stage 1, step 2: val Dice .*endoscopy, polyp/);
    expect((await readdir(join(folder, 'run'))).sort()).toEqual([
      'checkpoints',
      'log.jsonl',
      'losses.svg',
      'run.json',
    ]);

    const build = [
      'bundle',
      'build',
      '--preset',
      'tiny',
      '--seed',
      '7',
      '--checkpoint',
      'run/checkpoints/best',
      '--out',
      'trained',
    ];
    expect(await prsMed(build, folder)).toMatchObject({ status: 0, stderr: '' });
    const config = JSON.parse(await readFile(join(folder, 'trained', 'config.json'), 'utf8'));
    expect(config.provenance.run).toMatchObject({
      preset: 'tiny',
      seed: 7,
      dataSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const segment = [
      'segment',
      fixture('rgb.png'),
      '--question',
      'Where is the polyp?',
      '--model',
      'trained',
    ];
    expect(await prsMed(segment, folder)).toMatchObject({ status: 0 });
  });

  it('does not write over a run, and resumes only the run that was started', async () => {
    expectFailure(
      await train('--out', 'run', '--epochs', '2', '--seed', '7'),
      2,
      'run: there is a run here already',
      '--resume',
    );
    expectFailure(
      await train('--out', 'run', '--epochs', '2', '--seed', '8', '--resume'),
      2,
      'another --seed',
    );
    expectFailure(
      await train('--out', 'run', '--epochs', '2', '--seed', '7', '--learning-rate-scale', '0.5', '--resume'),
      2,
      'another --learning-rate-scale',
    );
    expectFailure(
      await train('--out', 'run', '--epochs', '2', '--seed', '7', '--freeze', 'decoder.*', '--resume'),
      2,
      'another --freeze',
    );
    expectFailure(await train('--out', 'nowhere', '--resume'), 2, 'nowhere: there is no run to resume');
    const again = await train('--out', 'run', '--epochs', '2', '--seed', '7', '--resume');
    expect(again).toMatchObject({ status: 0 });
  });

  it('names what cannot be frozen', async () => {
    expectFailure(
      await train('--out', 'frozen', '--freeze', 'decoder.*', 'vision_encoder.blocks.*'),
      2,
      '--freeze vision_encoder.blocks.*',
      'trained.safetensors',
    );
    expectFailure(
      await train('--out', 'frozen', '--stage', '1', '--freeze', '*'),
      2,
      'stage 1 has nothing left to train',
    );
    expect(await readdir(folder)).not.toContain('frozen');
  });

  it('names a target that the data does not have, and a weight that is none', async () => {
    expectFailure(
      await train('--out', 'weighted', '--target-weight', 'polyp=2', 'spleen=2'),
      2,
      '--target-weight spleen',
      'no such target',
    );
    expectFailure(await train('--out', 'weighted', '--target-weight', 'polyp=many'), 2, 'brain tumour=2');
    expect(await readdir(folder)).not.toContain('weighted');
  });

  it('names what is wrong with the data', async () => {
    expectFailure(
      await prsMed(['train', '--data', 'nowhere', '--out', 'x'], folder),
      2,
      'nowhere',
      'index.csv',
    );
    expect(await readdir(folder)).not.toContain('x');
  });

  it('keeps a group in one split, and says so', async () => {
    const leaky = join(folder, 'leaky');
    await cp(data, leaky, { recursive: true });
    const index = await readFile(join(leaky, 'index.csv'), 'utf8');
    await writeFile(join(leaky, 'index.csv'), index.replace(/,g7,/, ',g1,'));
    const args = ['train', '--preset', 'tiny', '--data', leaky, '--out', 'y', '--stage', '1'];
    const result = await prsMed(args, folder);
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/warning: group made:g1: its 1 pictures of val are in train now/);
  });

  it('refuses options that do not go together or make no sense', async () => {
    expectFailure(await train('--out', 'x', '--minutes', '1', '--epochs', '1'), 2, 'train', '--minutes');
    expectFailure(await train('--out', 'x', '--minutes', '-3'), 2, 'above 0');
    expectFailure(await train('--out', 'x', '--stage', '3'), 2, 'stage');
    expectFailure(
      await prsMed(['train', '--preset', 'none', '--data', data, '--out', 'x'], folder),
      2,
      'none',
    );
  });
});
