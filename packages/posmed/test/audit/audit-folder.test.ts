import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZONES } from '@prs-med/imaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetImage, DatasetRecord } from '../../src/index.js';
import { auditFolder, writeAuditPage } from '../../src/node/index.js';
import { writeFolder } from './made-folder.js';
import { madeImage } from './made-images.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'posmed-audit-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const emptyFolder = (): Promise<string> => mkdtemp(join(root, 'one-'));

const images = (): DatasetImage[] =>
  Array.from({ length: 15 }, (_, i) =>
    madeImage(i, ZONES[i % 5]!, { split: i < 9 ? 'train' : i < 12 ? 'val' : 'test' }),
  );

describe('an audit of a folder', () => {
  it('passes one without faults, and counts its images as they go by', async () => {
    const folder = await emptyFolder();
    await writeFolder(folder, images());
    let seen = 0;
    const { report, samples } = await auditFolder(folder, { onImage: () => seen++ });
    expect(report.findings).toEqual([]);
    expect(report.passed).toBe(true);
    expect(seen).toBe(15);
    expect(samples).toHaveLength(3);
    const hashes = samples.map(({ image }) => image.sha256);
    expect(hashes).toEqual([...hashes].sort());
    expect(samples[0]!.pairs[0]!.image).toBe(samples[0]!.image.id);
  });

  it('finds the same files in two splits, and what became of files and counts', async () => {
    const folder = await emptyFolder();
    // The last two are pictures of train again; one of these is damaged afterwards, but was the same when it was built.
    await writeFolder(folder, images(), (place) => ({ seed: place < 13 ? place : 14 - place }));
    await appendFile(join(folder, 'pictures', '1.png'), 'x');
    await rm(join(folder, 'pictures', '5.png'));
    const record = JSON.parse(await readFile(join(folder, 'dataset.json'), 'utf8')) as DatasetRecord;
    record.counts.pairs = 99;
    await writeFile(join(folder, 'dataset.json'), JSON.stringify(record));
    const { report } = await auditFolder(folder);
    expect(report.passed).toBe(false);
    expect(report.findings).toMatchObject([
      { check: 'same-picture-in-two-splits', severity: 'leak', count: 2 },
      { check: 'missing-file', severity: 'damage', examples: ['pictures/5.png of made/5'] },
      { check: 'changed-file', severity: 'damage', examples: ['pictures/1.png of made/1'] },
      {
        check: 'counts',
        severity: 'damage',
        examples: ['pairs: dataset.json counts 99 and the table has 15 rows'],
      },
    ]);
  });

  it('finds a picture that was made brighter in another split', async () => {
    const folder = await emptyFolder();
    await writeFolder(folder, images(), (place) =>
      place === 14 ? { seed: 0, brightness: 9 } : { seed: place },
    );
    const { report } = await auditFolder(folder);
    expect(report.findings.map(({ check }) => check)).toEqual(['near-duplicate-in-two-splits']);
    expect(report.nearDuplicates).toMatchObject([{ first: { id: 'made/0' }, second: { id: 'made/14' } }]);
  });

  it('stops when it is told to', async () => {
    const folder = await emptyFolder();
    await writeFolder(folder, images());
    const controller = new AbortController();
    const stopped = auditFolder(folder, { signal: controller.signal, onImage: () => controller.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
  });
});

describe('the page of an audit', () => {
  it('holds verdict, findings, plots and pictures, and needs nothing else', async () => {
    const folder = await emptyFolder();
    const rows = images();
    rows[14]!.image.group = 'group-0';
    await writeFolder(folder, rows);
    const path = join(folder, 'audit.html');
    await writeAuditPage(path, folder, await auditFolder(folder));
    const html = await readFile(path, 'utf8');
    expect(html).toContain('Failed');
    expect(html).toContain('group-0: 1 in train, 1 in test');
    expect(html).toContain('Made pictures &lt;of noise&gt;');
    expect(html.match(/<svg /g)).toHaveLength(5);
    expect(html.match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(3);
    expect(html.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:|<script|<link|NaN|undefined/);
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.tmp'));
  });

  it('is made even of pictures that cannot be read, and of an empty set', async () => {
    const folder = await emptyFolder();
    await writeFolder(folder, images());
    for (const file of await readdir(join(folder, 'pictures'))) {
      await writeFile(join(folder, 'pictures', file), 'no picture');
    }
    const path = join(root, 'page.html');
    await writeAuditPage(path, folder, await auditFolder(folder));
    expect(await readFile(path, 'utf8')).toContain('The picture cannot be read.');
    const none = await emptyFolder();
    await writeFolder(none, []);
    await writeAuditPage(path, none, await auditFolder(none));
    expect(await readFile(path, 'utf8')).toContain('Passed');
  });
});
