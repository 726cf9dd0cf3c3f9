import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeReport } from '../../src/node/index.js';
import { freePath, mapOf } from '../run/made-run.js';
import { CORNER, polypRun, ROWS, writeGrey } from './made-report-runs.js';

interface Written {
  readonly markdown: string;
  readonly html: string;
  readonly scores: {
    readonly groups: readonly {
      readonly runs: readonly { readonly label: string }[];
      readonly comparisons: readonly {
        readonly labels: readonly string[];
        readonly dice: {
          readonly overall: { readonly difference: number };
          readonly modalities: Record<string, { readonly pValue: number; readonly correctedPValue: number }>;
        };
      }[];
      readonly notCompared: readonly string[];
    }[];
  };
}

async function reportOf(...runs: readonly string[]): Promise<Written> {
  const out = await freePath();
  await writeReport(runs, out);
  expect((await readdir(out)).sort()).toEqual(['report.html', 'report.md', 'scores.json']);
  const read = (name: string): Promise<string> => readFile(join(out, name), 'utf8');
  return {
    markdown: await read('report.md'),
    html: await read('report.html'),
    scores: JSON.parse(await read('scores.json')) as Written['scores'],
  };
}

/** The section below a heading of Markdown. */
function section({ markdown }: Written, heading: string): string {
  const [, after] = markdown.split(`## ${heading}\n`);
  if (after === undefined) throw new Error(`there is no section ${heading}`);
  return after.split('\n## ')[0]!;
}

const rowOf = (text: string, name: string): string | undefined =>
  text.split('\n').find((line) => line.startsWith(`| ${name} |`));

describe('the report of a run', async () => {
  const run = await polypRun();
  const written = await reportOf(run);
  const again = await reportOf(run);

  it('has both tables with figures worked out by hand', () => {
    // Exact: Dice 1 at 255 thresholds and, where all 64 pixels count as target, 8 / 68; missed: 8 / 68 at that one alone.
    const mDice = ((255 + 8 / 68) / 256 + 8 / 68 / 256) / 2;
    const mIoU = ((255 + 4 / 64) / 256 + 4 / 64 / 256) / 2;
    expect([mDice.toFixed(3), mIoU.toFixed(3)]).toEqual(['0.499', '0.498']);
    const segmentation = section(written, 'Segmentation');
    expect(segmentation).toContain('| run | endoscopy<br>polyp<br>n = 2 | all<br>n = 2 |');
    const figures = String.raw`0.499 / 0.498<br>0.500<br>\[0.000, 1.000\]`;
    expect(rowOf(segmentation, 'small')).toBe(`| small | ${figures} | ${figures} |`);
    // Of three answers about zones one is right.
    const answers = section(written, 'Position reasoning');
    expect(answers).toContain('| run | endoscopy<br>n = 4 | all<br>n = 4 |');
    expect(rowOf(answers, 'small')).toMatch(/^\| small \| 0\.333<br>/);
  });

  it('puts constant baselines beside', () => {
    // The zone has 16 of 64 pixels and holds the 4 of the truth: Dice 0.4 and IoU 0.25.
    const mDice = (255 * 0.4 + 8 / 68) / 256;
    const mIoU = (255 * 0.25 + 4 / 64) / 256;
    const row = rowOf(
      section(written, 'Segmentation'),
      "*constant: the modality's commonest zone, all of it*",
    );
    expect(row).toContain(`| ${mDice.toFixed(3)} / ${mIoU.toFixed(3)}<br>0.400<br>`);
    const answers = section(written, 'Position reasoning');
    expect(rowOf(answers, "*constant: the modality's commonest zone*")).toMatch(/\| 1\.000<br>/);
    expect(rowOf(answers, '*random: an answer of the modality*')).toBeDefined();
    expect(rowOf(answers, '*constant: the commonest answer*')).toBeDefined();
  });

  it('keeps published figures in a table of their own, with their sources', () => {
    const [ours, published] = section(written, 'Segmentation').split('### Published by others');
    expect(ours).not.toContain('PRS-Med');
    expect(published).not.toContain('| small |');
    expect(rowOf(published!, String.raw`*PRS-Med, paper \[1\]*`)).toContain(
      '| 0.968 | 0.803 | 0.973 | 0.817 | 0.843 | 0.901 |',
    );
    expect(published).toContain('arXiv 2505.11872');
    expect(section(written, 'Position reasoning')).toContain('No published figure could be verified');
  });

  it('tells of absent, referring and agreement', () => {
    const presence = section(written, 'What is there and what is not');
    expect(rowOf(presence, 'absent, mask empty')).toContain('1.000<br>n = 1');
    expect(rowOf(presence, 'present, mask empty')).toContain('0.333<br>n = 3');
    expect(rowOf(presence, 'area under the curve')).toContain('1.000');
    const referring = section(written, 'Referring questions');
    expect(rowOf(referring, 'Dice with what was asked for')).toContain('0.000<br>n = 1');
    expect(rowOf(referring, 'found, contrasted')).toContain('0.000<br>n = 1');
    // The missed polyp alone has an answer that names a zone where its mask is empty.
    expect(rowOf(section(written, 'Agreement of answer and mask'), 'agree')).toContain('0.750<br>n = 4');
    const zones = section(written, 'Zones');
    expect(zones).toContain(
      '| true zone | top<br>left | top<br>right | bottom<br>left | bottom<br>right | center |',
    );
    expect(rowOf(zones, 'top-left')).toBe('| top-left | 1 | 0 | 0 | 2 | 0 |');
  });

  it('says how it was run', () => {
    expect(section(written, 'How it was run')).toContain(
      '| small | model small 1<br>SHA-256 aaaaaaaaaaaaaaaa | made<br>bbbbbbbbbbbbbbbb | test | 4 | 4 | all | 0 | 1 |',
    );
  });

  it('is one page that needs nothing else', () => {
    const { html } = written;
    expect(html.match(/<svg /g)).toHaveLength(2);
    expect(html.match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(2);
    expect(html.replaceAll('http://www.w3.org/', '')).not.toMatch(
      /https?:|<script|<link|@import|url\(|NaN|undefined/,
    );
    const addresses = [...html.matchAll(/(?:src|href)="([^"]{0,5})/g)].map(([, start]) => start!);
    expect(addresses.filter((start) => start !== 'data:' && !start.startsWith('#'))).toEqual([]);
    const ids = [...html.matchAll(/<h2 id="([^"]+)"/g)].map(([, id]) => id);
    expect([...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)).toEqual(ids);
    expect(html).toContain('answered: It is in the bottom-right | of the &lt;image&gt;.');
    expect(html).toContain('2 of these 2 pictures cannot be read');
  });

  it('has tables that Markdown can read', () => {
    const tables = written.markdown.split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) {
      const lines = table.split('\n');
      const cellsOf = (line: string): number => line.replaceAll(String.raw`\|`, '').split('|').length;
      expect(lines[1]).toMatch(/^\| ---( \| ---:)+ \|$/);
      expect(new Set(lines.map(cellsOf)).size, table).toBe(1);
    }
    expect(written.markdown).toContain(String.raw`It is in the bottom-right \| of the &lt;image>.`);
  });

  it('is the same again, byte for byte', () => {
    expect(again).toEqual(written);
  });

  it('says first what was moved and what is missing, and shows the pictures that can be read', async () => {
    const moved = await polypRun({
      movedGroups: [{ group: 'patient 7', from: 'test', to: 'train', images: 3 }],
      missing: ['c.png: there is no prediction for it'],
    });
    await writeGrey(moved, '../pictures/a.png');
    const { markdown, html } = await reportOf(moved);
    const top = markdown.split('## Segmentation')[0]!;
    expect(top).toContain(
      '1 group apart, which went whole to one split: patient 7 (3 pictures, test to train).',
    );
    expect(top).toContain('1 prediction could not be used');
    expect(top).toContain('c.png: there is no prediction for it.');
    expect(html.indexOf('patient 7')).toBeLessThan(html.indexOf('<h2'));
    expect(html).toContain('1 of these 2 pictures cannot be read');
    expect(html.match(/The picture cannot be read; these are its outlines\./g)).toHaveLength(1);
  });
});

