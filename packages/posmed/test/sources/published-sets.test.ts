import type { Picture } from '@prs-med/imaging';
import { describe, expect, it } from 'vitest';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { findSource } from '../../src/sources/list.js';
import type { SourceItem } from '../../src/sources/source.js';
import { drawingOf, drawnMask, listedFolder, type MadeFile, madeFolder, madePicture } from './made-folder.js';

const WIDE = madePicture(4, 2);

async function listMade(kind: string, files: Readonly<Record<string, MadeFile>>) {
  const folder = await openSourceFolder(await madeFolder(files));
  const listing = await findSource(kind).list(folder);
  return { folder, ...listing };
}

const drawn = async (item: SourceItem, target = 0) => drawingOf(await item.targets[target]!.load());

/** A picture of these colours, in a row. */
function colours(...pixels: [red: number, green: number, blue: number][]): Picture {
  return { width: pixels.length, height: 1, data: Uint8Array.from(pixels.flat()) };
}

describe('BUSI', () => {
  it('unites the masks of a picture, and has none of the target where there is nothing', async () => {
    const { items, problems } = await listMade('busi', {
      'Dataset_BUSI_with_GT/benign/benign (1).png': WIDE,
      'Dataset_BUSI_with_GT/benign/benign (1)_mask.png': drawnMask('#...', '....'),
      'Dataset_BUSI_with_GT/benign/benign (1)_mask_1.png': drawnMask('....', '..#.'),
      'Dataset_BUSI_with_GT/benign/benign (1)_mask_2.png': drawnMask('....', '...#'),
      'Dataset_BUSI_with_GT/malignant/malignant (1).png': WIDE,
      'Dataset_BUSI_with_GT/malignant/malignant (1)_mask.png': drawnMask('.##.', '.##.'),
      'Dataset_BUSI_with_GT/normal/normal (1).png': WIDE,
      'Dataset_BUSI_with_GT/normal/normal (1)_mask.png': drawnMask('....', '....'),
    });
    expect(problems).toEqual([]);
    expect(items.map(({ id }) => id)).toEqual(['benign (1)', 'malignant (1)', 'normal (1)']);
    expect(items[0]!.targets[0]!.files.map((file) => file.slice(-11))).toEqual([
      '1)_mask.png',
      '_mask_1.png',
      '_mask_2.png',
    ]);
    expect(await drawn(items[0]!)).toEqual(['#...', '..##']);
    expect(await drawn(items[1]!)).toEqual(['.##.', '.##.']);
    expect(await drawn(items[2]!)).toEqual(['....', '....']);
  });

  it('names both masks when their sizes differ', async () => {
    const { folder, items } = await listMade('busi', {
      'benign/benign (1).png': WIDE,
      'benign/benign (1)_mask.png': drawnMask('#...', '....'),
      'benign/benign (1)_mask_1.png': drawnMask('#'),
      'malignant/malignant (1).png': WIDE,
      'malignant/malignant (1)_mask.png': drawnMask('#...', '....'),
    });
    await expect(items[0]!.targets[0]!.load()).rejects.toThrow(
      `${folder.name}/benign/benign (1)_mask_1.png: this mask has 1 x 1 pixels, and benign/benign (1)_mask.png of ` +
        'the same picture has 4 x 2; give both the size of the picture',
    );
  });

  it('does without the normal pictures, and says so', async () => {
    const { items, problems } = await listMade('busi', {
      'benign/benign (1).png': WIDE,
      'benign/benign (1)_mask.png': drawnMask('#...', '....'),
      'malignant/malignant (1).png': WIDE,
      'malignant/malignant (1)_mask.png': drawnMask('#...', '....'),
    });
    expect(items).toHaveLength(2);
    expect(problems).toEqual([{ file: 'normal', problem: 'the layout has this folder, and it is missing' }]);
  });
});

describe('BUS-UCLM', () => {
  it('takes green and red for the target, and black for none', async () => {
    const { items } = await listMade('bus-uclm', {
      'images/ALWI_000.png': madePicture(4, 1),
      'masks/ALWI_000.png': colours([0, 0, 0], [0, 255, 0], [255, 0, 0], [0, 0, 0]),
      'images/ALWI_001.png': madePicture(4, 1),
      'masks/ALWI_001.png': colours([0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]),
    });
    expect(await drawn(items[0]!)).toEqual(['.##.']);
    expect(await drawn(items[1]!)).toEqual(['....']);
  });
});

