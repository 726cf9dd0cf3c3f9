import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMask, readPicture, writeMask, writePicture } from '@prs-med/imaging/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInMemory } from '../../src/dataset/build-in-memory.js';
import { rejectedRow } from '../../src/dataset/schema.js';
import type { Generator } from '../../src/generate/generator.js';
import { templateGenerator } from '../../src/generate/template.js';
import { type BuildOptions, buildDataset } from '../../src/node/build-dataset.js';
import { openPosMed, readImages, readPairs, readTargets } from '../../src/node/dataset-files.js';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
import { decodeRle } from '../../src/position/rle.js';
import type { TemplateBank } from '../../src/questions/bank.js';
import { findSource } from '../../src/sources/list.js';
import { madeFolder } from '../sources/made-folder.js';
import { fixtureFiles } from '../sources/volume-fixtures.js';
import { madePicture, madeRectangles, makeFolderPair, makeIndexSource } from './made-source.js';

let folder: string;
let bank: TemplateBank;
let source: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posmed-build-'));
  bank = await readTemplateBank();
  source = await makeIndexSource(join(folder, 'source'), 24);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let number = 0;
const newName = (name: string): string => join(folder, `${name}-${number++}`);

type Changes = Partial<BuildOptions> & { readonly out: string };

const optionsOf = (changes: Changes): BuildOptions => ({
  sources: [{ kind: 'index-csv', folder: source }],
  bank,
  generator: templateGenerator(),
  perImage: 4,
  seed: 5,
  laterality: 'image',
  zoneRule: 'box',
  resume: false,
  allowProblems: false,
  signal: new AbortController().signal,
  ...changes,
});

const build = (changes: Changes) => buildDataset(optionsOf(changes));

async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** All files of a folder, with their bytes as text. */
async function contentOf(path: string): Promise<Record<string, string>> {
  const files = await readdir(path, { recursive: true, withFileTypes: true });
  const contents = files
    .filter((file) => file.isFile())
    .map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file.slice(path.length + 1), await readFile(file, 'latin1')] as const;
    });
  return Object.fromEntries(await Promise.all(contents));
}

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );

