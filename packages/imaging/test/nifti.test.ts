import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  axialLayout,
  decodeNifti,
  isNiftiFile,
  readNifti,
  readNiftiHeader,
  slicePlane,
  sliceSizes,
} from '../src/index.js';
import { decodeMask, decodePicture } from '../src/node/index.js';
import { PictureError } from '../src/picture-error.js';
import { fixture, fixtureJson, largestDifference } from './fixtures.js';

interface Expected {
  shape: number[];
  width: number;
  height: number;
  slices?: number[][];
  grey?: number[];
}

const expected = fixtureJson<Record<string, Expected>>('nifti/expected.json');
const volumes = Object.keys(expected).filter((name) => expected[name]!.slices);
const slices = Object.keys(expected).filter((name) => expected[name]!.grey);
const bytesOf = (name: string) => fixture(`nifti/${name}`);

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PictureError);
  expect((error as PictureError).message).toMatch(/^[^\n]+: [^\n]+; [^\n]+$/);
  return (error as PictureError).message;
}

describe('readNifti', () => {
  it.each(volumes)('gives the axial slices of %s as nibabel does, right on the left', async (name) => {
    const volume = await readNifti(bytesOf(name), name);
    const { shape, width, height, slices } = expected[name]!;
    expect(volume.shape).toEqual(shape);
    const layout = axialLayout(volume);
    expect(sliceSizes(volume, layout)).toEqual({ count: slices!.length, width, height });
    for (const [index, values] of slices!.entries()) {
      expect(largestDifference(slicePlane(volume, layout, index).data, values)).toBeLessThan(1e-4);
    }
  });

  it('reads the first of several volumes, and a header alone', async () => {
    expect((await readNifti(bytesOf('series.nii'), 'series.nii')).volumes).toBe(4);
    const header = await readNiftiHeader(bytesOf('big.nii.gz'), 'big.nii.gz');
    expect(header).toMatchObject({ shape: [5, 4, 3], volumes: 1, slope: 1, intercept: 0 });
    expect(header).not.toHaveProperty('voxels');
  });

  it('says that a file has no orientation', async () => {
    expect((await readNiftiHeader(bytesOf('nowhere.nii'), 'nowhere.nii')).affine).toBeNull();
  });

  it('reads a slope that is no number as none', async () => {
    const bytes = bytesOf('scaled.nii');
    new DataView(bytes.buffer).setFloat32(112, Number.NaN, true);
    const { slope, intercept } = await readNifti(bytes, 'scaled.nii');
    expect([slope, intercept]).toEqual([1, 0]);
  });

  it('reads bytes that lie in the middle of a larger buffer', async () => {
    for (const name of ['scaled.nii', 'little.nii.gz']) {
      const bytes = bytesOf(name);
      const larger = new Uint8Array(bytes.length + 7);
      larger.set(bytes, 3);
      const inside = await readNifti(larger.subarray(3, 3 + bytes.length), name);
      expect(inside).toEqual(await readNifti(bytes, name));
    }
  });

  it.each(['scaled.nii', 'little.nii.gz', 'second.nii', 'slice.nii'])(
    'refuses %s wherever it is cut',
    async (name) => {
      const bytes = bytesOf(name);
      for (let length = 1; length < bytes.length; length += 13) {
        expect(await failure(readNifti(bytes.subarray(0, length), name))).toMatch(
          /damaged or cut short|not a NIfTI file/,
        );
      }
      expect(await failure(readNifti(bytes.subarray(0, -1), name))).toContain('damaged or cut short');
    },
  );

  it('refuses what gzip says is damaged', async () => {
    const bytes = gzipSync(bytesOf('scaled.nii'));
    bytes[bytes.length - 8]! ^= 1;
    expect(await failure(readNifti(bytes, 'a.nii.gz'))).toContain('damaged or cut short');
  });

  it('refuses other voxels, pairs of files, other files and volumes past all memory', async () => {
    expect(await failure(readNifti(bytesOf('rgb.nii'), 'rgb.nii'))).toContain('NIfTI type 128');
    expect(await failure(readNifti(bytesOf('pair.hdr'), 'pair.hdr'))).toContain('in another file (.img)');
    expect(await failure(readNifti(gzipSync('hello'), 'a.nii.gz'))).toContain('not a NIfTI file');
    const huge = bytesOf('scaled.nii');
    const view = new DataView(huge.buffer);
    for (const at of [42, 44, 46]) view.setInt16(at, 30000, true);
    expect(await failure(readNifti(huge, 'huge.nii'))).toContain('30000 x 30000 x 30000 voxels');
    view.setInt16(42, -5, true);
    expect(await failure(readNifti(huge, 'huge.nii'))).toContain('damaged');
  });
});

describe('decodePicture', () => {
  it.each(slices)('shows %s by the convention of radiology', async (name) => {
    const { picture, warnings } = await decodePicture(bytesOf(name), name);
    const { width, height, grey } = expected[name]!;
    expect([picture.width, picture.height, warnings]).toEqual([width, height, []]);
    expect([...picture.data]).toEqual(grey!.flatMap((value) => [value, value, value]));
  });

  it('reads a packed slice, and tells gzip of something else apart', async () => {
    const { picture } = await decodePicture(gzipSync(bytesOf('slice.nii')), 'slice.nii.gz');
    expect(picture).toEqual((await decodeNifti(bytesOf('slice.nii'), 'slice.nii')).picture);
    expect(await failure(decodePicture(gzipSync('hello'), 'a.gz'))).toContain('a gzip archive');
    expect(await isNiftiFile(gzipSync('hello').subarray(0, 15))).toBe(false);
  });

  it('refuses a volume, and is not taken for a mask', async () => {
    expect(await failure(decodePicture(bytesOf('scaled.nii'), 'scaled.nii'))).toBe(
      'scaled.nii: it is a volume of 5 x 4 x 3 voxels, not a slice; give one slice of it, as NIfTI or PNG',
    );
    expect(await failure(decodeMask(bytesOf('slice.nii'), 'slice.nii'))).toContain('a NIfTI volume');
  });

  it('warns where the side is not known, and of further volumes', async () => {
    const bytes = bytesOf('slice.nii');
    const view = new DataView(bytes.buffer);
    view.setInt16(252, 0, true);
    view.setInt16(254, 0, true);
    view.setInt16(40, 4, true);
    view.setInt16(48, 2, true);
    expect((await decodePicture(bytes, 'slice.nii')).warnings).toEqual([
      'the file has 2 volumes; only the first volume is read',
      'the file does not say which side is left; it is taken as stored from right to left',
    ]);
  });
});
