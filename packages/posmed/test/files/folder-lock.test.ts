import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DatasetError } from '../../src/dataset/dataset-error.js';
import { lockFolder } from '../../src/node/folder-lock.js';

const USE = { Failure: DatasetError, instead: 'use another' };
const host = hostname().replace(/[^\w.-]/g, '_');
const folders: string[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posmed-lock-'));
  folders.push(folder);
});
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))));

/** The number of a process that has ended. */
const endedProcess = (): number => spawnSync(process.execPath, ['--version']).pid;

describe('lockFolder', () => {
  it('makes the folder, keeps it until it is given free, and leaves nothing', async () => {
    const inner = join(folder, 'a', 'review');
    const release = await lockFolder(inner, USE);
    await expect(lockFolder(inner, USE)).rejects.toThrow(
      `${inner}: process ${process.pid} on ${host} has it open; wait until it ends, use another, or delete`,
    );
    expect(await readdir(inner)).toHaveLength(1);
    await release();
    expect(await readdir(inner)).toEqual([]);
    await (await lockFolder(inner, USE))();
  });

  it('refuses while another process runs, and one on another machine', async () => {
    for (const mark of [`in-use-by-${process.ppid}-0a0b0c0d@${host}`, 'in-use-by-1-0a0b0c0d@elsewhere']) {
      await writeFile(join(folder, mark), '');
      await expect(lockFolder(folder, USE)).rejects.toThrow(
        `delete ${join(folder, mark)} if that is no prs-med`,
      );
      expect(await readdir(folder)).toEqual([mark]);
      await rm(join(folder, mark));
    }
  });

  it('takes away marks of processes that were killed', async () => {
    await writeFile(join(folder, `in-use-by-${endedProcess()}-0a0b0c0d@${host}`), '');
    // A process before this one, of the same number: a container that was started again.
    await writeFile(join(folder, `in-use-by-${process.pid}-0a0b0c0d@${host}`), '');
    const release = await lockFolder(folder, USE);
    expect(await readdir(folder)).toHaveLength(1);
    await release();
  });

  it('gives it to one at most of many who come at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder, USE)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    for (const result of results) if (result.status === 'fulfilled') await result.value();
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells when a folder cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(lockFolder(join(file, 'review'), USE)).rejects.toThrow(
      /file\/review: it cannot be written \(ENOTDIR/,
    );
  });
});
