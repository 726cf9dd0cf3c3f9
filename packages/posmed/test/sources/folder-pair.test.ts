import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { folderPair } from '../../src/sources/folder-pair.js';
import { MODALITIES } from '../../src/sources/source.js';
import { drawingOf, drawnMask, listedFolder, madeFolder, madePicture } from './made-folder.js';

const POLYPS = { 'source.json': '{ "modality": "endoscopy", "target": "polyp" }' };

const list = (files: readonly string[], texts: Readonly<Record<string, string>> = POLYPS) =>
  folderPair.list(listedFolder(files, texts));

describe('a folder pair', () => {
  it.each(MODALITIES)('is read in any modality: %s', async (modality) => {
    const path = await madeFolder({
      'source.json': JSON.stringify({ modality, target: 'lesion', name: 'ours' }),
      'images/a.jpg': madePicture(3, 2),
      'images/deep/b.tif': madePicture(3, 2),
      'masks/a.png': drawnMask('##.', '...'),
      'masks/deep/b.bmp': drawnMask('...', '..#'),
    });
    const { items, problems } = await folderPair.list(await openSourceFolder(path));
    expect(problems).toEqual([]);
    expect(items.map(({ id, dataset, group, split }) => [id, dataset, group, split])).toEqual([
      ['images/a', 'ours', null, null],
      ['images/deep/b', 'ours', null, null],
    ]);
    for (const item of items) {
      expect(item.modality).toBe(modality);
      expect(item.targets.map(({ target }) => target)).toEqual(['lesion']);
    }
    expect(drawingOf(await items[1]!.targets[0]!.load())).toEqual(['...', '..#']);
  });

  it('takes official splits from folders around the pair or inside it', async () => {
    const around = await list([
      'train/images/a.png',
      'train/masks/a.png',
      'test/images/b.png',
      'test/masks/b.png',
    ]);
    expect(around.items.map(({ id, split }) => [id, split])).toEqual([
      ['train/images/a', 'train'],
      ['test/images/b', 'test'],
    ]);
    const inside = await list([
      'images/train/a.png',
      'images/val/b.png',
      'images/c.png',
      'masks/train/a.png',
      'masks/val/b.png',
      'masks/c.png',
    ]);
    expect(inside.items.map(({ id, split }) => [id, split])).toEqual([
      ['images/c', null],
      ['images/train/a', 'train'],
      ['images/val/b', 'val'],
    ]);
    expect([...around.problems, ...inside.problems]).toEqual([]);
  });

  it('names targets after their mask folders', async () => {
    const { items, problems } = await list(
      ['images/a.png', 'images/b.png', 'masks-lung/a.png', 'masks-lung-infection/a.png', 'masks-lung/b.png'],
      { 'source.json': '{ "modality": "ct" }' },
    );
    expect(items.map(({ targets }) => targets.map(({ target }) => target))).toEqual([
      ['lung infection', 'lung'],
      ['lung'],
    ]);
    expect(problems).toEqual([
      { file: 'images/b.png', problem: 'it has no mask: masks-lung-infection/b.* is missing' },
    ]);
  });

  it('finds groups in the names', async () => {
    const files = ['images/P01_left.png', 'images/P02_left.png', 'masks/P01_left.png', 'masks/P02_left.png'];
    const groups = async (group: string) => {
      const texts = { 'source.json': JSON.stringify({ modality: 'mri', target: 'tumour', group }) };
      return (await list(files, texts)).items.map((item) => item.group);
    };
    expect(await groups('^P\\d+')).toEqual(['P01', 'P02']);
    expect(await groups('^(.+)_left$')).toEqual(['P01', 'P02']);
    await expect(groups('P01')).rejects.toThrow(
      'made/source.json: "group" (P01) finds nothing in "P02_left" of images/P02_left.png; give a pattern',
    );
    await expect(groups('(')).rejects.toThrow('made/source.json: "group" is not a regular expression: (; ');
  });

  it('lists what is missing and what is one too many', async () => {
    const { items, problems } = await list([
      'images/a.png',
      'images/b.png',
      'images/c.jpg',
      'images/c.png',
      'images/notes.txt',
      'masks/a.gif',
      'masks/a.png',
      'masks/c.png',
      'masks/d.png',
    ]);
    expect(items.map(({ picture, targets }) => [picture.file, ...targets[0]!.files])).toEqual([
      ['images/a.png', 'masks/a.gif'],
      ['images/c.jpg', 'masks/c.png'],
    ]);
    expect(problems).toEqual([
      { file: 'images/notes.txt', problem: 'it is one too many: the layout has no such file here' },
      { file: 'images/c.png', problem: 'it is one too many: images/c.jpg has the same name' },
      { file: 'masks/a.png', problem: 'it is one too many: masks/a.gif has the same name' },
      { file: 'masks/d.png', problem: 'it has no picture: images/d.* is missing' },
      { file: 'images/b.png', problem: 'it has no mask: masks/b.* is missing' },
    ]);
  });

  it('takes every file for a pair or tells what is wrong with it', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-c]{1,2}\.(png|jpg|txt)$/), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(names, names, async (pictures, masks) => {
        const files = [...pictures.map((name) => `images/${name}`), ...masks.map((name) => `masks/${name}`)];
        const { items, problems } = await list([...files, 'images/d.png', 'masks/d.png']);
        const used = items.flatMap(({ picture, targets }) => [picture.file, ...targets[0]!.files]);
        const told = problems.map(({ file }) => file);
        expect([...used, ...told].sort()).toEqual([...files, 'images/d.png', 'masks/d.png'].sort());
        for (const { picture, targets } of items) {
          const stem = picture.file.slice('images/'.length, -'.png'.length);
          expect(targets[0]!.files[0]).toMatch(new RegExp(`^masks/${stem}\\.`));
        }
      }),
    );
  });

  const PAIR = ['images/a.png', 'masks/a.png'];
  it.each([
    ['no pair', ['pictures/a.png'], POLYPS, 'made: it does not have the layout of '],
    [
      'no masks',
      ['images/a.png'],
      POLYPS,
      'made/images: there is no folder "masks" or "masks-NAME" beside it; ',
    ],
    ['no source.json', PAIR, {}, 'made/source.json: there is no such file, and pictures alone do not tell'],
    ['no JSON', PAIR, { 'source.json': 'polyp' }, 'made/source.json: it is not JSON; write it like {'],
    [
      'no target',
      PAIR,
      { 'source.json': '{"modality":"ct"}' },
      'made/source.json: it does not say what the masks',
    ],
    [
      'another modality',
      PAIR,
      { 'source.json': '{"modality":"pet","target":"x"}' },
      'made/source.json: "modality": ',
    ],
    [
      'another key',
      PAIR,
      { 'source.json': '{"modality":"ct","target":"x","groups":"x"}' },
      'made/source.json: Unrecognized key: "groups"; write it like {',
    ],
  ])('refuses %s', async (_, files, texts, message) => {
    await expect(list(files, texts)).rejects.toThrow(message);
    await expect(list(files, texts)).rejects.toThrow(/^[^\n;]+: [^\n;]+; [^\n]+$/);
  });
});
