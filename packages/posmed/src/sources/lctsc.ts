import {
  type DicomHeader,
  distanceFromSlice,
  drawWindow,
  fillContours,
  type Mask,
  type Picture,
  PictureError,
  pixelOfPoint,
  readDicomHeader,
  readDicomValues,
  readStructureSet,
  type SliceGrid,
  type Structure,
  type StructureSet,
  type Vector,
} from '@prs-med/imaging';
import { everyFifth, LUNG_WINDOW, sliceName } from './ct-slices.js';
import { orderSlices, type SliceSeries, turnToRadiology } from './dicom-series.js';
import { keepWhileUsed } from './keep-while-used.js';
import {
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceItem,
  type SourceListing,
  type SourceProblem,
  type SourceTarget,
} from './source.js';

const PATIENT = /^LCTSC-(?<part>Train|Test)-S\d+-\d+$/;

/** The structures that every patient of the set has, by the names of the challenge. */
const STRUCTURES: readonly WantedStructure[] = [
  { target: 'lung', names: ['Lung_L', 'Lung_R'], outlinedWhole: true },
  { target: 'heart', names: ['Heart'], outlinedWhole: true },
  // The guideline of the challenge has their outlines begin and end where the organs go on.
  { target: 'oesophagus', names: ['Esophagus'], outlinedWhole: false },
  { target: 'spinal cord', names: ['SpinalCord'], outlinedWhole: false },
];

interface WantedStructure {
  target: string;
  /** United where there are several. */
  names: readonly string[];
  /** Whether the organ ends where its outlines end, so that slices beyond them do not show it. */
  outlinedWhole: boolean;
}

/**
 * DICOM series of CT slices and an RTSTRUCT file a patient, in any folders; what belongs together is told by the files
 * themselves. Every fifth slice that shows lung is a picture, through the lung window, turned to the convention of
 * radiology where it is stored otherwise. Groups are patients, splits those of the challenge.
 */
export const lctsc: SourceAdapter = {
  kind: 'lctsc',
  title: 'the Lung CT Segmentation Challenge 2017',
  modality: 'ct',
  targets: STRUCTURES.map(({ target }) => target),
  licence: 'CC BY 3.0; cite Yang et al.',
  origin: 'The Cancer Imaging Archive, doi 10.7937/K9/TCIA.2017.3R3FVZ08, 60 patients',
  list: listPatients,
};

/** What listing needs of a patient's files. */
interface PatientFiles {
  slices: { file: string; header: DicomHeader }[];
  /** With one point of each outline. */
  structures: { file: string; series: string | null; outlines: ReadonlyMap<string, Vector[]> }[];
}

async function listPatients(folder: SourceFolder): Promise<SourceListing> {
  const files = folder.files.filter((file) => /\.dcm$/i.test(file));
  const problems: SourceProblem[] = [];
  const patients = new Map<string, PatientFiles>();
  for (const file of files) {
    try {
      await readFile(folder, file, patients, problems);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      problems.push({ file, problem: error.problem });
    }
  }
  if (patients.size === 0) {
    throw new SourceError(
      folder.name,
      `it has no DICOM file (.dcm) of a patient of ${lctsc.title}, as LCTSC-Train-S1-001 is`,
      'name the folder of the downloaded set',
    );
  }
  const structures = keepWhileUsed(async (file) =>
    readStructureSet(await folder.readBytes(file), `${folder.name}/${file}`),
  );
  const items: SourceItem[] = [];
  for (const [patient, found] of [...patients].sort(([a], [b]) => (a < b ? -1 : 1))) {
    items.push(...listPatient(folder, patient, found, problems, structures));
  }
  return { items, problems };
}

/** Adds a file to its patient's. */
async function readFile(
  folder: SourceFolder,
  file: string,
  patients: Map<string, PatientFiles>,
  problems: SourceProblem[],
): Promise<void> {
  const name = `${folder.name}/${file}`;
  const bytes = await folder.readBytes(file);
  const header = await readDicomHeader(bytes, name);
  const { modality, patient } = header;
  if (!PATIENT.test(patient)) {
    problems.push({ file, problem: `it is one too many: its patient is "${patient}", none of the set's` });
    return;
  }
  const files = patients.get(patient) ?? { slices: [], structures: [] };
  patients.set(patient, files);
  if (modality === 'CT') files.slices.push({ file, header });
  else if (modality === 'RTSTRUCT') {
    const { series, structures } = await readStructureSet(bytes, name);
    const outlines = new Map(structures.map((one) => [plainName(one.name), one.contours.map(firstPoint)]));
    files.structures.push({ file, series, outlines });
  } else problems.push({ file, problem: `it is one too many: its modality is "${modality}"` });
}

