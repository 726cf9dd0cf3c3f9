import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAllFiles, openBundle } from '../../src/index.js';
import { bundleFolder, saveBundle } from '../../src/node/index.js';
import { filesOf, tinyParts } from '../tiny-bundle.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-bundle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('saveBundle', () => {
  it('writes the files of a bundle and nothing else', async () => {
    const path = join(folder, 'deep', 'new');
    await saveBundle(path, await tinyParts());
    const expected = await filesOf(await tinyParts());
    expect((await readdir(path)).sort()).toEqual([...expected.keys()].sort());
    for (const [name, bytes] of expected)
      expect(Buffer.compare(await readFile(join(path, name)), bytes)).toBe(0);
    expect(await readdir(join(folder, 'deep'))).toEqual(['new']);
    await checkAllFiles(await openBundle(await bundleFolder(path)));
  });

  it('replaces a bundle only when told to', async () => {
    const path = join(folder, 'twice');
    const parts = await tinyParts();
    await saveBundle(path, parts);
    await expect(saveBundle(path, parts)).rejects.toThrow('there is a bundle here already');
    const later = { ...parts, description: { ...parts.description, version: '2' } };
    await saveBundle(path, later, { replace: true });
    expect((await openBundle(await bundleFolder(path))).config.version).toBe('2');
    expect((await readdir(folder)).filter((name) => name.startsWith('twice'))).toEqual(['twice']);
  });

  it('leaves other folders and files alone', async () => {
    const parts = await tinyParts();
    const full = join(folder, 'full');
    await mkdir(full);
    await writeFile(join(full, 'thesis.txt'), 'dear');
    await expect(saveBundle(full, parts, { replace: true })).rejects.toThrow('holds other files');
    await expect(saveBundle(join(full, 'thesis.txt'), parts)).rejects.toThrow('a file has this name');
    await expect(saveBundle(join(full, 'thesis.txt', 'x'), parts)).rejects.toThrow(
      'a part of the path is a file',
    );
    expect(await readdir(full)).toEqual(['thesis.txt']);
  });

  it('takes away what is half written when it is aborted or fails', async () => {
    const parts = await tinyParts();
    const signal = AbortSignal.abort();
    const aborted = saveBundle(join(folder, 'aborted'), parts, { signal });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    const trained = new Map([['x', { shape: [1], data: Float32Array.of(Number.NaN) }]]);
    await expect(saveBundle(join(folder, 'failed'), { ...parts, trained })).rejects.toThrow('NaN');
    const left = (await readdir(folder)).filter((name) => /^(aborted|failed)/.test(name));
    expect(left).toEqual([]);
  });
});

describe('bundleFolder', () => {
  it('says what is wrong with a folder', async () => {
    await expect(bundleFolder(join(folder, 'nowhere'))).rejects.toThrow('there is no such folder');
    await writeFile(join(folder, 'a-file'), '');
    await expect(bundleFolder(join(folder, 'a-file'))).rejects.toThrow('this is not a folder');
    await mkdir(join(folder, 'empty'));
    await expect(bundleFolder(join(folder, 'empty'))).rejects.toThrow('it has no config.json');
  });
});
