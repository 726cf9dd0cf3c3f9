import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { indexCsv } from '../../src/sources/index-csv.js';
import { drawingOf, drawnMask, listedFolder, madeFolder, madePicture } from './made-folder.js';

const HEADER = 'dataset,modality,target,image,mask,group,split,width,height';

const index = (...rows: string[]) => [HEADER, ...rows].join('\n');

const SLICE = 'medseg,ct,lung,ct/images/s.png,ct/lung/s.png,scan 1,val,3,2';
const INFECTION = 'medseg,ct,lung infection,ct/images/s.png,ct/infection/s.png,scan 1,val,3,2';
const POLYP = 'kvasir,endoscopy,polyp,k/images/a.png,k/masks/a.png,g1,train,3,2';

const FILES = ['ct/images/s.png', 'ct/lung/s.png', 'ct/infection/s.png', 'k/images/a.png', 'k/masks/a.png'];

const list = (text: string, files: readonly string[] = FILES) =>
  indexCsv.list(listedFolder(files, { 'index.csv': text }));

describe('an index.csv', () => {
  it('joins the targets of a picture, and says what each picture is', async () => {
    const path = await madeFolder({
      'data/index.csv': index(SLICE, POLYP, INFECTION),
      'data/ct/images/s.png': madePicture(3, 2),
      'data/ct/lung/s.png': drawnMask('###', '...'),
      'data/ct/infection/s.png': drawnMask('#..', '...'),
      'data/k/images/a.png': madePicture(3, 2),
      'data/k/masks/a.png': drawnMask('...', '.#.'),
    });
    const { items, problems } = await indexCsv.list(await openSourceFolder(path));
    expect(problems).toEqual([]);
    expect(items.map(({ targets, picture, ...about }) => about)).toEqual([
      { id: 'ct/images/s.png', dataset: 'medseg', modality: 'ct', group: 'scan 1', split: 'val' },
      { id: 'k/images/a.png', dataset: 'kvasir', modality: 'endoscopy', group: 'g1', split: 'train' },
    ]);
    expect(items[0]!.targets.map(({ target }) => target)).toEqual(['lung', 'lung infection']);
    expect(items[0]!.picture.file).toBe('data/ct/images/s.png');
    expect(drawingOf(await items[0]!.targets[1]!.load())).toEqual(['#..', '...']);
  });

  it('passes a group in two splits on', async () => {
    const { items } = await list(
      index(POLYP, SLICE.replace('scan 1', 'g1')),
      FILES.slice(0, 2).concat(FILES.slice(3)),
    );
    expect(items.map(({ group, split }) => [group, split])).toEqual([
      ['g1', 'train'],
      ['g1', 'val'],
    ]);
  });

  it('lists files that are missing and files that no row names', async () => {
    const files = ['ct/images/s.png', 'ct/images/t.png', 'ct/lung/s.png', 'k/masks/a.png', 'README.md'];
    const { items, problems } = await list(index(SLICE, INFECTION, POLYP), files);
    expect(items.map(({ id, targets }) => [id, targets.map(({ target }) => target)])).toEqual([
      ['ct/images/s.png', ['lung']],
    ]);
    expect(problems).toEqual([
      { file: 'ct/infection/s.png', problem: 'it is missing, and row 3 of index.csv names it' },
      { file: 'k/images/a.png', problem: 'it is missing, and row 4 of index.csv names it' },
      { file: 'ct/images/t.png', problem: 'it is one too many: no row of the index names it' },
    ]);
  });

  it('may have a byte order mark, quotes and other columns', async () => {
    const text = `\uFEFF${HEADER},note\r\n${POLYP},"one, two"\r\n`;
    const { items } = await list(text, ['k/images/a.png', 'k/masks/a.png']);
    expect(items.map(({ id, split }) => [id, split])).toEqual([['k/images/a.png', 'train']]);
  });

  it.each([
    ['a missing column', 'dataset,image\na,b', 'row 1: missing column "modality", "target", "mask", '],
    ['no rows', HEADER, ' no rows after the header; '],
    [
      'an unknown modality',
      index(POLYP.replace('endoscopy', 'photo')),
      'row 2: unknown modality "photo"; use one of ct, ',
    ],
    [
      'an unknown split',
      index(POLYP.replace('train', 'trian')),
      'row 2: unknown split "trian"; use train, val or test',
    ],
    [
      'an empty value',
      index(SLICE, POLYP.replace('k/masks/a.png', '')),
      'row 3: empty value in column "mask"; ',
    ],
    [
      'a bad size',
      index(POLYP.replace(',3,2', ',3.5,2')),
      'row 2: width "3.5" is not a positive whole number; ',
    ],
    ['a short row', index('kvasir,endoscopy'), ' not a well-formed CSV file: '],
    ['a duplicate', index(POLYP, POLYP), 'row 3: duplicate of image "k/images/a.png" with target "polyp"; '],
    [
      'a mask of two targets',
      index(POLYP, POLYP.replace('polyp', 'lung')),
      'row 3: mask "k/masks/a.png" stands for two targets of image "k/images/a.png"; ',
    ],
    [
      'a contradiction',
      index(SLICE, INFECTION.replace('ct,', 'mri,')),
      'row 3: modality of image "ct/images/s.png" is "mri" here and "ct" in row 2; ',
    ],
  ])('refuses %s by file and row', async (_, text, message) => {
    await expect(list(text)).rejects.toThrow(message);
    await expect(list(text)).rejects.toThrow(/^made\/index\.csv: [^\n;]+; [^\n;]+$/);
  });

  it('is looked for in the folder and one below', async () => {
    const texts = { 'a/index.csv': index(POLYP), 'b/index.csv': index(POLYP) };
    await expect(indexCsv.list(listedFolder([], texts))).rejects.toThrow(
      'made: a/index.csv and b/index.csv are both an index; name the folder of one',
    );
    await expect(indexCsv.list(listedFolder(['a/b/index.csv']))).rejects.toThrow(
      'made: there is no index.csv in it; ',
    );
    const top = listedFolder(FILES, { ...texts, 'index.csv': index(POLYP) });
    expect((await indexCsv.list(top)).items[0]!.picture.file).toBe('k/images/a.png');
  });
});

const REAL = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

describe.skipIf(!existsSync(join(REAL, 'index.csv')))(
  'the shared pictures (skipped where ../shared/data is not there)',
  () => {
    it('are all there, each row a target', async () => {
      const folder = await openSourceFolder(REAL);
      const { items, problems } = await indexCsv.list(folder);
      expect(problems).toEqual([]);
      expect(items).toHaveLength(8496);
      expect(items.reduce((sum, { targets }) => sum + targets.length, 0)).toBe(8842);
      expect(new Set(items.map(({ dataset }) => dataset)).size).toBe(10);
      const [first] = items;
      const picture = await folder.readPicture(first!.picture.file);
      const mask = await first!.targets[0]!.load();
      expect([mask.width, mask.height]).toEqual([picture.width, picture.height]);
    });
  },
);