describe('COVID-19 Radiography', () => {
  const square = (side: number) =>
    drawnMask(...Array.from({ length: side }, () => '#'.repeat(side / 2).padEnd(side, '.')));
  const set = (picture: Picture, mask: MadeFile) => ({
    'COVID/images/COVID-1.png': picture,
    'COVID/masks/COVID-1.png': mask,
  });

  it('enlarges the masks to the pictures, as both are published', async () => {
    const { items, problems } = await listMade(
      'covid-19-radiography',
      set(madePicture(299, 299), square(256)),
    );
    const mask = await items[0]!.targets[0]!.load();
    expect([mask.width, mask.height]).toEqual([299, 299]);
    expect(drawingOf(mask)[7]).toBe('#'.repeat(149).padEnd(299, '.'));
    expect(problems.map(({ file }) => file)).toEqual(['Lung_Opacity', 'Normal', 'Viral Pneumonia']);
  });

  it.each([
    ['the picture', madePicture(298, 299), square(256), 256],
    ['the mask', madePicture(299, 299), square(254), 254],
  ])('leaves another size of %s to be found', async (_, picture, mask, width) => {
    const { items } = await listMade('covid-19-radiography', set(picture, mask));
    expect((await items[0]!.targets[0]!.load()).width).toBe(width);
  });
});

describe('Montgomery', () => {
  const files = {
    'CXR_png/MCUCXR_0001_0.png': WIDE,
    'ManualMask/leftMask/MCUCXR_0001_0.png': drawnMask('...#', '...#'),
    'ManualMask/rightMask/MCUCXR_0001_0.png': drawnMask('#...', '#...'),
  };

  it('unites the lungs', async () => {
    const { items } = await listMade('montgomery', { ...files, 'CXR_png/Thumbs.db': 'x' });
    expect(await drawn(items[0]!)).toEqual(['#..#', '#..#']);
  });

  it('leaves a picture with one lung marked out', async () => {
    const { items, problems } = await listMade('montgomery', {
      ...files,
      'CXR_png/MCUCXR_0002_0.png': WIDE,
      'ManualMask/leftMask/MCUCXR_0002_0.png': drawnMask('...#', '...#'),
    });
    expect(items.map(({ id }) => id)).toEqual(['MCUCXR_0001_0']);
    expect(problems).toEqual([
      {
        file: 'CXR_png/MCUCXR_0002_0.png',
        problem: 'it has no mask: ManualMask/rightMask/MCUCXR_0002_0.png is missing',
      },
    ]);
  });
});

describe('Shenzhen', () => {
  it('tells how many pictures have no mask, and finds masks that were unpacked once more or lie with others', async () => {
    const mask = drawnMask('#...', '....');
    const { items, problems } = await listMade('shenzhen', {
      'CXR_png/CHNCXR_0001_0.png': WIDE,
      'CXR_png/CHNCXR_0002_0.png': WIDE,
      'CXR_png/CHNCXR_0003_1.png': WIDE,
      'mask/mask/CHNCXR_0002_0_mask.png': mask,
    });
    expect(items.map(({ id }) => id)).toEqual(['CHNCXR_0002_0']);
    expect(problems).toEqual([
      {
        file: 'CXR_png/',
        problem:
          '2 of its 3 pictures have no mask and are left out (the set is published with 566 masks for 662)',
      },
    ]);
    const together = await listMade('shenzhen', {
      'CXR_png/CHNCXR_0001_0.png': WIDE,
      'CXR_png/MCUCXR_0001_0.png': WIDE,
      'masks/CHNCXR_0001_0_mask.png': mask,
      'masks/MCUCXR_0001_0.png': mask,
    });
    expect(together.problems).toEqual([]);
    expect(await drawn(together.items[0]!)).toEqual(['#...', '....']);
  });
});

