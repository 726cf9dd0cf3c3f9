import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeRegions } from '@prs-med/imaging';
import { parseZones } from '@prs-med/posmed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Example } from '../../src/data/index-csv.js';
import { type Batch, createBatchMaker } from '../../src/node/batch-maker.js';
import { readExamples } from '../../src/node/examples.js';
import { type Loader, openEvaluationLoader, openLoader } from '../../src/node/loader.js';
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
  it('reads a folder', () => {
    expect(examples).toHaveLength(12);
    expect(examples.find(({ id }) => id === 'images/ct0.png')!.targets.map(({ target }) => target)).toEqual([
      'lung',
      'lung infection',
    ]);
  });

  it('names the row of a file that is not there, and a missing index', async () => {
    const broken = await makeFolder();
    await rm(join(broken, 'masks', 'polyp2-polyp.png'));
    await expect(readExamples(broken)).rejects.toThrow(
      /index\.csv: row 4: file "masks\/polyp2-polyp\.png" does not/,
    );
    await rm(join(broken, 'index.csv'));
    await expect(readExamples(broken)).rejects.toThrow(/index\.csv: it cannot be read \(ENOENT\)/);
    await rm(broken, { recursive: true });
  });
});

describe('batches', () => {
  it('hold what their samples say', async () => {
    const batch = await createBatchMaker({ ...options(0), mode: { kind: 'training' } }).make(0, 60);
    expect(batch.pictures).toHaveLength(60 * 3 * SIZE * SIZE);
    batch.samples.forEach((sample, slot) => {
      const data = Uint8Array.from(batch.masks.subarray(slot * SIZE * SIZE, (slot + 1) * SIZE * SIZE));
      const { zone } = describeRegions({ width: SIZE, height: SIZE, data });
      expect(sample.index).toBe(slot);
      expect(sample.present).toBe(zone !== null);
      expect(parseZones(sample.answer)).toEqual({ zones: zone ? [zone] : [], negated: !zone });
    });
    expect(new Set(batch.samples.map(({ modality }) => modality)).size).toBe(3);
    expect(batch.pictures.every(Number.isFinite)).toBe(true);
  });

  it('are the same with and without a cache, and into used buffers', async () => {
    const cached = createBatchMaker({ ...options(0), mode: { kind: 'training' } });
    const uncached = createBatchMaker({ ...options(0), cacheBytes: 0, mode: { kind: 'training' } });
    const first = await cached.make(8, 6);
    const again = await cached.make(8, 6, await cached.make(0, 6));
    expect(again).toEqual(first);
    expect(await uncached.make(8, 6)).toEqual(first);
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
    const direct = createBatchMaker({ ...options(0), mode: { kind: 'training' } });
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

  it('shows each target once in an evaluation, unaugmented', async () => {
    const loader = openEvaluationLoader({ folder, examples, batchSize: 4, workers, ...FORMAT });
    expect(loader.length).toBe(15);
    const batches: Batch[] = [];
    for await (const batch of loader) batches.push(batch);
    expect(batches.map(({ samples }) => samples.length)).toEqual([4, 4, 4, 3]);
    const samples = batches.flatMap((batch) => batch.samples);
    expect(samples.map(({ example, target }) => [example, target])).toEqual(
      examples.flatMap(({ id, targets }) => targets.map(({ target }) => [id, target])),
    );
    expect(samples.every(({ kind, asked }) => kind === 'segment' && asked.all)).toBe(true);
  });

  it('names the file that it cannot read', async () => {
    const broken = await makeFolder();
    const listed = (await readExamples(broken)).filter(({ id }) => id === 'images/polyp1.png');
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
    expect(() => openLoader({ ...options(0), examples: [] })).toThrow('no examples');
  });

  it('refuses a mask of another size than its picture', async () => {
    const mixed: Example = {
      ...train[0]!,
      targets: [{ target: 'polyp', mask: 'small.png' }],
    };
    const { writeMask } = await import('@prs-med/imaging/node');
    await writeMask(join(folder, 'small.png'), { width: 4, height: 4, data: new Uint8Array(16) });
    const loader = openLoader({ ...options(0), examples: [mixed] });
    await expect(loader.next()).rejects.toThrow(/small\.png: the mask has 4 x 4 pixels/);
  });
});

const REAL = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

describe.skipIf(!existsSync(join(REAL, 'index.csv')))(
  'the shared data (skipped where there are none)',
  () => {
    it('loads', async () => {
      const leaks: string[] = [];
      const all = await readExamples(REAL, {
        onLeak: ({ group }) => {
          leaks.push(group);
          return 'drop';
        },
      });
      const maker = createBatchMaker({
        ...options(0),
        folder: REAL,
        examples: all.filter(({ split }) => split === 'train'),
        mode: { kind: 'training' },
      });
      const { samples } = await maker.make(0, 24);
      expect(new Set(samples.map(({ modality }) => modality)).size).toBeGreaterThan(3);
      for (const { answer, present } of samples) {
        const parsed = parseZones(answer);
        expect(parsed.negated).toBe(!present);
        expect(parsed.zones).toHaveLength(present ? 1 : 0);
      }
    });
  },
);
