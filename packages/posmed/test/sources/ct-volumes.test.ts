import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { everyFifth } from '../../src/sources/ct-slices.js';
import { ctVolumes } from '../../src/sources/ct-volumes.js';
import { kaggleLungCt } from '../../src/sources/kaggle-lung-ct.js';
import { keepWhileUsed } from '../../src/sources/keep-while-used.js';
import { medsegCovidCt } from '../../src/sources/medseg-covid-ct.js';
import type { SourceAdapter, SourceFolder } from '../../src/sources/source.js';
import { listedFolder, type MadeFile, madeFolder } from './made-folder.js';
import { expectItems, fixtureFiles } from './volume-fixtures.js';

async function list(adapter: SourceAdapter, files: Readonly<Record<string, MadeFile>>) {
  const folder = await openSourceFolder(await madeFolder(files));
  return { folder, ...(await adapter.list(folder)) };
}

/** The folder, noting what is read of it. */
function noting(folder: SourceFolder, reads: string[]): SourceFolder {
  return {
    ...folder,
    readBytes: (file) => {
      reads.push(file);
      return folder.readBytes(file);
    },
  };
}

const renamed = (files: Record<string, Uint8Array>, change: (path: string) => string) =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [change(path), bytes]));

const volumes = fixtureFiles('ct-volumes');
const DECATHLON = JSON.stringify({
  name: 'Liver',
  modality: { 0: 'CT' },
  labels: { 0: 'background', 1: 'Liver', 2: 'liver_cancer' },
  training: ['liver_0', 'liver_1', 'liver_2'].map((id) => ({
    image: `./imagesTr/${id}.nii.gz`,
    label: `./labelsTr/${id}.nii.gz`,
  })),
});
const decathlon: Record<string, MadeFile> = { ...volumes, 'dataset.json': DECATHLON };

