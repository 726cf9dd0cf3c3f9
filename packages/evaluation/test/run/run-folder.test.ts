import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMask } from '@prs-med/imaging/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openRun } from '../../src/node/run-folder.js';
import { createRunWriter, maskFileOf } from '../../src/node/run-writer.js';
import type { PredictionRow } from '../../src/run/schema.js';
import { drawn, freePath, madeRow, madeRun, mapOf, record } from './made-run.js';

const square = drawn('##', '##');
const training = [{ modality: 'endoscopy', answer: 'In the center.', zones: ['center' as const] }];

async function idsOf(folder: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of (await openRun(folder)).predictions()) ids.push(id);
  return ids;
}

async function rowOf(folder: string, id: string): Promise<PredictionRow> {
  for await (const row of (await openRun(folder)).predictions()) if (row.id === id) return row;
  throw new Error(`there is no row ${id}`);
}

describe('a run folder', () => {
  it('gives back what was written', async () => {
    const [row, map] = madeRow({ id: 'a/b#1', truth: square, map: mapOf(square, 200, 3) });
    const folder = await madeRun([{ id: 'a/b#1', truth: square, map: mapOf(square, 200, 3) }], { training });
    const run = await openRun(folder);
    expect(run.record).toEqual(record());
    expect(await rowOf(folder, 'a/b#1')).toEqual(row);
    expect(await run.readMask(row)).toEqual(map);
    const answers = [];
    for await (const answer of run.training()) answers.push(answer);
    expect(answers).toEqual(training);
    expect((await readdir(folder)).sort()).toEqual([
      'masks',
      'predictions.jsonl',
      'run.json',
      'training.jsonl',
    ]);
  });

  it('keeps probabilities as levels of 8 bits', async () => {
    const folder = await freePath();
    const writer = await createRunWriter(folder, record(), { resume: false, training: [] });
    const [row] = madeRow({ id: 'a', mask: maskFileOf('a'), width: 2, height: 2 });
    await writer.write(row, { width: 2, height: 2, data: Float32Array.of(0, 0.5, 1, 0.2) });
    await writer.close();
    expect([...(await (await openRun(folder)).readMask(row)).data]).toEqual([0, 128, 255, 51]);
  });

  it('goes on where a kill cut a line short', async () => {
    const folder = await madeRun([{ id: 'a' }, { id: 'b' }], { record: { pairs: 3, images: 3 } });
    const path = join(folder, 'predictions.jsonl');
    const whole = await readFile(path);
    const secondLine = whole.indexOf('\n') + 1;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: secondLine + 1, max: whole.length - 1 }), async (end) => {
        await writeFile(path, whole);
        await truncate(path, end);
        expect(await idsOf(folder)).toEqual(['a']);
        const about = record({ pairs: 3, images: 3 });
        const writer = await createRunWriter(folder, about, { resume: true, training: [] });
        expect([...writer.done]).toEqual(['a']);
        await writer.write(...madeRow({ id: 'b' }));
        expect([...writer.done]).toEqual(['a', 'b']);
        await writer.close();
        expect(await readFile(path)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('takes answers that come at once, each as a line of its own', async () => {
    const folder = await freePath();
    const writer = await createRunWriter(folder, record(), { resume: true, training: [] });
    const ids = Array.from({ length: 20 }, (_, i) => `pair ${i}`);
    await Promise.all(ids.map((id) => writer.write(...madeRow({ id, map: mapOf(square) }))));
    await writer.close();
    expect(new Set(await idsOf(folder))).toEqual(new Set(ids));
  });

  it('refuses a second answer, and a map that does not fit', async () => {
    const folder = await freePath();
    const writer = await createRunWriter(folder, record(), { resume: false, training: [] });
    await writer.write(...madeRow({ id: 'a' }));
    await expect(writer.write(...madeRow({ id: 'a' }))).rejects.toThrow('pair a has its answer already');
    const [row, map] = madeRow({ id: 'b', map: mapOf(square) });
    await expect(writer.write({ ...row, width: 9 }, map)).rejects.toThrow('pair b: the map has 8 x 8 pixels');
    await expect(writer.write(row, null)).rejects.toThrow('pair b: its row names a map');
    await writer.close();
  });

  it('belongs to one run and one writer at a time', async () => {
    const folder = await freePath();
    const writer = await createRunWriter(folder, record(), { resume: false, training: [] });
    const again = (resume: boolean, changes = {}) =>
      createRunWriter(folder, record(changes), { resume, training: [] });
    await expect(again(true)).rejects.toThrow(/lock: process \d+ on .* has it open; /);
    await writer.close();
    await expect(again(false)).rejects.toThrow(`${folder}: it holds a run; go on with --resume`);
    await expect(again(true, { seed: 1, pairs: 2 })).rejects.toThrow(
      'run.json: the folder holds another run: seed, pairs are not the same; call it as before',
    );
    await (await again(true)).close();
  });

  it('is not made among other files', async () => {
    const folder = await madeRun([]);
    await rm(join(folder, 'run.json'));
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await expect(createRunWriter(folder, record(), { resume: true, training: [] })).rejects.toThrow(
      `${folder}: it holds other files, such as notes.txt; name an empty folder`,
    );
  });
});

describe('a bad run folder', () => {
  it('is named when it has no record, or one that is not read', async () => {
    const folder = await madeRun([{ id: 'a' }]);
    const path = join(folder, 'run.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"runVersion": 1', '"runVersion": 2'));
    await expect(openRun(folder)).rejects.toThrow(
      `${path}: it is of version 2, and 1 is read here; use a newer prs-med`,
    );
    await writeFile(path, text.replace('"seed": 0', '"seed": "0"'));
    await expect(openRun(folder)).rejects.toThrow(`${path}: it is no record of a run: seed: `);
    await writeFile(path, text.slice(0, -5));
    await expect(openRun(folder)).rejects.toThrow(`${path}: it is no JSON; `);
    await rm(path);
    await expect(openRun(folder)).rejects.toThrow(`${folder}: this is no run folder: it has no run.json; `);
  });

  it('is named with the line that is no row', async () => {
    const folder = await madeRun([{ id: 'a' }]);
    const path = join(folder, 'predictions.jsonl');
    const line = await readFile(path, 'utf8');
    await appendFile(path, line.replace('"id":"a"', '"id":"b"').replace('"where"', '"whence"'));
    await expect(idsOf(folder)).rejects.toThrow(`${path}:2: this is no row of predictions: kind: `);
    await writeFile(path, `${line}{"id"\n`);
    await expect(idsOf(folder)).rejects.toThrow(
      `${path}:2: this is no row of predictions but no JSON at all; `,
    );
    await writeFile(path, line + line);
    await expect(idsOf(folder)).rejects.toThrow(`${path}: pair a has two lines; delete one of them`);
  });

  it('is named with the map that is missing, damaged, of another size, or none', async () => {
    const folder = await madeRun([{ id: 'a', map: mapOf(square) }, { id: 'b' }]);
    const run = await openRun(folder);
    const row = await rowOf(folder, 'a');
    const path = join(folder, maskFileOf('a'));
    await writeMask(path, { width: 2, height: 1, data: Uint8Array.of(0, 1) });
    await expect(run.readMask(row)).rejects.toThrow(
      `${path}: the map has 2 x 1 pixels and its picture 8 x 8; run prs-med eval again`,
    );
    await truncate(path, 40);
    await expect(run.readMask(row)).rejects.toThrow(`${path}: the file is damaged or cut short; `);
    await rm(path);
    await expect(run.readMask(row)).rejects.toThrow(`${path}: there is no such file; `);
    await expect(run.readMask(await rowOf(folder, 'b'))).rejects.toThrow('pair b has no mask; ');
  });
});
