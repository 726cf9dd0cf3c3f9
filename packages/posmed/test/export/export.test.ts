import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZONES } from '@prs-med/imaging';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportRows, releasedRow } from '../../src/export/export-row.js';
import {
  DatasetError,
  type DatasetImage,
  decodeRle,
  describeTarget,
  EXPORTED_STATUSES,
  encodeRle,
  type PairStatus,
  rowOfTarget,
} from '../../src/index.js';
import { type ExportFormat, exportFile, exportHuggingFace } from '../../src/node/index.js';
import { readParquetRows } from '../../src/node/parquet-rows.js';
import { writeFolder } from '../audit/made-folder.js';
import { madeImage, madePair, SQUARES } from '../audit/made-images.js';
import { maskOf } from '../made-mask.js';

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'posmed-export-'));
  folder = join(root, 'posmed');
  await writeFolder(folder, images());
});
afterAll(() => rm(root, { recursive: true, force: true }));

const STATUSES: readonly PairStatus[] = ['checked', 'accepted', 'rejected', 'undecided'];
const statuses = new Set(EXPORTED_STATUSES);

/** Eight images of all splits; the first one has four more pairs, one of each status. */
function images(): DatasetImage[] {
  const made = Array.from({ length: 8 }, (_, i) =>
    madeImage(i, ZONES[i % 5]!, { split: (['train', 'val', 'test'] as const)[i % 3]! }),
  );
  const more = STATUSES.map((status, i) =>
    madePair('made/0', i + 1, 'top-left', { status, question: `Where, "roughly",\nis it (${i})?` }),
  );
  made[0] = { ...made[0]!, pairs: [...made[0]!.pairs, ...more] };
  return made;
}

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );

describe('rows of an export', () => {
  const mask = maskOf(40, 40, [SQUARES['top-left'], SQUARES['bottom-right']]);
  const target = rowOfTarget(describeTarget('made/1:polyp', 'polyp', mask), {
    image: 'made/1',
    maskFile: null,
    rle: encodeRle(mask),
  });
  const entry = (targets: string[]): DatasetImage => ({
    image: madeImage(1, 'center').image,
    targets: [target],
    pairs: [madePair('made/1', 0, 'top-left', { targets })],
  });
  const maskOfRow = (targets: string[]) =>
    decodeRle(exportRows(entry(targets), statuses, (file) => file)[0]!.mask, 40, 40);

  it('have the mask of the whole target, of some of its regions, and an empty one', () => {
    expect(maskOfRow(['made/1:polyp'])).toEqual(mask);
    expect(maskOfRow(['made/1:polyp#2'])).toEqual(maskOf(40, 40, [SQUARES['bottom-right']]));
    expect(maskOfRow(['made/1:polyp#1', 'made/1:polyp#2'])).toEqual(mask);
    expect(maskOfRow([])).toEqual(maskOf(40, 40, []));
  });

  it('name the picture as they are told to, and join the image', () => {
    const [row] = exportRows(entry([]), statuses, (file) => `../${file}`);
    expect(row).toMatchObject({
      id: 'made/1?0',
      image: 'made/1',
      file: '../1.png',
      group: 'group-1',
      width: 40,
    });
  });

  it('have the position in the released columns, in the order of the zones', () => {
    const [row] = exportRows(entry([]), statuses, (file) => `a/b/${file}`);
    expect(releasedRow({ ...row!, zones: ['center', 'top-left'] })).toEqual({
      image_path: 'a/b/1.png',
      image_name: '1.png',
      split: 'train',
      question: 'Where is the polyp?',
      position: 'top-left, center',
      answer: 'The polyp is in the top left of the image.',
    });
    expect(releasedRow({ ...row!, zones: [] }).position).toBe('');
  });
});

