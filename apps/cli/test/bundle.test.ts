import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BIN, expectFailure, prsMed, workFolder } from './command.js';

const folder = await workFolder();

describe('prs-med bundle', () => {
  it('builds the same bundle from the same seed, and another from another', async () => {
    const build = (out: string, seed: string) =>
      prsMed(['bundle', 'build', '--preset', 'tiny', '--out', out, '--seed', seed], folder);
    for (const [out, seed] of [
      ['a', '3'],
      ['b', '3'],
      ['c', '4'],
    ] as const) {
      expect(await build(out, seed)).toMatchObject({
        status: 0,
        stderr: '',
        stdout: `${out}: a bundle of preset tiny (untrained)\n`,
      });
    }
    const read = (out: string) => readFile(join(folder, out, 'config.json'), 'utf8');
    expect(await read('b')).toBe(await read('a'));
    expect(await read('c')).not.toBe(await read('a'));
  });

  it('builds from trained parameters', async () => {
    const args = ['bundle', 'build', '--preset', 'tiny', '--bundle-version', '7.0'];
    const result = await prsMed([...args, '--checkpoint', 'tiny', '--out', 'trained'], folder);
    expect(result).toMatchObject({ status: 0, stdout: 'trained: a bundle of preset tiny\n' });
    const trained = (out: string) => readFile(join(folder, out, 'trained.safetensors'));
    // Rounded to 8 bits once, they stay as they are.
    expect((await trained('trained')).byteLength).toBeLessThan((await trained('tiny')).byteLength);
    await prsMed([...args, '--checkpoint', 'trained', '--out', 'again'], folder);
    expect((await trained('again')).equals(await trained('trained'))).toBe(true);
    const config = JSON.parse(await readFile(join(folder, 'trained', 'config.json'), 'utf8'));
    expect(config).toMatchObject({ trained: true, version: '7.0' });
    expect(config.provenance.trainedSha256).toMatch(/^[0-9a-f]{64}$/);
    const both = [...args, '--checkpoint', 'tiny', '--trained', 'x', '--out', 'y'];
    expectFailure(await prsMed(both, folder), 2, '--trained and --checkpoint are both given');
    const missing = [...args, '--trained', 'x.safetensors', '--out', 'y'];
    expectFailure(await prsMed(missing, folder), 2, 'x.safetensors: cannot be opened');
  });

  it('records the run that the parameters are from', async () => {
    const checkpoint = join(folder, 'run', 'checkpoints', 'best');
    await mkdir(checkpoint, { recursive: true });
    await cp(join(folder, 'tiny', 'trained.safetensors'), join(checkpoint, 'trained.safetensors'));
    await writeFile(join(checkpoint, 'state.json'), '{"step": 12}');
    await writeFile(join(folder, 'run', 'run.json'), '{"seed": 4, "model": "/home/someone/bundle"}');
    await writeFile(join(folder, 'more.json'), '{"figures": {"dice": 0.7}}');
    const args = ['bundle', 'build', '--preset', 'tiny', '--checkpoint', checkpoint, '--out', 'recorded'];
    expect((await prsMed([...args, '--provenance', 'more.json'], folder)).status).toBe(0);
    const { provenance } = JSON.parse(await readFile(join(folder, 'recorded', 'config.json'), 'utf8'));
    expect(provenance).toMatchObject({ run: { seed: 4 }, checkpoint: { step: 12 }, figures: { dice: 0.7 } });
    expect(JSON.stringify(provenance)).not.toContain('someone');
    await writeFile(join(folder, 'more.json'), '[1]');
    const wrong = await prsMed([...args, '--force', '--provenance', 'more.json'], folder);
    expectFailure(wrong, 2, 'more.json: this is no JSON object');
  });

  it('puts notes into the model card', async () => {
    await writeFile(join(folder, 'notes.md'), '## Figures\nDice 0.7 on 12 pictures.\n');
    const args = ['bundle', 'build', '--preset', 'tiny', '--out', 'noted', '--notes'];
    expect((await prsMed([...args, 'notes.md'], folder)).status).toBe(0);
    const card = await readFile(join(folder, 'noted', 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('\n## Figures\nDice 0.7 on 12 pictures.\n\n## How it was made\n');
    expectFailure(await prsMed([...args, 'none.md', '--force'], folder), 2, 'none.md: there is no such file');
  });

  it('does not write over a bundle unless told to', async () => {
    const args = ['bundle', 'build', '--preset', 'tiny', '--out', 'tiny'];
    expectFailure(await prsMed(args, folder), 2, 'there is a bundle here already', '--force');
    expect((await prsMed([...args, '--force'], folder)).status).toBe(0);
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('checks every file', async () => {
    const sound = await prsMed(['bundle', 'check', 'tiny'], folder);
    expect(sound).toMatchObject({ status: 0, stderr: '' });
    expect(sound.stdout).toMatch(/^tiny: sound; \d+ files/);
    await cp(join(folder, 'tiny'), join(folder, 'changed'), { recursive: true });
    await writeFile(join(folder, 'changed', 'MODEL_CARD.md'), 'another');
    expectFailure(
      await prsMed(['bundle', 'check', 'changed'], folder),
      2,
      'changed, file MODEL_CARD.md: it has 7 bytes',
    );
  });

  it('describes a bundle in words and as JSON', async () => {
    const words = await prsMed(['bundle', 'describe', 'tiny'], folder);
    expect(words).toMatchObject({ status: 0, stderr: '' });
    expect(words.stdout).toMatch(/^tiny \S+, preset tiny, untrained\nsha256 [0-9a-f]{64}\n/);
    const json = await prsMed(['bundle', 'describe', 'tiny', '--json'], folder);
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'tiny', trained: false, schemaVersion: 1 });
    expect(JSON.parse(json.stdout).files['trained.safetensors'].sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('prs-med doctor', () => {
  it('tries the whole path', async () => {
    const result = await prsMed(['doctor', '--model', 'tiny', '--json'], folder);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const diagnosis = JSON.parse(result.stdout);
    expect(diagnosis).toMatchObject({ ok: true, problems: [], model: { found: true, checked: true } });
    expect(diagnosis.matrixGflops).toBeGreaterThan(1);
    expect(diagnosis.onnxruntime.providers).toContain('cpu');
    expect(diagnosis.trial.segment).toBeGreaterThanOrEqual(0);
    const words = await prsMed(['doctor', '--model', 'tiny'], folder);
    expect(words.stdout).toContain('prs-med segment works here.\n');
  });

  it('says what is missing and ends with 1', async () => {
    const result = await prsMed(['doctor', '--model', 'nowhere'], folder);
    expect(result.status).toBe(1);
    expect(result.stdout).toContain(
      'prs-med segment does not work here:\n  nowhere: there is no such folder;',
    );
  });
});

describe('the bin', () => {
  it('says that it has not been compiled', async () => {
    const lonely = await mkdtemp(join(tmpdir(), 'prs-med-bin-'));
    await cp(BIN, join(lonely, 'bin', 'prs-med.js'));
    await writeFile(join(lonely, 'package.json'), '{"type":"module"}');
    const running = promisify(execFile)(process.execPath, [join(lonely, 'bin', 'prs-med.js'), 'doctor']);
    await expect(running).rejects.toMatchObject({
      code: 1,
      stderr: 'prs-med: installation: it has not been compiled; run npm ci, or npm run build\n',
    });
    await rm(lonely, { recursive: true, force: true });
  });
});