describe('the report of several runs', () => {
  /** As the rows, but the second polyp is found too. */
  const better = ROWS.map((row) => (row.id === 'b:1' ? { ...row, map: mapOf(CORNER) } : row));
  const other = { kind: 'model' as const, name: 'other', version: '2', sha256: 'c'.repeat(64) };

  it('compares those on the same data with the first', async () => {
    const written = await reportOf(await polypRun({ subject: other }, better), await polypRun());
    const comparison = section(written, 'Comparison of runs on the same data');
    expect(comparison).toContain('| **other minus small** |');
    // One of two groups differs by 1. Turning signs gives 1, 1, -1 and -1: all as far as what was seen.
    expect(rowOf(comparison, 'Dice')).toMatch(
      /\| \+0\.500<br>\\\[\+0\.000, \+1\.000\\\]<br>p 1\.000<br>n = 2 \|/,
    );
    const [group] = written.scores.groups;
    expect(group!.runs.map(({ label }) => label)).toEqual(['other', 'small']);
    expect(group!.comparisons[0]).toMatchObject({
      labels: ['other', 'small'],
      dice: { overall: { difference: 0.5 } },
    });
    // The same baselines for both, once.
    expect(section(written, 'Segmentation').match(/commonest zone/g)).toHaveLength(1);
    expect(section(written, 'Position reasoning').match(/commonest answer/g)).toHaveLength(1);
  });

  it('corrects p-values by Holm for the modalities', async () => {
    // Of twelve groups all are better, or eleven and one is the same: 2 and 4 of 4096 ways to turn signs are as far.
    const rows = ['mri', 'ct'].flatMap((modality) =>
      Array.from({ length: 12 }, (_, i) => ({
        id: `${modality}${i}`,
        group: `${modality}${i}`,
        modality,
        whole: true,
        truth: CORNER,
        map: mapOf(CORNER),
      })),
    );
    const worse = rows.map((row) => ({ ...row, map: mapOf(CORNER, row.id === 'ct3' ? 255 : 0) }));
    const { scores } = await reportOf(await polypRun({}, rows), await polypRun({ subject: other }, worse));
    const { modalities } = scores.groups[0]!.comparisons[0]!.dice;
    expect(modalities.mri).toMatchObject({ pValue: 2 / 4096, correctedPValue: 4 / 4096 });
    expect(modalities.ct).toMatchObject({ pValue: 4 / 4096, correctedPValue: 4 / 4096 });
  });

  it('never compares different data, and says so', async () => {
    const data = { name: 'elsewhere', sha256: 'd'.repeat(64), split: 'val' as const };
    const written = await reportOf(await polypRun(), await polypRun({ subject: other, data }));
    const top = written.markdown.split('## Segmentation')[0]!;
    expect(top).toContain(
      'The runs are over different data, so they stand in tables of their own and are not compared',
    );
    expect(top).toContain('small on made, test (bbbbbbbb); other on elsewhere, val (dddddddd)');
    expect(written.markdown).not.toContain('## Comparison');
    const [, first, second] = section(written, 'Segmentation').split('### Data: ');
    expect([rowOf(first!, 'small'), rowOf(first!, 'other')].map(Boolean)).toEqual([true, false]);
    expect([rowOf(second!, 'small'), rowOf(second!, 'other')].map(Boolean)).toEqual([false, true]);
  });

  it('compares over the pairs that both have, and tells when they were asked differently', async () => {
    const written = await reportOf(
      await polypRun(),
      await polypRun({ subject: other, pairs: 3 }, ROWS.slice(0, 3)),
    );
    expect(written.markdown).toContain('the runs were not asked the same pairs');
    expect(written.markdown).toContain(
      'compared over the 3 pairs that both answered; 1 of the first alone and 0 of the other',
    );
    const asked = ROWS.map((row) => ({ ...row, question: `${row.id}?` }));
    const apart = await reportOf(await polypRun(), await polypRun({ subject: other }, asked));
    expect(apart.scores.groups[0]!.comparisons).toEqual([]);
    expect(apart.markdown).toContain(
      '- Not compared: runs of small and other: pair a:1 asks "Where is the polyp?" in one',
    );
  });

  it('takes runs without masks or without answers, and says what they lack', async () => {
    const textOnly = ROWS.map((row) => ({ ...row, map: null }));
    const masksOnly = ROWS.map((row) => ({
      ...row,
      prediction: null,
      presence: null,
      predictedPresent: null,
    }));
    const written = await reportOf(
      await polypRun({ subject: { kind: 'endpoint', name: 'talker' } }, textOnly),
      await polypRun({ subject: { kind: 'predictions', name: 'masks', sha256: 'e'.repeat(64) } }, masksOnly),
    );
    expect(written.markdown).toContain('talker (endpoint) gives no masks');
    expect(written.markdown).toContain('masks (predictions) gives no answers');
    expect(rowOf(section(written, 'Segmentation'), 'talker (endpoint)')).toBe(
      '| talker (endpoint) | - | - |',
    );
    expect(rowOf(section(written, 'Position reasoning'), 'masks (predictions)')).toBe(
      '| masks (predictions) | - | - |',
    );
    expect(written.html).not.toContain('talker (endpoint): calibration');
  });
});

