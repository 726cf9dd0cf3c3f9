import {
  axialLayout,
  type DisplayWindow,
  drawWindow,
  type Mask,
  type NiftiHeader,
  type NiftiVolume,
  type Picture,
  PictureError,
  readNifti,
  readNiftiHeader,
  type SliceLayout,
  slicePlane,
} from '@prs-med/imaging';
import { everyFifth, sliceName } from './ct-slices.js';
import { keepWhileUsed } from './keep-while-used.js';
import type { SourceFolder, SourceItem, SourceListing, SourceProblem } from './source.js';

/** A CT volume in a NIfTI file, and what is marked in it. */
export interface LabelledVolume {
  /** Its slices are called after it. */
  id: string;
  dataset: string;
  group: string | null;
  file: string;
  window: DisplayWindow;
  targets: readonly VolumeTarget[];
  /** All slices, or every fifth of those that show one of these targets. */
  slices: 'all' | { showing: readonly string[] };
}

export interface VolumeTarget {
  target: string;
  /** The file of labels, of the volume's shape. */
  file: string;
  /** The labels that mark the target, or every one but 0. */
  labels: readonly number[] | 'all';
}

/** A file of labels while listing. */
interface ListedLabels {
  shape: NiftiHeader['shape'];
  /** Its axis from slice to slice. */
  through: number;
  /** The labels on each slice, but 0. */
  onSlice: ReadonlySet<number>[];
}

/**
 * Lists axial slices of volumes, shown by the convention of radiology: the patient's right on the left, the front on
 * top, by the orientation that the volume's file tells; that of the labels is not looked at. Slices are numbered as
 * they are stored. To find those that show something, files of labels are unpacked while listing, one at a time.
 */
export async function listVolumes(
  folder: SourceFolder,
  volumes: readonly LabelledVolume[],
): Promise<SourceListing> {
  const reader = openVolumes(folder);
  const items: SourceItem[] = [];
  const problems: SourceProblem[] = [];
  for (const volume of volumes) items.push(...(await listVolume(folder, volume, reader, problems)));
  return { items, problems };
}

async function listVolume(
  folder: SourceFolder,
  volume: LabelledVolume,
  reader: VolumeReader,
  problems: SourceProblem[],
): Promise<SourceItem[]> {
  const labels = new Map<string, ListedLabels>();
  for (const file of new Set(volume.targets.map((target) => target.file))) {
    const listed = await listLabels(folder, file, problems);
    const [first] = labels;
    if (!listed) continue;
    if (!first || sameShape(listed, first[1])) labels.set(file, listed);
    else {
      const problem = `it has ${sizeOf(listed.shape)} voxels, and ${first[0]} ${sizeOf(first[1].shape)}`;
      problems.push({ file, problem });
    }
  }
  const targets = volume.targets.filter(({ file }) => labels.has(file));
  const [first] = labels.values();
  if (!first) return [];
  const all = first.onSlice.map((_, index) => index);
  const shown =
    volume.slices === 'all' ? all : everyFifth(showing(volume.slices.showing, targets, labels, all));
  return shown.map((index) => ({
    id: `${volume.id}/${sliceName(index)}`,
    modality: 'ct',
    dataset: volume.dataset,
    picture: {
      file: volume.file,
      load: () => reader.picture(volume, first, index, shown.length),
    },
    targets: targets.map((target) => ({
      target: target.target,
      files: [target.file],
      load: () => reader.mask(volume, target, first, index, shown.length * usesOf(target, targets)),
    })),
    group: volume.group,
    split: null,
  }));
}

async function listLabels(
  folder: SourceFolder,
  file: string,
  problems: SourceProblem[],
): Promise<ListedLabels | null> {
  try {
    const volume = await readNifti(await folder.readBytes(file), `${folder.name}/${file}`);
    const { through } = axialLayout(volume);
    return { shape: volume.shape, through, onSlice: labelsOnSlices(volume, through) };
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    problems.push({ file, problem: error.problem });
    return null;
  }
}