describe('JSRT', () => {
  const SIDE = 2048;
  const half = drawnMask(
    ...Array.from({ length: SIDE / 2 }, (_, y) => (y < 10 ? '#' : '.').repeat(SIDE / 2)),
  );
  const empty = drawnMask(...Array.from({ length: SIDE / 2 }, () => '.'.repeat(SIDE / 2)));
  const masksOf = (stem: string, fold: string) => ({
    [`scratch/${fold}/masks/left lung/${stem}.gif`]: half,
    [`scratch/${fold}/masks/right lung/${stem}.gif`]: empty,
    [`scratch/${fold}/masks/heart/${stem}.gif`]: empty,
    [`scratch/${fold}/masks/left clavicle/${stem}.gif`]: empty,
    [`scratch/${fold}/masks/right clavicle/${stem}.gif`]: half,
  });

  it('reads raw pictures, whose largest value is black, and masks of half the size', async () => {
    const raw = new Uint8Array(SIDE * SIDE * 2);
    // 0, 4095, 256 and 15 as big-endian values, then 0.
    raw.set([0, 0, 0x0f, 0xff, 1, 0, 0, 15]);
    const { items, problems } = await listMade('jsrt', {
      'All247images/JPCLN001.IMG': raw,
      'All247images/JPCLN002.IMG': raw.subarray(1),
      ...masksOf('JPCLN001', 'fold1'),
      ...masksOf('JPCLN002', 'fold2'),
    });
    expect(problems).toEqual([]);
    const picture = await items[0]!.picture.load!();
    expect([picture.width, picture.height]).toEqual([SIDE, SIDE]);
    const grey = (v: number) => Math.round(((4095 - v) / 4095) * 255);
    const first = [0, 4095, 256, 15].map(grey);
    expect([...picture.data.subarray(0, 12)]).toEqual(first.flatMap((value) => [value, value, value]));
    expect(first.slice(0, 2)).toEqual([255, 0]);
    const [lung, heart, clavicle] = await Promise.all(items[0]!.targets.map((target) => target.load()));
    const area = (mask: { data: Uint8Array }) => mask.data.reduce((sum, value) => sum + value, 0);
    expect([lung!.width, lung!.height]).toEqual([SIDE, SIDE]);
    expect([lung, heart, clavicle].map((mask) => area(mask!))).toEqual([20 * SIDE, 0, 20 * SIDE]);
    await expect(items[1]!.picture.load!()).rejects.toThrow(
      /All247images\/JPCLN002\.IMG: it has 8388607 bytes, and a raw picture of 2048 x 2048 has 8388608; copy it again$/,
    );
  });

  it('gives the masks the size of a converted picture, if that is square', async () => {
    const { items } = await listMade('jsrt', {
      'png/JPCLN001.png': madePicture(512, 512),
      'png/JPCLN003.png': madePicture(500, 512),
      'png/JPCLN002.png': madePicture(4, 4),
      ...masksOf('JPCLN001', 'fold1'),
      ...masksOf('JPCLN003', 'fold1'),
      ...masksOf('JPCLN002', 'fold2'),
    });
    expect(items[0]!.picture.load).toBeUndefined();
    const lung = await items[0]!.targets[0]!.load();
    expect([lung.width, lung.height, lung.data.reduce((sum, value) => sum + value, 0)]).toEqual([
      512,
      512,
      5 * 512,
    ]);
    expect((await items[1]!.targets[0]!.load()).width).toBe(1024);
  });
});

describe('CVC-ColonDB', () => {
  it('reads the masks that lie with the pictures', async () => {
    const { items } = await listMade('cvc-colondb', {
      'CVC-ColonDB/1.tiff': WIDE,
      'CVC-ColonDB/p1.tiff': drawnMask('....', '.###'),
      'CVC-ColonDB/c1.tiff': drawnMask('####', '####'),
    });
    expect(items.map(({ picture }) => picture.file)).toEqual(['CVC-ColonDB/1.tiff']);
    expect(await drawn(items[0]!)).toEqual(['....', '.###']);
  });
});

describe('CVC-ClinicDB', () => {
  it('knows 29 sequences, and none for a frame that it does not have', async () => {
    const numbers = Array.from({ length: 613 }, (_, i) => i + 1);
    const files = numbers.flatMap((frame) => [`Original/${frame}.tif`, `Ground Truth/${frame}.tif`]);
    const { items } = await findSource('cvc-clinicdb').list(listedFolder(files));
    const frames = new Map<string | null, number>();
    for (const { group } of items) frames.set(group, (frames.get(group) ?? 0) + 1);
    expect(frames.get(null)).toBe(1);
    expect(frames.size).toBe(30);
    expect(frames.get('sequence 10')).toBe(6);
    expect(frames.get('sequence 29')).toBe(21);
  });
});

describe('ISIC', () => {
  it('finds archives that were unpacked into folders of their own, and leaves superpixels and tables alone', async () => {
    const { items, problems } = await listMade('isic2017', {
      'training/ISIC-2017_Training_Data/ISIC-2017_Training_Data/ISIC_0000000.jpg': WIDE,
      'training/ISIC-2017_Training_Data/ISIC-2017_Training_Data/ISIC_0000000_superpixels.png': WIDE,
      'training/ISIC-2017_Training_Data/ISIC-2017_Training_Data/ISIC-2017_Training_Data_metadata.csv': 'x',
      'training/ISIC-2017_Training_Part1_GroundTruth/ISIC_0000000_segmentation.png': drawnMask(
        '#...',
        '....',
      ),
      'ISIC-2017_Test_v2_Data/ISIC_0012086.jpg': WIDE,
    });
    expect(items.map(({ id, split }) => [id, split])).toEqual([['train/ISIC_0000000', 'train']]);
    expect(await drawn(items[0]!)).toEqual(['#...', '....']);
    expect(problems.map(({ file }) => file)).toEqual([
      'ISIC-2017_Validation_Data',
      'ISIC-2017_Validation_Part1_GroundTruth',
      'ISIC-2017_Test_v2_Part1_GroundTruth',
    ]);
  });
});