describe('what cannot be reported', () => {
  it('is a folder without a run, and an unfinished one', async () => {
    const folder = await freePath();
    const out = await freePath();
    await expect(writeReport([folder], out)).rejects.toThrow(`${folder}: this is no run folder`);
    const run = await polypRun({ pairs: 9 });
    await expect(writeReport([await polypRun(), run], out)).rejects.toThrow(
      `${run}: the run is unfinished: 4 of 9 pairs are answered; go on with the same call of prs-med eval and --resume`,
    );
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });

  it('is a run that is named twice, or that the report would be written into', async () => {
    const run = await polypRun();
    await expect(writeReport([run, join(run, '.')], await freePath())).rejects.toThrow(
      'the run is named twice',
    );
    await expect(writeReport([run], `${run}/`)).rejects.toThrow('this is one of the runs');
  });

  it('leaves the report of before when something fails', async () => {
    const run = await polypRun();
    const out = await freePath();
    await writeReport([run], out);
    const before = await readFile(join(out, 'report.md'), 'utf8');
    await rm(join(run, 'masks'), { recursive: true });
    await expect(writeReport([run], out)).rejects.toThrow('there is no such file');
    expect(await readFile(join(out, 'report.md'), 'utf8')).toBe(before);
    const file = await freePath();
    await writeFile(file, 'mine');
    await expect(writeReport([await polypRun()], file)).rejects.toThrow(`${file}: it cannot be written`);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const out = await freePath();
    const stopped = writeReport([await polypRun()], out, {
      signal: controller.signal,
      onRow: () => controller.abort(),
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });
});
