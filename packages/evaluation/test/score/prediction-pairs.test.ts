import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeMask, writePicture } from '@prs-med/imaging/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGroups } from '../../src/node/group-csv.js';
import { pictureRow, writePictureTable } from '../../src/node/picture-table.js';
import { pairByStem, scorePair } from '../../src/node/prediction-pairs.js';
import { readMap } from '../../src/node/read-map.js';
import { scoreImage } from '../../src/segmentation/score-image.js';

const mask = { width: 4, height: 2, data: Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 0) };
const plain = { releasedNormalisation: false, isBinary: false };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-score-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Folders of their own with a mask in each of these files. */
async function madeFolders(pred: readonly string[], gt: readonly string[]): Promise<[string, string]> {
  const base = await mkdtemp(join(folder, 'pair-'));
  for (const [name, files] of Object.entries({ pred, gt })) {
    await mkdir(join(base, name));
    for (const file of files) {
      await mkdir(dirname(join(base, name, file)), { recursive: true });
      await writeMask(join(base, name, file), mask);
    }
  }
  return [join(base, 'pred'), join(base, 'gt')];
}

const messages = (problems: readonly Error[]) => problems.map(({ message }) => message);

describe('folders of predictions and masks', () => {
  it('pair by stem, below folders too, whatever the ending', async () => {
    const [pred, gt] = await madeFolders(['b.png', 'sub/a.png', '.hidden.png'], ['b.tif', 'sub/a.bmp']);
    await writeFile(join(pred, 'notes.txt'), 'none');
    const { pairs, problems } = await pairByStem(pred, gt);
    expect(problems).toEqual([]);
    expect(pairs).toEqual([
      { stem: 'b', prediction: join(pred, 'b.png'), truth: join(gt, 'b.tif') },
      { stem: 'sub/a', prediction: join(pred, 'sub/a.png'), truth: join(gt, 'sub/a.bmp') },
    ]);
  });

  it('are named with each file that has no counterpart or two', async () => {
    const [pred, gt] = await madeFolders(
      ['a.png', 'extra.png', 'c.png', 'c.bmp'],
      ['a.png', 'lost.png', 'c.png'],
    );
    const { pairs, problems } = await pairByStem(pred, gt);
    expect(pairs.map(({ stem }) => stem)).toEqual(['a']);
    expect(messages(problems)).toEqual([
      `${join(pred, 'c.bmp')}: ${join(pred, 'c.png')} has the same stem; take one away`,
      `${join(pred, 'extra.png')}: there is no mask for it in ${gt}; add that, or take this away`,
      `${join(gt, 'lost.png')}: there is no prediction for it in ${pred}; predict it too`,
    ]);
  });

  it('must be there and hold pictures', async () => {
    const [pred, gt] = await madeFolders([], ['a.png']);
    await expect(pairByStem(pred, gt)).rejects.toThrow(`${pred}: this folder holds no pictures; `);
    const none = join(folder, 'none');
    await expect(pairByStem(none, gt)).rejects.toThrow(`${none}: there is no such folder; check the path`);
  });
});

