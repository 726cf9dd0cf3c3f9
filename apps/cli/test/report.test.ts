import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { polypRun } from '../../../packages/evaluation/test/report/made-report-runs.js';
import { expectFailure, prsMed, workFolder } from './command.js';

describe('report', async () => {
  const folder = await workFolder({ bundle: false });
  const other = { kind: 'model' as const, name: 'other', version: '1', sha256: 'c'.repeat(64) };
  await rename(await polypRun(), join(folder, 'first'));
  await rename(await polypRun({ subject: other }), join(folder, 'second'));
  await rename(await polypRun({ pairs: 9 }), join(folder, 'unfinished'));

  it('writes Markdown, a page and scores, and prints a line a run', async () => {
    const result = await prsMed(['report', 'first', 'second', '--out', 'out'], folder);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toBe(
      [
        'made, test:',
        '  small: mDice 0.499, Dice 0.500, zone accuracy 0.333',
        '  other: mDice 0.499, Dice 0.500, zone accuracy 0.333',
        `Report: ${join('out', 'report.md')}, ${join('out', 'report.html')}, ${join('out', 'scores.json')}`,
        '',
      ].join('\n'),
    );
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['report.html', 'report.md', 'scores.json']);
    expect(await readFile(join(folder, 'out', 'report.md'), 'utf8')).toContain('| small | 0.499 / 0.498<br>');
    expect(await readFile(join(folder, 'out', 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('tells what is no run, and what is unfinished', async () => {
    const call = (...runs: readonly string[]) => prsMed(['report', ...runs, '--out', 'none'], folder);
    expectFailure(await call('first', 'nowhere'), 2, 'nowhere: ', 'no run folder');
    expectFailure(await call('unfinished'), 2, 'unfinished: ', '4 of 9 pairs', '--resume');
    expectFailure(
      await prsMed(['report', 'first', '--out', 'first'], folder),
      2,
      'first: ',
      'one of the runs',
    );
    expectFailure(await prsMed(['report', 'first'], folder), 2, '--out');
    expect(await readdir(folder)).not.toContain('none');
  });
});