describe('a built folder', () => {
  it('holds what the sources hold, measured, and pairs that the parser bears out', async () => {
    const out = newName('out');
    const record = await build({ out });
    expect(await openPosMed(out)).toEqual(record);
    expect((await readdir(out)).sort()).toEqual([
      'dataset.json',
      'images.parquet',
      'qa.parquet',
      'rejected.jsonl',
      'targets.parquet',
    ]);
    expect(record).toMatchObject({
      seed: 5,
      perImage: 4,
      sources: [{ kind: 'index-csv', folder: '../source', images: 24 }],
      counts: { images: 24, targets: 32, pairs: 96, rejected: 0 },
      parser: { pairs: 96, agreement: 1 },
      problems: [],
    });
    const images = await all(readImages(out));
    expect(images[8]).toMatchObject({
      id: 'others/images/8.png',
      source: 'others',
      modality: 'ct',
      group: 'others:g1',
      split: 'train',
      file: '../source/images/8.png',
      width: 48,
      height: 40,
    });
    const targets = await all(readTargets(out));
    const infection = targets.find(({ id }) => id === 'others/images/8.png:lung infection')!;
    expect(infection.maskFile).toBe('../source/masks/8-1.png');
    expect(decodeRle(infection.rle, 48, 40)).toEqual(await readMask(join(out, infection.maskFile!)));
    const pairs = await all(readPairs(out));
    expect(pairs.filter(({ image }) => image === images[8]!.id).map(({ id }) => id)).toEqual(
      [1, 2, 3, 4].map((place) => `others/images/8.png:q${place}`),
    );
    const splitOf = new Map(images.map(({ id, split }) => [id, split]));
    const testTemplates = new Set(
      Object.values(bank.questions).flatMap((list) =>
        list.filter(({ use }) => use === 'test').map(({ id }) => id),
      ),
    );
    for (const pair of pairs)
      expect(testTemplates.has(pair.template)).toBe(splitOf.get(pair.image) === 'test');
  });

  it('is the same bytes when it is built again, and others with another seed', async () => {
    const outs = [newName('same'), newName('same'), newName('other')];
    for (const [i, out] of outs.entries()) await build({ out, seed: i < 2 ? 1 : 2 });
    const [one, two, other] = await Promise.all(outs.map(contentOf));
    expect(one).toEqual(two);
    expect(one!['images.parquet']).toBe(other!['images.parquet']);
    expect(one!['qa.parquet']).not.toBe(other!['qa.parquet']);
  });

  it('has the rows that are made in memory', async () => {
    const out = newName('out');
    await build({ out });
    const opened = { adapter: findSource('index-csv'), folder: await openSourceFolder(source) };
    const options = optionsOf({ out });
    const made = await buildInMemory([opened], options, options.signal);
    const below = (file: string | null) => file && `../source/${file}`;
    expect(made.images.map((row) => ({ ...row, file: below(row.file) }))).toEqual(await all(readImages(out)));
    expect(made.targets.map((row) => ({ ...row, maskFile: below(row.maskFile) }))).toEqual(
      await all(readTargets(out)),
    );
    expect(made.pairs).toEqual(await all(readPairs(out)));
  });

  it('keeps a PNG of what is no ordinary picture file', async () => {
    const mats = fixtureFiles('figshare');
    const slices = await madeFolder({ '1.mat': mats['1.mat']!, '2.mat': mats['2.mat']! });
    const out = newName('out');
    const sources = [{ kind: 'figshare-brain-tumour', folder: slices }];
    const { problems } = await build({ out, sources, allowProblems: true });
    expect(problems).toHaveLength(1);
    const opened = await openSourceFolder(slices);
    const { items } = await findSource('figshare-brain-tumour').list(opened);
    const images = await all(readImages(out));
    expect(images.map(({ file }) => file)).toEqual(
      [1, 2].map((slice) => `images/figshare-brain-tumour/${slice}.png`),
    );
    for (const [i, { file, sha256 }] of images.entries()) {
      const bytes = await readFile(join(out, file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect((await readPicture(join(out, file))).picture).toEqual(await items[i]!.picture.load!());
    }
    expect((await all(readTargets(out))).map(({ maskFile }) => maskFile)).toEqual([null, null]);
    const options = optionsOf({ out });
    const source = { adapter: findSource('figshare-brain-tumour'), folder: opened };
    await expect(buildInMemory([source], options, options.signal)).rejects.toThrow(
      /[12]\.mat: this is no ordinary picture file/, // several are read at once
    );
  });

  it('groups and deals what has no groups and splits', async () => {
    const pairs = await makeFolderPair(join(folder, 'pairs'), 20);
    await copyFile(join(pairs, 'images/3.png'), join(pairs, 'images/4.png'));
    const out = newName('out');
    const record = await build({ out, sources: [{ kind: 'folder-pair', folder: pairs }] });
    expect(record.counts.splits).toMatchObject({ val: { images: 2 }, test: { images: 2 } });
    const images = await all(readImages(out));
    const groupOf = (name: string) => images.find(({ id }) => id === `polyps/images/${name}`)!.group;
    expect(groupOf('4')).toBe(groupOf('3'));
    expect(new Set(images.map(({ group }) => group)).size).toBe(19);
  });

  it('has pictures that two sets share in one split', async () => {
    const [one, two] = [newName('one'), newName('two')];
    await makeFolderPair(one, 6, 'one');
    await makeFolderPair(two, 6, 'two');
    const record = await build({
      out: newName('out'),
      sources: [one, two].map((name) => ({ kind: 'folder-pair', folder: name })),
    });
    expect(record.joinedGroups).toEqual([]);
    const images = await all(readImages(join(folder, `out-${number - 1}`)));
    const split = (id: string) => images.find((image) => image.id === id)!.split;
    for (let i = 0; i < 6; i++) expect(split(`two/images/${i}`)).toBe(split(`one/images/${i}`));
  });
});

describe('pairs that are thrown away', () => {
  it('are told with the reason, and nothing else is', async () => {
    const liar: Generator = {
      name: 'liar',
      generate: async ({ drafts }) =>
        drafts.map((pair, i) => {
          if (i === 0) return { draft: pair, problem: 'the answer is no JSON: "{oops"' };
          return { pair: i === 1 ? { ...pair, answer: 'It is malignant.' } : pair };
        }),
      close: async () => undefined,
    };
    const out = newName('out');
    const record = await build({ out, generator: liar });
    expect(record.counts).toMatchObject({
      pairs: 48,
      rejected: 48,
      reasons: { 'the answer is no JSON: "…"': 24, 'the answer names a diagnosis, "…"': 24 },
    });
    expect(record.parser).toMatchObject({ pairs: 72, agreement: 2 / 3 });
    const lines = (await readFile(join(out, 'rejected.jsonl'), 'utf8')).trimEnd().split('\n');
    const rows = lines.map((line) => rejectedRow.parse(JSON.parse(line)));
    expect(rows).toHaveLength(48);
    expect(rows.filter(({ answer }) => answer === 'It is malignant.')).toHaveLength(24);
    expect((await all(readPairs(out))).every(({ generator }) => generator === 'liar')).toBe(true);
  });
});

describe('a build that was killed', () => {
  it('goes on from what every moment of it left on the disk, to the same bytes', async () => {
    const out = newName('killed');
    const left: string[] = [];
    let calls = 0;
    // A copy of the folder is what a kill at that moment leaves.
    const onProgress = () => {
      if (calls++ % 6 !== 0) return;
      const name = newName('left');
      cpSync(out, name, { recursive: true });
      left.push(name);
    };
    await build({ out, onProgress });
    const whole = await contentOf(out);
    expect(left).toHaveLength(12);
    // Kills while the tables get their names, and while the work folder is taken away.
    const [late, last] = [newName('left'), newName('left')];
    for (const name of [late, last]) await cp(left.at(-1)!, name, { recursive: true });
    await copyFile(join(out, 'images.parquet'), join(late, 'images.parquet'));
    for (const file of Object.keys(whole)) await copyFile(join(out, file), join(last, file));
    await rm(join(last, '.build/options.json'));
    for (const name of [...left, late, last]) {
      await build({ out: name, resume: true });
      expect(await contentOf(name)).toEqual(whole);
    }
  });

  it('does not ask a generator again for pairs that it has', async () => {
    const out = newName('asked');
    const asked: string[] = [];
    const counting: Generator = {
      ...templateGenerator(),
      generate: async (request) => {
        if (asked.length === 10) throw new Error('the budget is used up');
        asked.push(request.image);
        return request.drafts.map((pair) => ({ pair }));
      },
    };
    await expect(build({ out, generator: counting })).rejects.toThrow('the budget is used up');
    const rest: string[] = [];
    const other: Generator = {
      ...templateGenerator(),
      generate: async (request) => {
        rest.push(request.image);
        return request.drafts.map((pair) => ({ pair }));
      },
    };
    await build({ out, generator: other, resume: true });
    expect([...asked, ...rest].sort()).toEqual((await all(readImages(out))).map(({ id }) => id).sort());
  });

  it('stops at a signal and goes on later', async () => {
    const out = newName('stopped');
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const stopped = await failure(build({ out, onProgress, signal: controller.signal }));
    expect(stopped.name).toBe('AbortError');
    expect(await readdir(out)).toEqual(['.build']);
    await build({ out, resume: true });
    await build({ out: `${out}-whole` });
    expect(await contentOf(out)).toEqual(await contentOf(`${out}-whole`));
  });

  it('measures a file again that was changed in between', async () => {
    const [changing, out] = [newName('changing'), newName('out')];
    await makeFolderPair(changing, 3);
    const sources = [{ kind: 'folder-pair', folder: changing }];
    const stop: Generator = {
      ...templateGenerator(),
      generate: () => Promise.reject(new Error('no pairs now')),
    };
    await expect(build({ out, sources, generator: stop })).rejects.toThrow('no pairs now');
    await writeMask(join(changing, 'masks/1.png'), madeRectangles(1));
    await utimes(join(changing, 'masks/1.png'), 1, 1);
    await build({ out, sources, resume: true });
    const [, second] = await all(readTargets(out));
    expect(decodeRle(second!.rle, 48, 40)).toEqual(madeRectangles(1));
  });
});

describe('a build is refused', () => {
  it('over a finished, an unfinished or a foreign folder, and says how to go on', async () => {
    const out = newName('out');
    await build({ out });
    expect((await failure(build({ out }))).message).toBe(
      `${out}: a finished data set is in it; choose another folder with --out, or remove it`,
    );
    const record = await build({ out, resume: true });
    expect(record).toEqual(await openPosMed(out));
    await mkdir(join(folder, 'unfinished/.build'), { recursive: true });
    expect((await failure(build({ out: join(folder, 'unfinished') }))).message).toContain(
      'go on with --resume',
    );
    expect((await failure(build({ out: folder }))).message).toContain('it holds other files');
    expect((await failure(build({ out: folder, resume: true }))).message).toContain('it holds other files');
    await writeFile(join(folder, 'file'), '');
    expect((await failure(build({ out: join(folder, 'file') }))).message).toContain('a file is in the way');
  });

  it('while another one is at work in the folder', async () => {
    const out = newName('out');
    let goOn = () => {};
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const first = await new Promise<{ build: Promise<unknown> }>((begun) => {
      const generate: Generator['generate'] = async ({ drafts }) => {
        begun({ build: building });
        await waiting;
        return drafts.map((pair) => ({ pair }));
      };
      const building = build({ out, generator: { ...templateGenerator(), generate } });
    });
    const second = await failure(build({ out, resume: true }));
    goOn();
    await first.build;
    expect(second.message).toMatch(
      /process \d+ on .* has it open; wait until it ends, build in another folder/,
    );
    expect(await readdir(out)).not.toContain('.build');
  });

  it('when it was begun otherwise', async () => {
    const out = newName('out');
    await build({ out });
    const changed = build({ out, resume: true, seed: 6, perImage: 8 });
    expect((await failure(changed)).message).toBe(
      `${out}: it was begun with --per-image 4, not 8, and with --seed 5, not 6; give the same options, or build in another folder`,
    );
  });

  it('for a source inside which it would be, one named twice, and two of the same ids', async () => {
    const inside = await failure(build({ out: join(source, 'out') }));
    expect(inside.message).toContain(`it is inside the source ${source}`);
    const twice = [source, `${source}/../source`].map((name) => ({ kind: 'index-csv', folder: name }));
    expect((await failure(build({ out: newName('out'), sources: twice }))).message).toContain('named twice');
    const copied = newName('copy');
    await cp(source, copied, { recursive: true });
    const alike = [source, copied].map((name) => ({ kind: 'index-csv', folder: name }));
    expect((await failure(build({ out: newName('out'), sources: alike }))).message).toContain(
      `${copied}: a picture in it and one in ${source} have the same id, "scans/images/0.png"`,
    );
  });
});

describe('files that cannot be used', () => {
  let broken: string;
  const told: string[] = [];
  beforeAll(async () => {
    broken = await makeFolderPair(join(folder, 'broken'), 6);
    const bytes = await readFile(join(broken, 'images/1.png'));
    await writeFile(join(broken, 'images/1.png'), bytes.subarray(0, bytes.length - 40));
    await writeMask(join(broken, 'masks/2.png'), madeRectangles(9, 20, 20));
  });
  const sources = () => [{ kind: 'folder-pair', folder: broken }];

  it('are all named, and stop the build, which goes on when they are mended', async () => {
    const out = newName('out');
    const refused = await failure(build({ out, sources: sources(), onWarning: (text) => told.push(text) }));
    expect(told).toEqual([
      `${broken}/images/1.png: the file is damaged or cut short; copy or export it again`,
      `${broken}/masks/2.png: this mask has 20 x 20 pixels, and its picture images/2.png has 48 x 40; export both in the same size`,
    ]);
    expect(refused.message).toMatch(/files with problems, named above: 2; mend them and go on with --resume/);
    await writePicture(join(broken, 'images/1.png'), madePicture(1));
    await writeMask(join(broken, 'masks/2.png'), madeRectangles(2));
    const { counts, problems } = await build({ out, sources: sources(), resume: true });
    expect([counts.images, problems]).toEqual([6, []]);
  });

  it('are left out on demand, and dataset.json tells of them', async () => {
    const out = newName('out');
    await rm(join(broken, 'masks/3.png'));
    await writeMask(join(broken, 'masks/2.png'), madeRectangles(9, 20, 20));
    const options = { out, sources: sources(), allowProblems: true };
    expect((await failure(build({ ...options, allowProblems: false }))).message).toContain(
      'files with problems, named above: 1',
    );
    const { counts, problems } = await build(options);
    expect(counts.images).toBe(4);
    expect(problems.map(({ file }) => file)).toEqual(['../broken/images/3.png', '../broken/masks/2.png']);
  });

  it('are no data set when there is nothing else', async () => {
    const empty = newName('empty');
    await makeFolderPair(empty, 1);
    await writeFile(join(empty, 'images/0.png'), 'text');
    const out = newName('out');
    const options = { out, sources: [{ kind: 'folder-pair', folder: empty }], allowProblems: true };
    expect((await failure(build(options))).message).toBe(`${out}: no picture can be read; check the sources`);
  });
});