describe('a pair', () => {
  it.each([
    ['empty', (path: string) => truncate(path, 0), 'the file is empty'],
    ['cut', (path: string) => truncate(path, 50), 'the file is damaged or cut short'],
    ['no picture', (path: string) => writeFile(path, 'words'), 'this is not a picture'],
    [
      'of another size',
      (path: string) => writeMask(path, { width: 1, height: 1, data: Uint8Array.of(1) }),
      /it has 1 x 1 pixels and its mask .*a\.png 4 x 2/,
    ],
    [
      'in colour',
      (path: string) =>
        writePicture(path, { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => i) }),
      'it is in colour, and maps are grey',
    ],
  ])('with a prediction that is %s is refused by name', async (_, spoil, problem) => {
    const [pred, gt] = await madeFolders(['a.png'], ['a.png']);
    const { pairs } = await pairByStem(pred, gt);
    await spoil(pairs[0]!.prediction);
    const scoring = scorePair(pairs[0]!, plain);
    await expect(scoring).rejects.toThrow(problem);
    await expect(scoring).rejects.toThrow(`${join(pred, 'a.png')}: `);
  });

  it('with a mask that is damaged is refused by its name', async () => {
    const [pred, gt] = await madeFolders(['a.png'], ['a.png']);
    const { pairs } = await pairByStem(pred, gt);
    await truncate(join(gt, 'a.png'), 50);
    await expect(scorePair(pairs[0]!, plain)).rejects.toThrow(`${join(gt, 'a.png')}: the file is damaged`);
  });

  it('of masks of 0 and 1 is scored as such where asked for', async () => {
    const [pred, gt] = await madeFolders(['a.png'], ['a.png']);
    const { pairs } = await pairByStem(pred, gt);
    await writeFile(pairs[0]!.prediction, await grey(mask.data));
    expect((await scorePair(pairs[0]!, plain)).dice).toBe(0);
    expect((await scorePair(pairs[0]!, { ...plain, isBinary: true })).dice).toBe(1);
  });

  function grey(data: Uint8Array): Promise<Buffer> {
    return sharp(data, { raw: { width: 4, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
  }
});

describe('a map', () => {
  it('of 16 bits is scaled to 8 and rounded', async () => {
    const values = Uint16Array.of(0, 128, 129, 32767, 32768, 65535);
    const path = join(folder, 'deep.png');
    const raw = { width: 6, height: 1, channels: 1 as const };
    await sharp(values, { raw }).toColourspace('grey16').png().toFile(path);
    expect((await sharp(path).metadata()).depth).toBe('ushort');
    const expected = [...values].map((value) => Math.round(value / 257));
    expect([...(await readMap(path)).data]).toEqual(expected);
  });
});

describe('groups', () => {
  const file = (text: string) => {
    const path = join(folder, 'groups.csv');
    return writeFile(path, text).then(() => path);
  };

  it('are read by stem, beside other columns', async () => {
    const path = await file('\ufeffgroup,stem,age\n"p, 1",a,3\np2,sub/b,4\n');
    expect(Object.fromEntries(await readGroups(path))).toEqual({ a: 'p, 1', 'sub/b': 'p2' });
  });

  it.each([
    ['stem\na\n', 'a row lacks its stem or group; give it the columns "stem" and "group"'],
    ['stem,group\na,\n', 'a row lacks its stem or group'],
    ['stem,group\na,1\na,2\n', 'a is in 1 and in 2; give it one group'],
    ['stem,group\na\n', 'it is no CSV: '],
  ])('are refused where they say %j', async (text, problem) => {
    const path = await file(text);
    await expect(readGroups(path)).rejects.toThrow(`${path}: ${problem}`);
  });
});

describe('the table of pictures', () => {
  it('has a row each, empty where a figure is not there', async () => {
    const nothing = { ...mask, data: new Uint8Array(8) };
    const pair = { stem: 'a,b', prediction: 'p/a,b.png', truth: 't/a,b.png' };
    const path = join(folder, 'table.csv');
    await writePictureTable(path, [pictureRow(pair, 'g', scoreImage(nothing, nothing))]);
    const [head, row] = (await readFile(path, 'utf8')).trim().split('\n');
    expect(head).toBe(
      'stem,prediction,truth,group,dice,iou,hd95,meanDic,meanIoU,wFm,Sm,meanEm,mae,truthPixels,predictedPixels',
    );
    expect(row).toMatch(/^"a,b","p\/a,b\.png","t\/a,b\.png",g,1,1,,0,0,0,1,[\d.]+,0,0,0$/);
    await expect(writePictureTable(join(folder, 'none', 't.csv'), [])).rejects.toThrow(
      'it cannot be written',
    );
  });
});
