import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ZONES } from '@prs-med/imaging';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeFolder } from '../../../packages/posmed/test/audit/made-folder.js';
import { madeImage } from '../../../packages/posmed/test/audit/made-images.js';
import { expectFailure, prsMed, workFolder } from './command.js';

describe('dataset export', async () => {
  const folder = await workFolder({ bundle: false });
  beforeAll(() =>
    writeFolder(
      join(folder, 'posmed'),
      ZONES.map((zone, i) => madeImage(i, zone)),
    ),
  );

  const run = (...args: string[]) => prsMed(['dataset', 'export', 'posmed', ...args], folder);

  it('writes CSV with the released columns', async () => {
    expect(await run('--format', 'csv', '--out', 'pairs.csv')).toEqual({
      status: 0,
      stdout: 'pairs.csv: 5 pairs of 5 images\n',
      stderr: '',
    });
    const lines = (await readFile(join(folder, 'pairs.csv'), 'utf8')).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'image_path,image_name,split,question,position,answer',
      'posmed/pictures/0.png,0.png,train,Where is the polyp?,top-left,The polyp is in the top left of the image.',
    ]);
  });

  it('writes a folder for Hugging Face', async () => {
    const result = await run('--format', 'huggingface', '--out', 'hub');
    expect(result).toEqual({ status: 0, stdout: 'hub: 5 pairs of 5 images\n', stderr: '' });
    expect((await readdir(join(folder, 'hub'))).sort()).toEqual(['README.md', 'data']);
    expectFailure(
      await run('--format', 'huggingface', '--out', 'hub'),
      2,
      'hub: ',
      'name a new or an empty one',
    );
  });

  it('tells what is wrong with the call', async () => {
    expectFailure(await run('--format', 'xlsx', '--out', 'a'), 2, 'dataset export', 'csv, jsonl, parquet');
    expectFailure(
      await run('--format', 'csv', '--out', 'a.csv', '--status', 'accepted'),
      2,
      'posmed: none of its pairs is accepted',
      '--status',
    );
    expect(await readdir(folder)).not.toContain('a.csv');
  });
});
