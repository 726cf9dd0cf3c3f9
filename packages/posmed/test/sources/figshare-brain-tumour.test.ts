import { describe, expect, it } from 'vitest';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { figshareBrainTumour } from '../../src/sources/figshare-brain-tumour.js';
import { SourceError } from '../../src/sources/source.js';
import { listedFolder, type MadeFile, madeFolder } from './made-folder.js';
import { expectItems, fixtureFiles } from './volume-fixtures.js';

const mats = fixtureFiles('figshare');
const FIRST = 'brainTumorDataPublic_1-766/1.mat';
const SECOND = 'brainTumorDataPublic_1-766/2.mat';
const LAST = 'brainTumorDataPublic_767-1532/767.mat';
const set = {
  [FIRST]: mats['1.mat']!,
  [SECOND]: mats['2.mat']!,
  [LAST]: mats['767.mat']!,
  'cvind.mat': 'folds',
};
const MISSING = {
  file: '3.mat',
  problem: 'it is missing; 3061 of the 3064 slices are: 3 to 766, 768 to 3064',
};

async function list(files: Readonly<Record<string, MadeFile>>) {
  const folder = await openSourceFolder(await madeFolder(files));
  return { folder, ...(await figshareBrainTumour.list(folder)) };
}

describe('the brain tumours of figshare', () => {
  it('reads pictures and masks as h5py does, and takes patients for groups', async () => {
    const { items, problems } = await list(set);
    await expectItems(items, 'figshare');
    expect(items.map(({ group, split, modality }) => [group, split, modality])).toEqual([
      ['100360', null, 'mri'],
      ['100360', null, 'mri'],
      ['MR0402', null, 'mri'],
    ]);
    expect(items.map(({ picture }) => picture.file)).toEqual([FIRST, SECOND, LAST]);
    expect(problems).toEqual([MISSING]);
  });

  it('lists what is damaged, of another kind or one too many', async () => {
    const { items, problems } = await list({
      ...set,
      '3.mat': mats['no-mask.mat']!,
      '4.mat': mats['other-size.mat']!,
      '5.mat': mats['1.mat']!.subarray(0, 1500),
      '6.mat': 'MATLAB 5.0 MAT-file',
      '3065.mat': mats['1.mat']!,
      'copy/1.mat': mats['1.mat']!,
    });
    expect(items.map(({ id }) => id)).toEqual(['1', '2', '767']);
    const broken = 'it is not a MATLAB file of version 7.3, or damaged or cut short';
    expect(problems).toEqual([
      { file: '3065.mat', problem: 'it is one too many: the set ends at 3064.mat' },
      { file: 'copy/1.mat', problem: `it is one too many: ${FIRST} has the same number` },
      { file: '3.mat', problem: 'it has no "cjdata/tumorMask"' },
      { file: '4.mat', problem: 'its "cjdata/tumorMask" has 6 x 5 pixels, and its "cjdata/image" 5 x 6' },
      { file: '5.mat', problem: broken },
      { file: '6.mat', problem: broken },
      { file: '7.mat', problem: 'it is missing; 3057 of the 3064 slices are: 7 to 766, 768 to 3064' },
    ]);
  });

  it('finds every cut in a file', async () => {
    const whole = mats['1.mat']!;
    const lengths = Array.from({ length: 20 }, (_, i) => Math.floor((whole.length * i) / 20));
    const files = lengths.map((length, i) => [`${i + 1}.mat`, whole.subarray(0, length)]);
    const { items, problems } = await list(Object.fromEntries([...files, ['50.mat', whole]]));
    expect(items.map(({ id }) => id)).toEqual(['50']);
    expect(problems.filter(({ problem }) => problem.includes('cut short'))).toHaveLength(lengths.length);
  });

  it('names a file that is cut after it was listed', async () => {
    const { folder } = await list(set);
    const cut = {
      ...folder,
      readBytes: async (file: string) => (await folder.readBytes(file)).subarray(0, 3000),
    };
    const whole = { ...folder };
    const { items } = await figshareBrainTumour.list(whole);
    Object.assign(whole, cut);
    await expect(items[0]!.picture.load!()).rejects.toThrow(
      `${folder.name}/${FIRST}: it is not a MATLAB file`,
    );
  });

  it('refuses a folder without slices, and names the archive to unpack', async () => {
    await expect(figshareBrainTumour.list(listedFolder(['a.png']))).rejects.toThrow(SourceError);
    await expect(figshareBrainTumour.list(listedFolder(['brainTumorDataPublic_1-766.zip']))).rejects.toThrow(
      /made: it has none of the slices .*; unpack brainTumorDataPublic_1-766.zip and its like/,
    );
  });
});