describe('CT volumes', () => {
  it('gives slices as nibabel does, by the orientation of the picture', async () => {
    const { items, problems } = await list(ctVolumes, decathlon);
    expect(problems).toEqual([]);
    await expectItems(items, 'ct-volumes');
    expect(new Set(items.map(({ dataset, modality, split }) => [dataset, modality, split].join()))).toEqual(
      new Set(['Liver,ct,']),
    );
    expect(items.map(({ group }) => group)).toEqual(items.map(({ id }) => id.split('/')[0]));
  });

  it('reads masks alone, in any order', async () => {
    const { items } = await list(ctVolumes, decathlon);
    for (const item of [...items].reverse()) await item.targets[0]!.load();
    await expectItems(items, 'ct-volumes');
  });

  it('opens each volume once while its slices are read', async () => {
    const reads: string[] = [];
    const { folder } = await list(ctVolumes, decathlon);
    const { items } = await ctVolumes.list(noting(folder, reads));
    reads.length = 0;
    for (const item of items) {
      await item.picture.load!();
      await Promise.all(item.targets.map((target) => target.load()));
    }
    expect(reads.filter((file) => file.startsWith('imagesTr'))).toHaveLength(3);
    expect(reads.filter((file) => file.startsWith('labelsTr'))).toHaveLength(3);
  });

  it("reads nnU-Net's names and labels, unites sides, and takes the channel that is CT", async () => {
    const nnunet = renamed(volumes, (path) => path.replace(/imagesTr\/(.*)\.nii/, 'imagesTr/$1_0001.nii'));
    const other = renamed(volumes, (path) => path.replace(/imagesTr\/(.*)\.nii/, 'imagesTr/$1_0000.nii'));
    const about = {
      channel_names: { 0: 'PET', 1: 'CT' },
      labels: { background: 0, Kidney_Left: 1, 'kidney right': [2] },
    };
    const { items, problems } = await list(ctVolumes, {
      ...other,
      ...nnunet,
      'dataset.json': JSON.stringify(about),
    });
    expect(problems).toEqual([]);
    expect(items[0]!.picture.file).toBe('imagesTr/liver_0_0001.nii.gz');
    expect(items[0]!.dataset).toBe('ct-volumes');
    expect(items[0]!.targets.map(({ target }) => target)).toEqual(['kidney']);
    const { items: first } = await list(ctVolumes, decathlon);
    const [whole, liver, tumour] = await Promise.all([
      items[0]!.targets[0]!.load(),
      ...first[0]!.targets.map((target) => target.load()),
    ]);
    expect([...whole.data]).toEqual([...liver!.data].map((value, i) => value | tumour!.data[i]!));
  });

  it('shows lungs through the lung window', async () => {
    const about = DECATHLON.replace('"Liver"', '"Lung"');
    const { items } = await list(ctVolumes, { ...volumes, 'dataset.json': about });
    const { items: soft } = await list(ctVolumes, decathlon);
    expect(await items[0]!.picture.load!()).not.toEqual(await soft[0]!.picture.load!());
    const lungs = DECATHLON.replace('"name":"Liver",', '').replaceAll(/liver_cancer|Liver/g, 'lung_left');
    const { items: named } = await list(ctVolumes, { ...volumes, 'dataset.json': lungs });
    expect(await named[0]!.picture.load!()).toEqual(await items[0]!.picture.load!());
  });

  it('lists what is missing, one too many or damaged', async () => {
    const { 'imagesTr/liver_1.nii.gz': _, 'labelsTr/liver_2.nii.gz': __, ...rest } = volumes;
    const labels = rest['labelsTr/liver_0.nii.gz']!;
    const { items, problems } = await list(ctVolumes, {
      ...rest,
      'labelsTr/cut.nii.gz': labels.subarray(0, labels.length - 4),
      'imagesTr/cut.nii.gz': labels,
      'labelsTr/notes.txt': 'x',
      'dataset.json': DECATHLON,
    });
    expect(new Set(items.map(({ group }) => group))).toEqual(new Set(['liver_0']));
    expect(problems).toEqual([
      { file: 'labelsTr/notes.txt', problem: 'it is one too many: the layout has no such file here' },
      {
        file: 'labelsTr/liver_1.nii.gz',
        problem: 'it has no picture: imagesTr/liver_1_0000.nii.gz is missing',
      },
      { file: 'imagesTr/liver_2.nii.gz', problem: 'it has no labels: labelsTr/liver_2.nii.gz is missing' },
      { file: 'imagesTr/liver_1.nii.gz', problem: 'it is missing, and dataset.json names it' },
      { file: 'labelsTr/liver_2.nii.gz', problem: 'it is missing, and dataset.json names it' },
      { file: 'labelsTr/cut.nii.gz', problem: 'the NIfTI file is damaged or cut short' },
    ]);
  });

  it('names a picture of another shape than its labels', async () => {
    const swapped = { ...decathlon, 'imagesTr/liver_0.nii.gz': volumes['imagesTr/liver_1.nii.gz']! };
    const { folder, items } = await list(ctVolumes, swapped);
    const problem = 'it has 5 x 3 x 6 voxels, and its labels in labelsTr/liver_0.nii.gz 6 x 5 x 13';
    for (const load of [items[0]!.picture.load!, items[0]!.targets[0]!.load]) {
      await expect(load()).rejects.toThrow(
        `${folder.name}/imagesTr/liver_0.nii.gz: ${problem}; store both with the same shape`,
      );
    }
  });

  it('names a picture whose slices lie across another axis', async () => {
    const picture = Uint8Array.from(gunzipSync(volumes['imagesTr/liver_2.nii.gz']!));
    const view = new DataView(picture.buffer);
    // Its first axis now runs to the head, and its third to the right.
    for (const [at, value] of [
      [280, 0],
      [288, 1],
      [312, 1],
      [320, 0],
    ] as const) {
      view.setFloat32(at, value, true);
    }
    const { 'imagesTr/liver_2.nii.gz': _, ...rest } = decathlon;
    const { items } = await list(ctVolumes, { ...rest, 'imagesTr/liver_2.nii': picture });
    const item = items.find(({ group }) => group === 'liver_2')!;
    for (const load of [item.picture.load!, item.targets[0]!.load]) {
      await expect(load()).rejects.toThrow(
        /imagesTr\/liver_2\.nii: its axial slices lie across another axis than those of its labels in labels/,
      );
    }
  });

  it('names a picture that is cut', async () => {
    const picture = volumes['imagesTr/liver_0.nii.gz']!;
    const cut = { ...decathlon, 'imagesTr/liver_0.nii.gz': picture.subarray(0, picture.length - 5) };
    const { folder, items } = await list(ctVolumes, cut);
    await expect(items[0]!.picture.load!()).rejects.toThrow(
      `${folder.name}/imagesTr/liver_0.nii.gz: the NIfTI file is damaged or cut short`,
    );
  });

  it.each([
    ['{', 'it is not JSON'],
    ['{"labels": {"0": "background"}, "modality": {"0": "CT"}}', '"labels" names no target'],
    ['{"labels": {"liver": 1}, "modality": {"0": "MRI"}}', 'none of its channels is CT ("MRI")'],
    ['{"labels": {"liver": 1}}', 'none of its channels is CT (it names none)'],
    ['{"labels": {"liver": 1, "ignore": 2}, "modality": {"0": "CT"}}', 'labelled only in part'],
    ['{"labels": []}', '"labels": '],
  ])('refuses %s', async (json, problem) => {
    const folder = listedFolder(['imagesTr/a.nii', 'labelsTr/a.nii'], { 'dataset.json': json });
    const error = await ctVolumes.list(folder).catch((thrown: unknown) => thrown);
    expect((error as Error).name).toBe('SourceError');
    expect((error as Error).message).toMatch(/^made\/dataset\.json: [^\n]+; [^\n]+$/);
    expect((error as Error).message).toContain(problem);
  });

  it('refuses a folder without dataset.json, or of another layout', async () => {
    await expect(ctVolumes.list(listedFolder(['imagesTr/a.nii', 'labelsTr/a.nii']))).rejects.toThrow(
      'made/dataset.json: there is no such file, which names the labels; write one like',
    );
    await expect(ctVolumes.list(listedFolder(['images/a.nii']))).rejects.toThrow('does not have the layout');
  });
});

