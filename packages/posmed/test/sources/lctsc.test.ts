import { describe, expect, it } from 'vitest';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { lctsc } from '../../src/sources/lctsc.js';
import { SourceError } from '../../src/sources/source.js';
import { listedFolder, type MadeFile, madeFolder } from './made-folder.js';
import { expectItems, fixtureFiles } from './volume-fixtures.js';

const all = fixtureFiles('lctsc');
const TRAIN = 'LCTSC-Train-S1-001';
const TEST = 'LCTSC-Test-S2-101';
const filesOf = (patient: string) =>
  Object.fromEntries(Object.entries(all).filter(([path]) => path.startsWith(patient)));

async function list(files: Readonly<Record<string, MadeFile>>) {
  const folder = await openSourceFolder(await madeFolder(files));
  return { folder, ...(await lctsc.list(folder)) };
}

/** The files with a text replaced in one of them by another of the same length. */
function edited(files: Record<string, Uint8Array>, path: string, from: string, to: string) {
  const text = Buffer.from(files[path]!).toString('latin1');
  expect(text).toContain(from);
  return { ...files, [path]: Uint8Array.from(Buffer.from(text.replaceAll(from, to), 'latin1')) };
}

describe('LCTSC', () => {
  it('reads slices through the lung window and fills the outlines as scikit-image does', async () => {
    const { items, problems } = await list(all);
    expect(problems).toEqual([]);
    await expectItems(items, 'lctsc');
  });

  it('takes patients for groups and the split from their names', async () => {
    const { items } = await list(all);
    expect(items.map(({ id, group, split }) => [id, group, split])).toEqual([
      [`${TEST}/z001`, TEST, 'test'],
      [`${TRAIN}/z004`, TRAIN, 'train'],
      [`${TRAIN}/z009`, TRAIN, 'train'],
    ]);
  });

  it('finds the files of a patient in any folders', async () => {
    const moved = Object.entries(filesOf(TRAIN)).map(([path, bytes], i) => [
      `a/${i % 3}/${path.length}-${i}.DCM`,
      bytes,
    ]);
    const { items, problems } = await list(Object.fromEntries(moved));
    expect(problems).toEqual([]);
    expect(items.map(({ id }) => id)).toEqual([`${TRAIN}/z004`, `${TRAIN}/z009`]);
  });

  it('reads the outlines of a patient once for all slices', async () => {
    const { folder } = await list(filesOf(TRAIN));
    const reads: string[] = [];
    const counted = {
      ...folder,
      readBytes: (file: string) => {
        reads.push(file);
        return folder.readBytes(file);
      },
    };
    const { items } = await lctsc.list(counted);
    reads.length = 0;
    for (const item of items) {
      await item.picture.load!();
      for (const target of item.targets) await target.load();
    }
    expect(reads.filter((file) => file.includes('rtstruct'))).toHaveLength(1);
    expect(reads.filter((file) => file.includes('/ct/'))).toHaveLength(2);
  });

  it('lists a patient without outlines, or without slices', async () => {
    const { [`${TRAIN}/rtstruct/000000.dcm`]: structures, ...slices } = filesOf(TRAIN);
    expect((await list(slices)).problems).toEqual([
      {
        file: `${TRAIN}/ct/000000.dcm`,
        problem: `it has no outlines: no RTSTRUCT file of the patient ${TRAIN} is there`,
      },
    ]);
    expect((await list({ 's.dcm': structures! })).problems).toEqual([
      { file: 's.dcm', problem: 'the CT series that it outlines is missing' },
    ]);
  });

  it('lists structures that are missing, and leaves them out', async () => {
    const path = `${TRAIN}/rtstruct/000000.dcm`;
    const heartless = await list(edited(filesOf(TRAIN), path, 'Heart ', 'Liver '));
    expect(heartless.problems).toEqual([{ file: path, problem: 'it has no outlines of "Heart"' }]);
    expect(heartless.items[0]!.targets.map(({ target }) => target)).toEqual([
      'lung',
      'oesophagus',
      'spinal cord',
    ]);
    const oneLung = await list(edited(filesOf(TRAIN), path, 'Lung_R', 'Liver '));
    expect(oneLung.problems).toEqual([{ file: path, problem: 'it has no outlines of "Lung_R"' }]);
    expect(oneLung.items).toEqual([]);
  });

  it('lists a slice that is missing, and outlines that lie on none', async () => {
    const { [`${TRAIN}/ct/000008.dcm`]: _, ...rest } = filesOf(TRAIN);
    const { problems } = await list(rest);
    const path = `${TRAIN}/rtstruct/000000.dcm`;
    expect(problems).toEqual([
      {
        file: `${TRAIN}/ct/000007.dcm`,
        problem:
          `a slice before it is missing: it lies 5 mm from ${TRAIN}/ct/000009.dcm, ` +
          'and others 2.5 mm from each other',
      },
      { file: path, problem: '2 outlines of "Lung_L" lie on no slice of the series' },
      { file: path, problem: '1 outlines of "Lung_R" lie on no slice of the series' },
      { file: path, problem: '1 outlines of "Heart" lie on no slice of the series' },
      { file: path, problem: '1 outlines of "Esophagus" lie on no slice of the series' },
      { file: path, problem: '1 outlines of "SpinalCord" lie on no slice of the series' },
    ]);
  });

  it('lists what is cut, doubled, of another series, size or patient', async () => {
    let files = filesOf(TRAIN);
    files['cut.dcm'] = files[`${TRAIN}/ct/000003.dcm`]!.subarray(0, 600);
    files['double.dcm'] = files[`${TRAIN}/ct/000003.dcm`]!;
    files['second.dcm'] = files[`${TRAIN}/rtstruct/000000.dcm`]!;
    files['spacing.dcm'] = files[`${TRAIN}/ct/000003.dcm`]!;
    files = edited(files, 'spacing.dcm', '0.9\\0.7', '0.9\\0.8');
    files['stranger.dcm'] = files[`${TRAIN}/ct/000003.dcm`]!;
    files = edited(files, 'stranger.dcm', TRAIN, 'LCTSC-Other-S1-001');
    files['mr.dcm'] = files[`${TRAIN}/ct/000003.dcm`]!;
    files = edited(files, 'mr.dcm', 'CS\x02\0CT', 'CS\x02\0MR');
    files['notes.txt'] = new Uint8Array(3);
    const { items, problems } = await list(files);
    expect(items).toHaveLength(2);
    expect(problems).toEqual([
      { file: 'cut.dcm', problem: 'the DICOM file is damaged or cut short' },
      { file: 'mr.dcm', problem: 'it is one too many: its modality is "MR"' },
      {
        file: 'stranger.dcm',
        problem: `it is one too many: its patient is "LCTSC-Other-S1-001", none of the set's`,
      },
      {
        file: 'second.dcm',
        problem: `it is one too many: ${TRAIN}/rtstruct/000000.dcm outlines the same patient`,
      },
      {
        file: 'spacing.dcm',
        problem: `its size, pixel spacing or direction differs from ${TRAIN}/ct/000000.dcm`,
      },
      { file: 'double.dcm', problem: `it is one too many: ${TRAIN}/ct/000003.dcm lies at the same place` },
    ]);
  });

  it('takes the series that was outlined where there are two', async () => {
    const files = filesOf(TRAIN);
    const series = '1.2.826.0.1.3680043.8.498.1.1';
    let two: Record<string, Uint8Array> = { ...files, 'other.dcm': files[`${TRAIN}/ct/000003.dcm`]! };
    two = edited(two, 'other.dcm', series, '1.2.826.0.1.3680043.8.498.1.7');
    expect((await list(two)).problems).toEqual([
      { file: 'other.dcm', problem: 'it is one too many: it is of another series than the outlines' },
    ]);
  });

  it('refuses a folder without any of its patients', async () => {
    await expect(lctsc.list(listedFolder(['a.png']))).rejects.toThrow(SourceError);
    await expect(list({ 'a.dcm': 'text' })).rejects.toThrow(/no DICOM file \(.dcm\) of a patient/);
  });
});
