import type { ValuePlane } from '../windowing.js';
import type { NiftiHeader, NiftiVolume } from './volume.js';

/** An axis of a volume's file, and whether the picture runs against it. */
export interface VolumeAxis {
  axis: 0 | 1 | 2;
  reversed: boolean;
}

/** How slices of a volume are shown: which of its axes run along a row, along a column, and from slice to slice. */
export interface SliceLayout {
  alongRow: VolumeAxis;
  alongColumn: VolumeAxis;
  /** Slices are numbered as the file stores them. */
  through: 0 | 1 | 2;
}

type Axis = 0 | 1 | 2;

const PERMUTATIONS: readonly (readonly [Axis, Axis, Axis])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** What is taken where a file says nothing: stored from right to left, back to front, foot to head, as nibabel has it. */
const PLAIN_AFFINE: NiftiHeader['affine'] = [
  [-1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
];

const AXIAL: Axis = 2;

/**
 * How axial slices are shown by the convention of radiology: the patient's right on the picture's left, the front
 * on top. Each axis of the file stands for the axis of the patient that it is nearest to.
 */
export function axialLayout(header: Pick<NiftiHeader, 'affine'>): SliceLayout {
  return layoutAcross(header, AXIAL);
}

/**
 * How the only slice of a volume is shown by the same convention: axial and coronal ones with the patient's right on
 * the left, sagittal ones with the front on the left, coronal and sagittal ones with the head on top.
 * @returns null when it has several slices along every axis
 */
export function singleSliceLayout(header: NiftiHeader): SliceLayout | null {
  const axesOf = nearestAxes(header);
  // Where several axes have one voxel, the last axis of the file is the one through the slice.
  const thin = ([2, 1, 0] as const).find((axis) => header.shape[axis] === 1);
  if (thin === undefined) return null;
  return layoutAcross(header, axesOf.indexOf(thin) as Axis);
}

/** The number of slices, and the size of each. */
export function sliceSizes(header: NiftiHeader, layout: SliceLayout) {
  return {
    count: header.shape[layout.through],
    width: header.shape[layout.alongRow.axis],
    height: header.shape[layout.alongColumn.axis],
  };
}

/** The values of a slice, after the file's slope and intercept. Slices count from 0 as they are stored. */
export function slicePlane(volume: NiftiVolume, layout: SliceLayout, slice: number): ValuePlane {
  const { width, height } = sliceSizes(volume, layout);
  const { voxels, slope, intercept } = volume;
  const steps = [1, volume.shape[0], volume.shape[0] * volume.shape[1]];
  const start = slice * steps[layout.through]!;
  const row = walk(layout.alongRow, width, steps);
  const column = walk(layout.alongColumn, height, steps);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = start + column.start + y * column.step + row.start;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = voxels[from + x * row.step]! * slope + intercept;
    }
  }
  return { width, height, data };
}

function walk({ axis, reversed }: VolumeAxis, count: number, steps: readonly number[]) {
  const step = steps[axis]!;
  return reversed ? { start: (count - 1) * step, step: -step } : { start: 0, step };
}

/** Slices across one axis of the patient: the others in their order run along the row and the column, both reversed. */
function layoutAcross(header: Pick<NiftiHeader, 'affine'>, across: Axis): SliceLayout {
  const axesOf = nearestAxes(header);
  const affine = header.affine ?? PLAIN_AFFINE!;
  const [first, second] = ([0, 1, 2] as const).filter((axis) => axis !== across);
  // The patient's axes run to the right, the front and the head; the picture's to the left, the back and the feet.
  const shown = (world: Axis): VolumeAxis => ({
    axis: axesOf[world],
    reversed: affine[world]![axesOf[world]]! > 0,
  });
  return { alongRow: shown(first!), alongColumn: shown(second!), through: axesOf[across] };
}

/** The axis of the file that is nearest to each axis of the patient: right, front, head. */
function nearestAxes({ affine }: Pick<NiftiHeader, 'affine'>): readonly [Axis, Axis, Axis] {
  const rows = affine ?? PLAIN_AFFINE!;
  const lengths = [0, 1, 2].map((axis) => Math.hypot(...rows.map((row) => row[axis]!)) || 1);
  let best = PERMUTATIONS[0]!;
  let most = Number.NEGATIVE_INFINITY;
  for (const axes of PERMUTATIONS) {
    let sum = 0;
    for (const [world, axis] of axes.entries()) sum += Math.abs(rows[world]![axis]!) / lengths[axis]!;
    // A hair more, so that rounding does not choose between two that are as near.
    if (sum > most + 1e-9) {
      most = sum;
      best = axes;
    }
  }
  return best;
}
