import { describe, expect, it } from 'vitest';
import {
  type DicomHeader,
  decodeDicom,
  distanceFromSlice,
  fillContours,
  pixelOfPoint,
  readDicomHeader,
  readDicomValues,
  readStructureSet,
  type SliceGrid,
} from '../src/index.js';
import { decodeMask, decodePicture } from '../src/node/index.js';
import { PictureError } from '../src/picture-error.js';
import { fixture, fixtureJson } from './fixtures.js';

interface Expected {
  grey?: number[];
  values?: number[];
  rgb?: number[];
  mask?: number[];
}

const expected = fixtureJson<Record<string, Expected>>('dicom/expected.json');
const greyFiles = Object.keys(expected).filter((name) => expected[name]!.grey);
const valueFiles = Object.keys(expected).filter((name) => expected[name]!.values);
const colourFiles = Object.keys(expected).filter((name) => expected[name]!.rgb);

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PictureError);
  expect((error as PictureError).message).toMatch(/^[^\n]+: [^\n]+; [^\n]+$/);
  return (error as PictureError).message;
}

const bytesOf = (name: string) => fixture(`dicom/${name}`);

describe('decodeDicom', () => {
  it.each(greyFiles)('shows %s as pydicom does', async (name) => {
    const { picture } = await decodePicture(bytesOf(name), name);
    const grey = expected[name]!.grey!;
    expect([...picture.data]).toEqual(grey.flatMap((value) => [value, value, value]));
    expect(picture.width * picture.height).toBe(grey.length);
  });

  it.each(colourFiles)('shows the colours of %s', async (name) => {
    const { picture, warnings } = await decodeDicom(bytesOf(name), name);
    expect([...picture.data]).toEqual(expected[name]!.rgb);
    expect([picture.width, picture.height, warnings]).toEqual([5, 4, []]);
  });

  it.each([
    ['frames.dcm', 'the file has 3 frames; only the first frame is read'],
    ['enhanced.dcm', 'the file has 2 frames; only the first frame is read'],
    ['table.dcm', 'its table of what to show is not applied; all values are shown, from least to greatest'],
  ])('warns of %s', async (name, warning) => {
    expect((await decodeDicom(bytesOf(name), name)).warnings).toEqual([warning]);
  });

  it.each([
    ['jpeg.dcm', 'compressed with JPEG ('],
    ['jpeg-ls.dcm', 'compressed with JPEG-LS ('],
    ['jpeg-2000.dcm', 'compressed with JPEG 2000 ('],
    ['run-lengths.dcm', 'compressed with run lengths ('],
    ['deflate.dcm', 'compressed with deflate ('],
  ])('refuses %s by the name of its compression', async (name, problem) => {
    const message = await failure(decodeDicom(bytesOf(name), name));
    expect(message).toContain(problem);
    expect(message).toContain('; decompress it first, with "gdcmconv --raw", say');
  });

  it('refuses what it cannot show', async () => {
    expect(await failure(decodeDicom(bytesOf('palette.dcm'), 'palette.dcm'))).toContain('PALETTE COLOR');
    expect(await failure(decodeDicom(bytesOf('structures.dcm'), 's.dcm'))).toBe(
      's.dcm: it holds no picture (its modality is RTSTRUCT); give a DICOM file that has pixels',
    );
    expect(await failure(decodeDicom(new Uint8Array(500), 'a.dcm'))).toContain('not a DICOM file');
  });

  it.each(['ct.dcm', 'ct-implicit.dcm', 'ct-big-endian.dcm', 'rgb.dcm', 'enhanced.dcm'])(
    'refuses %s wherever it is cut',
    async (name) => {
      const bytes = bytesOf(name);
      for (let length = 133; length < bytes.length - 1; length += 7) {
        expect(await failure(decodePicture(bytes.subarray(0, length), name))).toMatch(
          /damaged or cut short|holds no picture/,
        );
      }
      expect(await failure(decodePicture(bytes.subarray(0, -2), name))).toContain('damaged or cut short');
    },
  );

  it('is not taken for a mask', async () => {
    expect(await failure(decodeMask(bytesOf('eight.dcm'), 'eight.dcm'))).toContain('a DICOM file');
  });
});

describe('readDicomValues', () => {
  it.each(valueFiles)('reads the values of %s', async (name) => {
    const { data } = await readDicomValues(bytesOf(name), name);
    expect([...data]).toEqual(expected[name]!.values);
  });
});

describe('readDicomHeader', () => {
  it('tells what a slice is part of and where it lies', async () => {
    const header: DicomHeader = await readDicomHeader(bytesOf('ct.dcm'), 'ct.dcm');
    expect(header).toMatchObject({
      modality: 'CT',
      patient: 'MADE-UP-1',
      series: expect.stringMatching(/^1\.2/),
    });
    const grid = header.grid!;
    expect(grid).toMatchObject({ width: 9, height: 7, origin: [-12.5, 7.25, 101.5] });
    expect([grid.rowSpacing, grid.columnSpacing]).toEqual([0.9, 0.7]);
    expect(Math.hypot(...grid.alongRow)).toBeCloseTo(1, 9);
    expect(grid.alongColumn[2]).toBeCloseTo(Math.sin((-6 * Math.PI) / 180), 9);
  });

  it('has no grid where the file has none', async () => {
    expect((await readDicomHeader(bytesOf('eight.dcm'), 'eight.dcm')).grid).toBeNull();
    expect((await readDicomHeader(bytesOf('structures.dcm'), 's.dcm')).modality).toBe('RTSTRUCT');
  });
});

describe('readStructureSet', () => {
  it('reads closed outlines, in millimetres', async () => {
    const set = await readStructureSet(bytesOf('structures.dcm'), 's.dcm');
    const { series } = await readDicomHeader(bytesOf('ct.dcm'), 'ct.dcm');
    expect(set.series).toBe(series);
    expect(set.structures.map(({ name, contours }) => [name, contours.map((c) => c.length)])).toEqual([
      ['Lung_L', [15, 12, 9]],
      ['Heart', []],
      ['Marks', []],
    ]);
  });

  it('fills them on a tilted slice of unequal spacings, the hole left out', async () => {
    const { structures } = await readStructureSet(bytesOf('structures.dcm'), 's.dcm');
    const grid = (await readDicomHeader(bytesOf('ct.dcm'), 'ct.dcm')).grid!;
    const [outer, hole, above] = structures[0]!.contours;
    expect(distanceFromSlice([outer![0]!, outer![1]!, outer![2]!], grid)).toBeCloseTo(0, 6);
    expect(distanceFromSlice([above![3]!, above![4]!, above![5]!], grid)).toBeCloseTo(3, 6);
    const mask = fillContours(
      [outer!, hole!].map((contour) => inPixels(contour, grid)),
      grid.width,
      grid.height,
    );
    expect([...mask.data]).toEqual(expected['structures.dcm']!.mask);
  });

  it('refuses other files and cut ones', async () => {
    expect(await failure(readStructureSet(bytesOf('ct.dcm'), 'ct.dcm'))).toContain(
      'not a DICOM file of structures',
    );
    const bytes = bytesOf('structures.dcm');
    for (const part of [0.5, 0.7, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      expect(await failure(readStructureSet(cut, 's.dcm'))).toContain('damaged or cut short');
    }
  });
});

function inPixels(contour: Float64Array, grid: SliceGrid): Float64Array {
  const pixels: number[] = [];
  for (let i = 0; i < contour.length; i += 3) {
    pixels.push(...pixelOfPoint([contour[i]!, contour[i + 1]!, contour[i + 2]!], grid));
  }
  return Float64Array.from(pixels);
}