describe('an export to a file', () => {
  const all = async (format: ExportFormat, options = { statuses }) => {
    const path = join(root, `pairs.${format}`);
    const counts = await exportFile(folder, format, path, options);
    return { path, counts };
  };

  it('is CSV with the released columns, whatever the text', async () => {
    const { path, counts } = await all('csv');
    expect(counts).toEqual({ images: 8, pairs: 10 });
    const rows = parse(await readFile(path), { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(10);
    expect(Object.keys(rows[0]!)).toEqual([
      'image_path',
      'image_name',
      'split',
      'question',
      'position',
      'answer',
    ]);
    expect(rows[1]).toEqual({
      image_path: 'posmed/pictures/0.png',
      image_name: '0.png',
      split: 'train',
      question: 'Where, "roughly",\nis it (0)?',
      position: 'top-left',
      answer: 'The polyp is in the top left of the image.',
    });
  });

  it('is JSON lines and Parquet with the same rows', async () => {
    const lines = (await readFile((await all('jsonl')).path, 'utf8')).trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const inParquet = [];
    for await (const row of readParquetRows((await all('parquet')).path, Object.keys(rows[0]!))) {
      inParquet.push(row);
    }
    expect(inParquet).toEqual(rows);
    expect(Object.keys(rows[0]!)).toHaveLength(25);
  });

  it('takes the pairs of the statuses that are asked for, and refuses to write none', async () => {
    const { counts, path } = await all('csv', { statuses: new Set(['undecided', 'rejected']) });
    expect(counts).toEqual({ images: 1, pairs: 2 });
    const before = await readFile(path);
    const unreviewed = join(root, 'unreviewed');
    await writeFolder(unreviewed, [madeImage(1, 'center')]);
    const error = await failure(exportFile(unreviewed, 'csv', path, { statuses: new Set(['accepted']) }));
    expect(error).toBeInstanceOf(DatasetError);
    expect(error.message).toBe(
      `${unreviewed}: none of its pairs is accepted; take pairs of another status with --status, or import votes first`,
    );
    expect(await readFile(path)).toEqual(before);
  });

  it('leaves nothing when it is stopped, or cannot be written', async () => {
    const out = join(root, 'stopped');
    await mkdir(out);
    for (const format of ['csv', 'jsonl', 'parquet'] as const) {
      const controller = new AbortController();
      const onImage = () => controller.abort();
      const path = join(out, `pairs.${format}`);
      await expect(
        exportFile(folder, format, path, { statuses, onImage, signal: controller.signal }),
      ).rejects.toThrow(/abort/i);
      const missing = join(out, 'none', `pairs.${format}`);
      expect((await failure(exportFile(folder, format, missing, { statuses }))).message).toContain(missing);
    }
    expect(await readdir(out)).toEqual([]);
  });
});

describe('a folder for Hugging Face', () => {
  const rowsOf = async (out: string, file: string) => {
    const rows = [];
    for await (const row of readParquetRows(join(out, 'data', file), ['image', 'id', 'targets', 'pairs'])) {
      rows.push(row as { id: string; image: { bytes: Uint8Array; path: string }; pairs: { mask: string }[] });
    }
    return rows;
  };

  it('has the pictures with their pairs, by split, in shards', async () => {
    const out = join(root, 'hugging-face');
    const counts = await exportHuggingFace(folder, out, { statuses, shardBytes: 1 });
    expect(counts).toEqual({ images: 8, pairs: 10 });
    expect((await readdir(join(out, 'data'))).sort()).toEqual([
      'test-00000.parquet',
      'test-00001.parquet',
      'train-00000.parquet',
      'train-00001.parquet',
      'train-00002.parquet',
      'validation-00000.parquet',
      'validation-00001.parquet',
      'validation-00002.parquet',
    ]);
    const [row] = await rowsOf(out, 'train-00000.parquet');
    expect(row).toMatchObject({ id: 'made/0', image: { path: '0.png' } });
    expect(Buffer.from(row!.image.bytes)).toEqual(await readFile(join(folder, 'pictures', '0.png')));
    expect(row!.pairs).toHaveLength(3);
    expect(decodeRle(row!.pairs[0]!.mask, 40, 40)).toEqual(maskOf(40, 40, [SQUARES['top-left']]));
  });

  it('keeps images together while they fit, and writes over nothing', async () => {
    const out = join(root, 'together');
    await mkdir(out);
    await exportHuggingFace(folder, out, { statuses });
    expect((await readdir(join(out, 'data'))).sort()).toEqual([
      'test-00000.parquet',
      'train-00000.parquet',
      'validation-00000.parquet',
    ]);
    expect((await rowsOf(out, 'train-00000.parquet')).map(({ id }) => id)).toEqual([
      'made/0',
      'made/3',
      'made/6',
    ]);
    const error = await failure(exportHuggingFace(folder, out, { statuses }));
    expect(error.message).toBe(`${out}: there is something in this folder; name a new or an empty one`);
  });

  it('has a data card with what Hugging Face reads and people need to know', async () => {
    const out = join(root, 'card');
    await exportHuggingFace(folder, out, { statuses: new Set(['checked']) });
    const [, front, card] = (await readFile(join(out, 'README.md'), 'utf8')).split(/^---\n/m);
    expect(front).toContain('- split: validation\n    path: data/validation-*.parquet\n');
    expect(front).toContain('  - name: image\n    dtype: image\n');
    expect(front).toContain('    - name: askedZones\n      list: string\n');
    expect(front).toContain('size_categories:\n- n<1K\n');
    expect(card).toContain('9 questions with answers about where things lie in 8 medical pictures');
    expect(card).toContain('| endoscopy | 3 / 4 | 3 / 3 | 2 / 2 |');
    expect(card).toContain('| Made pictures <of noise> | 8 | the tests | CC0-1.0 |');
    expect(card).toContain('| polyp, endoscopy | 25.0 % | 25.0 % | 25.0 % | 12.5 % | 12.5 % |');
    expect(card).not.toMatch(/undefined|NaN|\[object/);
  });

  it('is not there when a picture is missing, or when it is stopped', async () => {
    const broken = join(root, 'broken');
    await writeFolder(broken, images());
    await rm(join(broken, 'pictures', '4.png'));
    const place = join(root, 'place');
    await mkdir(place);
    const out = join(place, 'out');
    const error = await failure(exportHuggingFace(broken, out, { statuses }));
    expect(error).toBeInstanceOf(DatasetError);
    expect(error.message).toMatch(/4\.png: the picture of made\/4 cannot be read \(ENOENT\); /);
    const controller = new AbortController();
    const onImage = () => controller.abort();
    await expect(
      exportHuggingFace(folder, out, { statuses, onImage, signal: controller.signal }),
    ).rejects.toThrow(/abort/i);
    expect(await readdir(place)).toEqual([]);
    await writeFile(join(place, 'file'), '');
    expect((await failure(exportHuggingFace(folder, join(place, 'file'), { statuses }))).message).toContain(
      join(place, 'file'),
    );
  });
});
