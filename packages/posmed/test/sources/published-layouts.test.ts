import { describe, expect, it } from 'vitest';
import { findSource, SOURCES } from '../../src/sources/list.js';
import { MODALITIES, SourceError, type SourceListing } from '../../src/sources/source.js';
import { listedFolder } from './made-folder.js';
import { PUBLISHED_LAYOUTS } from './published-layouts.js';

const summary = ({ items }: SourceListing) =>
  items.map(({ id, targets, group, split }) => [
    id,
    targets.map(({ target }) => target).join(', '),
    group,
    split,
  ]);

/** Files that nothing is read from, so that nothing is missed without them. */
const isIdle = (file: string) =>
  /\.(?:csv|xlsx|txt|pdf|json)$|_roi\/|gtlumen\/|CVC-612\/|^TIF\/|^c\d|^CVC-ColonDB\/(?!CVC)/.test(file);

describe.each(PUBLISHED_LAYOUTS)('the layout of $name', ({ kind, files, items, closed }) => {
  const source = findSource(kind);

  it('is read without decoding, and nothing is wrong with it', async () => {
    const listing = await source.list(listedFolder(files));
    expect(summary(listing)).toEqual(items);
    expect(listing.problems).toEqual([]);
    for (const item of listing.items) {
      expect(item).toMatchObject({ dataset: kind, modality: source.modality });
      for (const { target } of item.targets) expect(source.targets).toContain(target);
    }
  });

  it('may be one folder deeper, beside others', async () => {
    const deeper = [...files.map((file) => `unpacked/${file}`), 'other/notes.txt'];
    const listing = await source.list(listedFolder(deeper));
    expect(summary(listing)).toEqual(items);
    expect(listing.problems).toEqual([]);
  });

  it('is told from one with the same files twice', async () => {
    const twice = files.flatMap((file) => [`a/${file}`, `b/${file}`]);
    await expect(source.list(listedFolder(twice))).rejects.toThrow(SourceError);
  });

  it('names each file that is missing', async () => {
    const needed = files.filter((file) => !isIdle(file));
    expect(needed.length).toBeGreaterThanOrEqual(items.length * 2);
    for (const file of needed) {
      const rest = listedFolder(files.filter((other) => other !== file));
      const told = await source.list(rest).then(
        ({ problems }) => problems.map((problem) => `${problem.file}: ${problem.problem}`).join('\n'),
        (error: unknown) => {
          expect(error).toBeInstanceOf(SourceError);
          return (error as Error).message;
        },
      );
      // JSRT's pictures may lie anywhere, and all of Shenzhen's without a mask are told in one line.
      const path = kind === 'jsrt' ? file.replace('All247images/', '') : file;
      const lacksMask = kind === 'shenzhen' && file.startsWith('mask/');
      expect(told).toContain(lacksMask ? '1 of its 2 pictures' : path.replace(/[^.]+$/, ''));
    }
  });

  it('names each file that is one too many', async () => {
    for (const folder of closed) {
      const file = folder === '' ? 'extra.png' : `${folder}/extra.png`;
      const listing = await source.list(listedFolder([...files, file]));
      expect(summary(listing)).toEqual(items);
      expect(listing.problems).toEqual([
        { file, problem: 'it is one too many: the layout has no such file here' },
      ]);
    }
  });

  it('is missed in a folder of anything else', async () => {
    for (const other of [[], ['notes.txt'], ['a/b/c.png', 'a/b/d.png']]) {
      const error = await source.list(listedFolder(other)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(SourceError);
      expect((error as Error).message).toMatch(
        /^made: it does not have the layout of [^;]+ lacks "[^;]+; name /,
      );
      expect((error as Error).message).toContain(source.title);
    }
  });
});

describe('the list of sources', () => {
  it('has a layout here for every kind but the general ones', () => {
    const kinds = new Set(PUBLISHED_LAYOUTS.map(({ kind }) => kind));
    const mine = SOURCES.filter(({ kind }) => kinds.has(kind)).map(({ kind }) => kind);
    expect(mine).toHaveLength(kinds.size);
    expect(new Set(SOURCES.map(({ kind }) => kind)).size).toBe(SOURCES.length);
  });

  it('tells of each what it is, whose it is and on what terms', () => {
    // Their own files tell what is marked.
    const general = ['ct-volumes', 'folder-pair', 'index-csv'];
    for (const { title, modality, targets, licence, origin, kind } of SOURCES) {
      expect([title, licence, origin].every((text) => text.length > 2)).toBe(true);
      if (modality !== 'any') expect(MODALITIES).toContain(modality);
      expect(targets.length === 0, kind).toBe(general.includes(kind));
    }
  });

  it('names the kinds when one is not known', () => {
    expect(() => findSource('kvasir')).toThrow(
      /^source "kvasir": there is no such kind; use one of .*kvasir-seg.*folder-pair, index-csv/,
    );
  });
});