function labelsOnSlices(volume: NiftiVolume, through: number): Set<number>[] {
  const { shape, voxels, slope, intercept } = volume;
  const onSlice = Array.from({ length: shape[through]! }, () => new Set<number>());
  const step = shape.slice(0, through).reduce((product, side) => product * side, 1);
  for (let from = 0; from < voxels.length; from += step) {
    const labels = onSlice[Math.floor(from / step) % shape[through]!]!;
    let last = 0;
    for (let i = from; i < from + step; i++) {
      const label = Math.round(voxels[i]! * slope + intercept);
      if (label !== last && label !== 0) labels.add(label);
      last = label;
    }
  }
  return onSlice;
}

function showing(
  names: readonly string[],
  targets: readonly VolumeTarget[],
  labels: ReadonlyMap<string, ListedLabels>,
  slices: readonly number[],
): number[] {
  const wanted = targets.filter(({ target }) => names.includes(target));
  return slices.filter((index) =>
    wanted.some(({ file, labels: marks }) => {
      const there = labels.get(file)!.onSlice[index]!;
      return marks === 'all' ? there.size > 0 : marks.some((label) => there.has(label));
    }),
  );
}

const usesOf = ({ file }: VolumeTarget, targets: readonly VolumeTarget[]) =>
  targets.filter((target) => target.file === file).length;

type VolumeReader = ReturnType<typeof openVolumes>;

/** Reads slices of volumes, each of which is opened once while its slices are read one after another. */
function openVolumes(folder: SourceFolder) {
  const nameOf = (file: string) => `${folder.name}/${file}`;
  const open = async (file: string) => readNifti(await folder.readBytes(file), nameOf(file));
  const [openPicture, openLabels] = [keepWhileUsed(open), keepWhileUsed(open)];
  const headers = new Map<string, NiftiHeader>();

  const layoutOf = (header: NiftiHeader, volume: LabelledVolume, labels: ListedLabels): SliceLayout => {
    const layout = axialLayout(header);
    const file = volume.targets[0]!.file;
    if (!sameShape(header, labels)) {
      throw new PictureError(
        nameOf(volume.file),
        `it has ${sizeOf(header.shape)} voxels, and its labels in ${file} ${sizeOf(labels.shape)}`,
        'store both with the same shape',
      );
    }
    if (layout.through !== labels.through) {
      throw new PictureError(
        nameOf(volume.file),
        `its axial slices lie across another axis than those of its labels in ${file}`,
        'store both with the same orientation',
      );
    }
    return layout;
  };

  return {
    async picture(
      volume: LabelledVolume,
      labels: ListedLabels,
      slice: number,
      uses: number,
    ): Promise<Picture> {
      const opened = await openPicture(volume.file, uses);
      headers.set(volume.file, withoutVoxels(opened));
      const plane = slicePlane(opened, layoutOf(opened, volume, labels), slice);
      return drawWindow(plane, volume.window);
    },

    async mask(
      volume: LabelledVolume,
      target: VolumeTarget,
      labels: ListedLabels,
      slice: number,
      uses: number,
    ): Promise<Mask> {
      const header =
        headers.get(volume.file) ??
        (await readNiftiHeader(await folder.readBytes(volume.file), nameOf(volume.file)));
      headers.set(volume.file, header);
      const layout = layoutOf(header, volume, labels);
      return maskOf(await openLabels(target.file, uses), layout, slice, target.labels);
    },
  };
}

function maskOf(
  volume: NiftiVolume,
  layout: SliceLayout,
  slice: number,
  labels: VolumeTarget['labels'],
): Mask {
  const plane = slicePlane(volume, layout, slice);
  const data = new Uint8Array(plane.data.length);
  for (let i = 0; i < data.length; i++) {
    const label = Math.round(plane.data[i]!);
    if (label !== 0 && (labels === 'all' || labels.includes(label))) data[i] = 1;
  }
  return { width: plane.width, height: plane.height, data };
}

function withoutVoxels({ shape, volumes, affine, slope, intercept }: NiftiVolume): NiftiHeader {
  return { shape, volumes, affine, slope, intercept };
}

function sameShape(a: Pick<NiftiHeader, 'shape'>, b: Pick<NiftiHeader, 'shape'>): boolean {
  return a.shape.every((side, axis) => side === b.shape[axis]);
}

function sizeOf(shape: NiftiHeader['shape']): string {
  return shape.join(' x ');
}
