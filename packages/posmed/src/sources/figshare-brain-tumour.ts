import { drawRange, type Mask, type Picture, PictureError } from '@prs-med/imaging';
import { type MatlabMatrix, readMatlabFile } from './matlab-file.js';
import {
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceItem,
  type SourceListing,
  type SourceProblem,
} from './source.js';

/** Slices that the set has, as 1.mat to 3064.mat. */
const PUBLISHED_SLICES = 3064;

const SLICE_FILE = /(?:^|\/)(?<number>\d+)\.mat$/;

/**
 * `1.mat` to `3064.mat`, in any folders: contrast-enhanced T1 slices with the outline of a tumour, in MATLAB's format
 * 7.3. A picture runs from the slice's least value to its greatest. Groups are patients; to find them each file is
 * opened while listing. The authors' five folds (`cvind.mat`) are for cross-validation, so they make no split. What
 * kind of tumour it is (`label`) is not read.
 */
export const figshareBrainTumour: SourceAdapter = {
  kind: 'figshare-brain-tumour',
  title: 'the brain tumours of Cheng et al. on figshare',
  modality: 'mri',
  targets: ['brain tumour'],
  licence: 'CC BY 4.0; cite Cheng et al.',
  origin: 'Cheng et al., PLoS ONE 10 (2015), doi 10.6084/m9.figshare.1512427, 3064 slices of 233 patients',
  list: listSlices,
};

async function listSlices(folder: SourceFolder): Promise<SourceListing> {
  const problems: SourceProblem[] = [];
  const fileOf = new Map<number, string>();
  for (const file of folder.files) {
    const number = Number(SLICE_FILE.exec(file)?.groups?.number);
    if (Number.isNaN(number)) continue;
    const first = fileOf.get(number);
    if (number < 1 || number > PUBLISHED_SLICES) {
      problems.push({ file, problem: `it is one too many: the set ends at ${PUBLISHED_SLICES}.mat` });
    } else if (first !== undefined) {
      problems.push({ file, problem: `it is one too many: ${first} has the same number` });
    } else fileOf.set(number, file);
  }
  if (fileOf.size === 0) throw noSlices(folder);
  const items: SourceItem[] = [];
  for (const [number, file] of [...fileOf].sort(([a], [b]) => a - b)) {
    try {
      items.push(await listSlice(folder, number, file));
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      problems.push({ file, problem: error.problem });
    }
  }
  problems.push(...missingSlices(fileOf));
  return { items, problems };
}

async function listSlice(folder: SourceFolder, number: number, file: string): Promise<SourceItem> {
  const name = `${folder.name}/${file}`;
  const patient = await readMatlabFile(await folder.readBytes(file), name, (matlab) => {
    const picture = matlab.sizeOf('cjdata/image');
    const mask = matlab.sizeOf('cjdata/tumorMask');
    if (picture.rows !== mask.rows || picture.columns !== mask.columns) {
      throw new PictureError(
        name,
        `its "cjdata/tumorMask" has ${mask.columns} x ${mask.rows} pixels, and its "cjdata/image" ` +
          `${picture.columns} x ${picture.rows}`,
        'copy or unpack it again',
      );
    }
    return matlab.text('cjdata/PID');
  });
  const read = async (variable: string) =>
    readMatlabFile(await folder.readBytes(file), name, (matlab) => matlab.matrix(variable));
  return {
    id: String(number),
    modality: 'mri',
    dataset: figshareBrainTumour.kind,
    picture: { file, load: async () => pictureOf(await read('cjdata/image')) },
    targets: [
      { target: 'brain tumour', files: [file], load: async () => maskOf(await read('cjdata/tumorMask')) },
    ],
    group: patient,
    split: null,
  };
}

function pictureOf(matrix: MatlabMatrix): Picture {
  const { rows: height, columns: width } = matrix;
  return drawRange({ width, height, data: rowByRow(matrix, new Float32Array(width * height)) });
}

function maskOf(matrix: MatlabMatrix): Mask {
  const { rows: height, columns: width } = matrix;
  const data = rowByRow(matrix, new Uint8Array(width * height));
  for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  return { width, height, data };
}

/** The values row by row, which the matrix holds column by column. */
function rowByRow<T extends Float32Array | Uint8Array>({ rows, columns, values }: MatlabMatrix, into: T): T {
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) into[y * columns + x] = values[x * rows + y]!;
  }
  return into;
}

/** One problem for all slices that are missing, at the first of them. */
function missingSlices(present: ReadonlyMap<number, string>): SourceProblem[] {
  const ranges: [first: number, last: number][] = [];
  for (let number = 1; number <= PUBLISHED_SLICES; number++) {
    if (present.has(number)) continue;
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  if (ranges.length === 0) return [];
  const missing = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const names = ranges.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const list = names.length > 5 ? `${names.slice(0, 5).join(', ')} and more` : names.join(', ');
  const problem = `it is missing; ${missing} of the ${PUBLISHED_SLICES} slices are: ${list}`;
  return [{ file: `${ranges[0]![0]}.mat`, problem }];
}

function noSlices(folder: SourceFolder): SourceError {
  const zip = folder.files.find((file) => /brainTumorDataPublic.*\.zip$/i.test(file));
  return new SourceError(
    folder.name,
    `it has none of the slices 1.mat to ${PUBLISHED_SLICES}.mat of ${figshareBrainTumour.title}`,
    zip ? `unpack ${zip} and its like` : 'name the folder of the unpacked set',
  );
}