function listPatient(
  folder: SourceFolder,
  patient: string,
  { slices, structures }: PatientFiles,
  problems: SourceProblem[],
  open: (file: string, uses: number) => Promise<StructureSet>,
): SourceItem[] {
  const [set, ...more] = structures;
  if (!set) {
    const problem = `it has no outlines: no RTSTRUCT file of the patient ${patient} is there`;
    problems.push({ file: slices[0]!.file, problem });
    return [];
  }
  for (const { file } of more) {
    problems.push({ file, problem: `it is one too many: ${set.file} outlines the same patient` });
  }
  const all = new Set(slices.map(({ header }) => header.series));
  const series = orderSlices(slices, all.size === 1 ? [...all][0]! : set.series, problems);
  if (series.slices.length === 0) {
    problems.push({ file: set.file, problem: 'the CT series that it outlines is missing' });
    return [];
  }
  const outlined = STRUCTURES.map((wanted) => ({
    ...wanted,
    slices: outlinedSlices(wanted, set, series, problems),
  }));
  const lung = outlined[0]!.slices;
  if (!lung) return [];
  const shown = everyFifth([...lung].sort((a, b) => a - b));
  const targetsOf = (index: number) =>
    outlined.filter(({ slices, outlinedWhole }) => isTarget(slices, index, outlinedWhole));
  const uses = shown.reduce((sum, index) => sum + targetsOf(index).length, 0);
  return shown.map((index) => {
    const { file, grid } = series.slices[index]!;
    return {
      id: `${patient}/${sliceName(index)}`,
      modality: 'ct',
      dataset: lctsc.kind,
      picture: { file, load: () => loadPicture(folder, file, grid) },
      targets: targetsOf(index).map(
        ({ target, names }): SourceTarget => ({
          target,
          files: [set.file],
          load: async () =>
            drawStructures((await open(set.file, uses)).structures, names, grid, series.reach),
        }),
      ),
      group: patient,
      split: PATIENT.exec(patient)!.groups!.part === 'Train' ? 'train' : 'test',
    };
  });
}

/** The numbers of the slices that have an outline; null where a structure is missing. */
function outlinedSlices(
  { names }: WantedStructure,
  { file, outlines }: PatientFiles['structures'][number],
  { slices, reach }: SliceSeries,
  problems: SourceProblem[],
): ReadonlySet<number> | null {
  const found = new Set<number>();
  let complete = true;
  for (const name of names) {
    const points = outlines.get(plainName(name)) ?? [];
    if (points.length === 0) {
      problems.push({ file, problem: `it has no outlines of "${name}"` });
      complete = false;
    }
    let astray = 0;
    for (const point of points) {
      const index = slices.findIndex(({ grid }) => liesOn(point, grid, reach));
      if (index >= 0) found.add(index);
      else astray++;
    }
    if (astray > 0) {
      problems.push({ file, problem: `${astray} outlines of "${name}" lie on no slice of the series` });
    }
  }
  return complete ? found : null;
}

/** Whether a slice's mask of a structure is known: it is outlined there, or the slice lies beyond the organ's ends. */
function isTarget(slices: ReadonlySet<number> | null, index: number, outlinedWhole: boolean): boolean {
  if (!slices) return false;
  if (slices.has(index)) return true;
  return outlinedWhole && (index < Math.min(...slices) || index > Math.max(...slices));
}

async function loadPicture(folder: SourceFolder, file: string, grid: SliceGrid): Promise<Picture> {
  const plane = await readDicomValues(await folder.readBytes(file), `${folder.name}/${file}`);
  const picture = drawWindow(plane, LUNG_WINDOW);
  return { ...picture, data: turnToRadiology(picture.data, grid, 3) };
}

function drawStructures(
  structures: readonly Structure[],
  names: readonly string[],
  grid: SliceGrid,
  reach: number,
): Mask {
  const { width, height } = grid;
  const data = new Uint8Array(width * height);
  for (const name of names) {
    const contours = structures
      .filter((structure) => plainName(structure.name) === plainName(name))
      .flatMap((structure) => structure.contours)
      .filter((contour) => liesOn(firstPoint(contour), grid, reach));
    const filled = fillContours(
      contours.map((contour) => inPixels(contour, grid)),
      width,
      height,
    );
    for (let i = 0; i < data.length; i++) data[i]! |= filled.data[i]!;
  }
  return { width, height, data: turnToRadiology(data, grid, 1) };
}

function inPixels(contour: Float64Array, grid: SliceGrid): Float64Array {
  const pixels = new Float64Array((contour.length / 3) * 2);
  for (let i = 0; i < contour.length / 3; i++) {
    pixels.set(pixelOfPoint([contour[i * 3]!, contour[i * 3 + 1]!, contour[i * 3 + 2]!], grid), i * 2);
  }
  return pixels;
}

function liesOn(point: Vector, grid: SliceGrid, reach: number): boolean {
  return Math.abs(distanceFromSlice(point, grid)) < reach;
}

function firstPoint(contour: Float64Array): Vector {
  return [contour[0]!, contour[1]!, contour[2]!];
}

/** Version 1 of the set has "Lung L" in one patient. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
