import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError, type DatasetRecord, type PairRow, pairOfRow, rowOfPair } from '../../src/index.js';
import {
  createImageWriter,
  createPairWriter,
  createTargetWriter,
  openPosMed,
  readDatasetImages,
  readImages,
  readPairs,
  readTargets,
  rewritePairs,
} from '../../src/node/index.js';
import { ParquetRowWriter, readParquetRows } from '../../src/node/parquet-rows.js';
import { images, pairs, targets } from './made-rows.js';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const list: Row[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

async function writeAll<Row extends object>(
  writer: ParquetRowWriter<Row>,
  rows: readonly Row[],
): Promise<void> {
  for (const row of rows) await writer.write(row);
  await writer.close();
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posmed-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const emptyFolder = (): Promise<string> => mkdtemp(join(folder, 'one-'));

async function madeFolder(): Promise<string> {
  const made = await emptyFolder();
  await writeAll(await createImageWriter(made), images);
  await writeAll(await createTargetWriter(made), targets);
  await writeAll(await createPairWriter(made), pairs);
  await writeFile(join(made, 'dataset.json'), JSON.stringify(record));
  return made;
}

const record: DatasetRecord = {
  schemaVersion: 1,
  generator: { name: 'template' },
  seed: 1,
  perImage: 2,
  laterality: 'image',
  zoneRule: 'box',
  sources: [],
  movedGroups: [],
  joinedGroups: [],
  problems: [],
  parser: { sentences: 6, coverage: 1, pairs: 3, agreement: 1 },
  counts: {
    images: 2,
    targets: 3,
    pairs: 3,
    rejected: 0,
    splits: {},
    modalities: {},
    kinds: {},
    reasons: {},
  },
};

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );

describe('tables of a PosMed folder', () => {
  it('come back as they were written', async () => {
    const made = await madeFolder();
    expect(await all(readImages(made))).toEqual(images);
    expect(await all(readTargets(made))).toEqual(targets);
    expect(await all(readPairs(made))).toEqual(pairs);
    expect(await openPosMed(made)).toEqual(record);
    expect((await readdir(made)).sort()).toEqual([
      'dataset.json',
      'images.parquet',
      'qa.parquet',
      'targets.parquet',
    ]);
  });

  it('are the same bytes every time', async () => {
    const [one, two] = [await madeFolder(), await madeFolder()];
    for (const file of ['images', 'targets', 'qa']) {
      const [a, b] = await Promise.all([one, two].map((made) => readFile(join(made, `${file}.parquet`))));
      expect(a!.equals(b!)).toBe(true);
    }
  });

  it('are read as pyarrow writes them', async () => {
    const made = join(fixtures, 'pyarrow');
    expect(await all(readImages(made))).toEqual(images);
    expect(await all(readTargets(made))).toEqual(targets);
    expect(await all(readPairs(made))).toEqual(pairs);
  });

  it('may be empty', async () => {
    const made = await emptyFolder();
    await writeAll(await createPairWriter(made), []);
    expect(await all(readPairs(made))).toEqual([]);
  });

  it('leave nothing behind when they are given up', async () => {
    const made = await emptyFolder();
    const writer = await createPairWriter(made);
    await writer.write(pairs[0]!);
    expect(await readdir(made)).toHaveLength(1);
    await writer.abort();
    expect(await readdir(made)).toEqual([]);
  });

  it('are joined by image', async () => {
    const made = await madeFolder();
    expect(await all(readDatasetImages(made))).toEqual([
      { image: images[0], targets: [targets[0]], pairs: [pairs[0]] },
      { image: images[1], targets: targets.slice(1), pairs: pairs.slice(1) },
    ]);
    expect(pairs.map((row) => rowOfPair(pairOfRow(row), row))).toEqual(pairs);
  });

  it('are not joined when an image is missing or out of order', async () => {
    const made = await madeFolder();
    await writeAll(await createImageWriter(made), images.toReversed());
    const error = await failure(all(readDatasetImages(made)));
    expect(error).toBeInstanceOf(DatasetError);
    expect(error.message).toContain(
      'targets.parquet: images.parquet has no image "a/2" at the place of row "a/2:lung"',
    );
  });

  it('are rewritten at once, or stay as they were', async () => {
    const made = await madeFolder();
    const accept = (row: PairRow): PairRow =>
      row.status === 'checked' ? { ...row, status: 'accepted' } : row;
    expect(await rewritePairs(made, accept)).toBe(1);
    expect((await all(readPairs(made))).map(({ status }) => status)).toEqual([
      'accepted',
      'rejected',
      'accepted',
    ]);
    const before = await readFile(join(made, 'qa.parquet'));
    const fail = (): never => {
      throw new Error('a vote is missing');
    };
    await expect(rewritePairs(made, fail)).rejects.toThrow('a vote is missing');
    expect((await readFile(join(made, 'qa.parquet'))).equals(before)).toBe(true);
    expect(await readdir(made)).toHaveLength(4);
  });
});

describe('rows in Parquet', () => {
  it('survive in any number, over any row groups', async () => {
    const path = join(folder, 'any.parquet');
    const columns = {
      name: { type: 'text', nullable: true },
      numbers: { type: 'list', nullable: true, of: { type: 'number' } },
      parts: {
        type: 'list',
        of: {
          type: 'struct',
          fields: { whole: { type: 'whole' }, words: { type: 'list', of: { type: 'text' } } },
        },
      },
    } as const;
    const row = fc.record({
      name: fc.option(fc.string({ unit: 'grapheme' })),
      numbers: fc.option(fc.array(fc.double({ noNaN: true }))),
      parts: fc.array(
        fc.record({ whole: fc.maxSafeInteger().map((n) => n | 0), words: fc.array(fc.string()) }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.integer({ min: 1, max: 5 }), async (rows, rowGroupSize) => {
        await writeAll(await ParquetRowWriter.create(path, columns, { rowGroupSize }), rows);
        expect(await all(readParquetRows(path, Object.keys(columns)))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it('are one row group at a time in memory', async () => {
    const path = join(folder, 'groups.parquet');
    const writer = await ParquetRowWriter.create<{ n: number }>(
      path,
      { n: { type: 'whole' } },
      { rowGroupSize: 3 },
    );
    await writer.write({ n: 0 });
    await writer.write({ n: 1 });
    const before = writer.bytesWritten;
    await writer.write({ n: 2 });
    expect(writer.bytesWritten).toBeGreaterThan(before);
    await writer.write({ n: 3 });
    await writer.close();
    const bytes = await readFile(path);
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(rows).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]);
  });
});

describe('a PosMed folder that cannot be opened', () => {
  const expectError = (error: Error, ...parts: string[]): void => {
    expect(error).toBeInstanceOf(DatasetError);
    expect(error.message).toMatch(/^[^\n]+: [^\n]+; [^\n]+$/);
    for (const part of parts) expect(error.message).toContain(part);
  };

  it('is unfinished', async () => {
    const made = await madeFolder();
    await rm(join(made, 'dataset.json'));
    expectError(await failure(openPosMed(made)), made, '--resume');
    expectError(await failure(openPosMed(join(made, 'nowhere'))), 'nowhere');
  });

  it('is of a newer version, or its record is no record', async () => {
    const made = await madeFolder();
    const write = (text: string) => writeFile(join(made, 'dataset.json'), text);
    await write(JSON.stringify({ ...record, schemaVersion: 2 }));
    expectError(await failure(openPosMed(made)), 'dataset.json', 'newer', 'update prs-med');
    await write(JSON.stringify({ ...record, seed: 'one' }));
    expectError(await failure(openPosMed(made)), 'dataset.json', '"seed"');
    await write('{');
    expectError(await failure(openPosMed(made)), 'dataset.json', 'not JSON');
    await write('null');
    expectError(await failure(openPosMed(made)), 'dataset.json');
  });

  it('lacks a table or a column', async () => {
    const made = await madeFolder();
    await copyFile(join(made, 'images.parquet'), join(made, 'qa.parquet'));
    expectError(await failure(openPosMed(made)), 'qa.parquet', '"question"');
    await rm(join(made, 'qa.parquet'));
    expectError(await failure(openPosMed(made)), 'qa.parquet', 'no such file');
  });

  it('has a cut, an empty or another file in place of a table', async () => {
    const made = await madeFolder();
    const path = join(made, 'targets.parquet');
    const whole = await readFile(path);
    for (const length of [0, 3, 11, whole.length - 1]) {
      await writeFile(path, whole);
      await truncate(path, length);
      expectError(await failure(openPosMed(made)), 'targets.parquet', 'cut short');
    }
    await writeFile(path, 'a text that is long enough to be read as a footer');
    expectError(await failure(openPosMed(made)), 'targets.parquet', 'no Parquet');
  });

  it('has damage that only its rows show', async () => {
    const made = await madeFolder();
    const path = join(made, 'qa.parquet');
    const bytes = await readFile(path);
    bytes.fill(0xff, 8, 200);
    await writeFile(path, bytes);
    expectError(await failure(all(readPairs(made))), 'qa.parquet', 'damaged');
  });

  it('has values that are none of the schema', async () => {
    const made = await madeFolder();
    const writer = await createPairWriter(made);
    await writeAll(writer, [pairs[0]!, { ...pairs[1]!, zones: ['middle'] } as unknown as PairRow]);
    expectError(await failure(all(readPairs(made))), 'qa.parquet', 'row 2', '"zones.0"');
  });

  it('is compressed in a way that is not read', async () => {
    const made = await madeFolder();
    await copyFile(join(fixtures, 'zstd.parquet'), join(made, 'images.parquet'));
    expectError(await failure(all(readImages(made))), 'images.parquet', 'ZSTD', 'Snappy');
  });
});
