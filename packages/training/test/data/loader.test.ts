import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeRegions, maskArea } from '@prs-med/imaging';
import { parseSentence, templateGenerator } from '@prs-med/posmed';
import { buildDataset, readTemplateBank, rewritePairs } from '@prs-med/posmed/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Example } from '../../src/data/example.js';
import { type Batch, createBatchMaker } from '../../src/node/batch-maker.js';
import { readExamples } from '../../src/node/examples.js';
import { type Loader, openLoader, openValidationLoader } from '../../src/node/loader.js';
import { makeFolder } from './made-folder.js';

const SIZE = 32;
const FORMAT = { size: SIZE, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;

let folder: string;
let examples: Example[];
let train: Example[];

beforeAll(async () => {
  folder = await makeFolder();
  examples = await readExamples(folder);
  train = examples.filter(({ split }) => split === 'train');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function take(loader: Loader, count: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  while (batches.length < count) {
    const { done, value } = await loader.next();
    if (done) break;
    batches.push(value);
  }
  await loader.close();
  return batches;
}

function options(workers: number) {
  return { folder, examples: train, batchSize: 4, seed: 3, workers, ...FORMAT };
}

describe('readExamples', () => {
  it('makes the pairs of a plain folder in memory', () => {
    expect(examples).toHaveLength(12);
    const slice = examples.find(({ image }) => image === 'images/ct0.png')!;
    expect(slice.targets.map(({ target }) => target)).toEqual(['lung', 'lung infection']);
    expect(examples.every(({ pairs }) => pairs.length === 8)).toBe(true);
  });

  it('reads the same from a PosMed folder, without the pairs that a panel turned down', async () => {
    const out = await mkdtemp(join(tmpdir(), 'prs-med-posmed-'));
    await buildDataset({
      sources: [{ kind: 'index-csv', folder }],
      out: join(out, 'posmed'),
      bank: await readTemplateBank(),
      generator: templateGenerator(),
      perImage: 8,
      seed: 0,
      laterality: 'image',
      zoneRule: 'box',
      resume: false,
      allowProblems: false,
      signal: new AbortController().signal,
    });
    const read = await readExamples(join(out, 'posmed'));
    expect(read.map(({ image, ...rest }) => ({ ...rest, image: join(out, 'posmed', image) }))).toEqual(
      examples.map(({ image, ...rest }) => ({ ...rest, image: join(folder, image) })),
    );
    const [first] = read;
    await rewritePairs(join(out, 'posmed'), (row) =>
      row.image === first!.id
        ? { ...row, status: row.question === first!.pairs[0]!.question ? 'rejected' : 'accepted' }
        : row,
    );
    const reviewed = await readExamples(join(out, 'posmed'));
    expect(reviewed[0]!.pairs).toEqual(first!.pairs.slice(1));
    await rm(out, { recursive: true });
  });

  it('tells what cannot be read, and leaves it out', async () => {
    const broken = await makeFolder();
    await rm(join(broken, 'masks', 'polyp2-polyp.png'));
    const warnings: string[] = [];
    const left = await readExamples(broken, { onWarning: (text) => warnings.push(text) });
    expect(left).toHaveLength(11);
    expect(warnings.join()).toContain('polyp2-polyp.png');
    await rm(join(broken, 'index.csv'));
    await expect(readExamples(broken)).rejects.toThrow(/it has neither a dataset\.json nor an index\.csv/);
    await rm(broken, { recursive: true });
  });
});

describe('batches', () => {
  it('hold what their samples say', async () => {
    const batch = await createBatchMaker({
      ...options(0),
      mode: { kind: 'training', targetWeights: {} },
    }).make(0, 60);
    expect(batch.pictures).toHaveLength(60 * 3 * SIZE * SIZE);
    batch.samples.forEach((sample, slot) => {
      const data = Uint8Array.from(batch.masks.subarray(slot * SIZE * SIZE, (slot + 1) * SIZE * SIZE));
      const { zone } = describeRegions({ width: SIZE, height: SIZE, data });
      expect(sample.index).toBe(slot);
      expect(sample.present).toBe(zone !== null);
      const said = parseSentence(sample.answer);
      if (!sample.present) expect(said.presence, sample.answer).toBe('no');
      else if (said.zones.length === 1) expect(said.zones, sample.answer).toEqual([zone]);
    });
    expect(new Set(batch.samples.map(({ modality }) => modality)).size).toBe(3);
    expect(new Set(batch.samples.map(({ kind }) => kind)).size).toBeGreaterThan(8);
    expect(batch.pictures.every(Number.isFinite)).toBe(true);
  });

  it('are the same with and without a cache, and into used buffers', async () => {
    const cached = createBatchMaker({ ...options(0), mode: { kind: 'training', targetWeights: {} } });
    const uncached = createBatchMaker({
      ...options(0),
      cacheBytes: 0,
      mode: { kind: 'training', targetWeights: {} },
    });
    const first = await cached.make(8, 6);
    const again = await cached.make(8, 6, await cached.make(0, 6));
    expect(again).toEqual(first);
    expect(await uncached.make(8, 6)).toEqual(first);
  });

  it('want the picture that the data set was made of', async () => {
    const [example] = train;
    const other: Example = { ...example!, width: example!.width + 1 };
    const maker = createBatchMaker({
      ...options(0),
      examples: [other],
      mode: { kind: 'training', targetWeights: {} },
    });
    await expect(maker.make(0, 1)).rejects.toThrow(/it has 80 x 64 pixels and the data set says 81 x 64/);
  });
});

describe.each([
  ['in the caller', 0],
  ['in a thread', 1],
  ['in two threads', 2],
])('the loader %s', (_, workers) => {
  it('goes on from a sample as if it had never stopped', async () => {
    const whole = await take(openLoader(options(workers)), 5);
    expect(whole.map(({ firstSample }) => firstSample)).toEqual([0, 4, 8, 12, 16]);
    const resumed = await take(openLoader({ ...options(workers), startSample: 12 }), 2);
    expect(resumed).toEqual(whole.slice(3));
    const direct = createBatchMaker({ ...options(0), mode: { kind: 'training', targetWeights: {} } });
    expect(await direct.make(4, 4)).toEqual(whole[1]);
  });

  it('takes batches back, and gives the same', async () => {
    const whole = await take(openLoader(options(workers)), 6);
    const loader = openLoader({ ...options(workers), prefetch: 1 });
    let number = 0;
    for await (const batch of loader) {
      expect(batch).toEqual(whole[number++]);
      loader.release(batch);
      if (number === 6) break;
    }
    expect((await loader.next()).done).toBe(true);
  });

  it('shows each target once in a validation, whole and unaugmented', async () => {
    const loader = openValidationLoader({ folder, examples, batchSize: 4, workers, ...FORMAT });
    const batches: Batch[] = [];
    for await (const batch of loader) batches.push(batch);
    const samples = batches.flatMap((batch) => batch.samples);
    expect(samples).toHaveLength(loader.length);
    const asked = samples.map(({ example, target }) => `${example} ${target}`);
    expect(new Set(asked).size).toBe(asked.length);
    const possible = examples.flatMap(({ id, targets }) => targets.map(({ target }) => `${id} ${target}`));
    expect(possible).toEqual(expect.arrayContaining(asked));
    expect(asked.length).toBeGreaterThan(0.8 * possible.length);
    expect(samples.every(({ present }) => present)).toBe(true);
    expect(batches.every(({ masks }) => masks.some((value) => value === 1))).toBe(true);
  });

  it('names the file that it cannot read', async () => {
    const broken = await makeFolder();
    const listed = (await readExamples(broken)).filter(({ image }) => image === 'images/polyp1.png');
    await writeFile(join(broken, 'images', 'polyp1.png'), 'not a picture');
    const loader = openLoader({ ...options(workers), folder: broken, examples: listed });
    await expect(loader.next()).rejects.toThrow('polyp1.png');
    expect((await loader.next()).done).toBe(true);
    await rm(broken, { recursive: true });
  });
});

describe('the loader', () => {
  it('refuses what cannot work', () => {
    expect(() => openLoader({ ...options(0), batchSize: 0 })).toThrow('batchSize 0');
    expect(() => openLoader({ ...options(0), examples: [] })).toThrow('no pairs');
  });
});

const REAL = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

describe.skipIf(!existsSync(join(REAL, 'index.csv')))(
  'a picture of the shared data (skipped where there are none)',
  () => {
    it('loads', async () => {
      const [header, ...rows] = (await readFile(join(REAL, 'index.csv'), 'utf8')).trim().split('\n');
      const some = await mkdtemp(join(tmpdir(), 'prs-med-some-'));
      await writeFile(join(some, 'index.csv'), [header, ...rows.filter((_, i) => i % 400 === 0)].join('\n'));
      for (const name of new Set(rows.map((row) => row.split(',')[0]!)))
        await symlink(join(REAL, name), join(some, name));
      const real = await readExamples(some);
      expect(real.length).toBeGreaterThan(15);
      const maker = createBatchMaker({
        ...options(0),
        folder: some,
        examples: real,
        mode: { kind: 'training', targetWeights: {} },
      });
      const { samples, masks } = await maker.make(0, 24);
      expect(new Set(samples.map(({ modality }) => modality)).size).toBeGreaterThan(3);
      samples.forEach(({ present }, slot) => {
        const data = Uint8Array.from(masks.subarray(slot * SIZE * SIZE, (slot + 1) * SIZE * SIZE));
        expect(maskArea({ width: SIZE, height: SIZE, data }) > 0).toBe(present);
      });
      await rm(some, { recursive: true });
    });
  },
);