describe("MedSeg's COVID-19 CT", () => {
  const files = fixtureFiles('medseg');

  it('reads single slices and volumes as nibabel does', async () => {
    const { items, problems } = await list(
      medsegCovidCt,
      renamed(files, (path) => `medseg/${path}`),
    );
    expect(problems).toEqual([]);
    await expectItems(items, 'medseg');
    expect(items.map(({ group }) => group)).toEqual([null, null, null, 'rp-1', 'rp-1']);
  });

  it('lists masks and pictures that are missing', async () => {
    const { 'tr_lungmasks_updated.nii.gz': _, 'rp_im/1.nii.gz': __, ...rest } = files;
    const { items, problems } = await list(medsegCovidCt, rest);
    expect(items.map(({ id, targets }) => [id, targets.map(({ target }) => target)])).toEqual(
      ['tr/z000', 'tr/z001', 'tr/z002'].map((id) => [id, ['lung infection', 'pleural effusion']]),
    );
    expect(problems).toEqual([
      { file: 'tr_im.nii.gz', problem: 'it has no mask: tr_lungmasks_updated.nii.gz is missing' },
      { file: 'rp_msk/1.nii.gz', problem: 'it has no picture: rp_im/1.nii.gz is missing' },
      { file: 'rp_lung_msk/1.nii.gz', problem: 'it has no picture: rp_im/1.nii.gz is missing' },
    ]);
  });

  it('lists masks of different shapes', async () => {
    const { items, problems } = await list(medsegCovidCt, {
      ...files,
      'tr_mask.nii.gz': files['rp_msk/1.nii.gz']!,
    });
    expect(problems).toEqual([
      {
        file: 'tr_mask.nii.gz',
        problem: 'it has 4 x 4 x 9 voxels, and tr_lungmasks_updated.nii.gz 5 x 4 x 3',
      },
    ]);
    expect(items[0]!.targets.map(({ target }) => target)).toEqual(['lung']);
  });

  it('refuses a folder with neither part', async () => {
    await expect(medsegCovidCt.list(listedFolder(['a.nii']))).rejects.toThrow(
      'neither "tr_im.nii.gz" nor a folder',
    );
  });
});

describe("Kaggle's lungs", () => {
  const files = fixtureFiles('kaggle');

  it('reads Hounsfield units through the lung window', async () => {
    const { items, problems } = await list(kaggleLungCt, {
      ...files,
      '3d_images/IMG_0002.nii.gz': 'not read',
    });
    expect(problems).toEqual([]);
    await expectItems(items, 'kaggle');
    expect(items.map(({ group, split }) => [group, split])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('lists a mask that is missing, and names a file that is cut', async () => {
    const image = files['2d_images/ID_0000_Z_0142.tif']!;
    const { folder, items, problems } = await list(kaggleLungCt, {
      ...files,
      '2d_images/ID_0000_Z_0142.tif': image.subarray(0, image.length - 9),
      '2d_images/ID_0002_Z_0162.tif': image,
    });
    expect(problems).toEqual([
      {
        file: '2d_images/ID_0002_Z_0162.tif',
        problem: 'it has no mask: 2d_masks/ID_0002_Z_0162.tif is missing',
      },
    ]);
    await expect(items[0]!.picture.load!()).rejects.toThrow(
      `${folder.name}/2d_images/ID_0000_Z_0142.tif: the TIFF is damaged or cut short; copy or export it again`,
    );
  });
});

describe('everyFifth', () => {
  it('starts at the third, and keeps one where there are fewer', () => {
    expect(everyFifth([...'abcdefghijklm'])).toEqual(['c', 'h', 'm']);
    expect([everyFifth([...'ab']), everyFifth(['a']), everyFifth([])]).toEqual([['b'], ['a'], []]);
  });
});

describe('keepWhileUsed', () => {
  const counting = () => {
    const opened: string[] = [];
    const open = keepWhileUsed(async (key: string) => {
      opened.push(key);
      return key;
    });
    return { opened, open };
  };

  it('opens once for all uses, and again after the last', async () => {
    const { opened, open } = counting();
    expect(await Promise.all([open('a', 3), open('a', 3), open('a', 3)])).toEqual(['a', 'a', 'a']);
    expect(opened).toEqual(['a']);
    await open('a', 3);
    expect(opened).toEqual(['a', 'a']);
  });

  it('keeps two at a time, and drops the older for a third', async () => {
    const { opened, open } = counting();
    for (const key of ['a', 'b', 'a', 'b', 'c', 'b', 'a']) await open(key, 9);
    expect(opened).toEqual(['a', 'b', 'c', 'a']);
  });

  it('fails once for all who wait for the same', async () => {
    let tries = 0;
    const open = keepWhileUsed<string>(() => {
      tries++;
      return Promise.reject(new Error('cut'));
    });
    await expect(open('a', 2)).rejects.toThrow('cut');
    await expect(open('a', 2)).rejects.toThrow('cut');
    expect(tries).toBe(1);
  });
});
