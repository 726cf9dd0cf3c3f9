import { type DicomHeader, distanceFromSlice, type SliceGrid } from '@prs-med/imaging';
import type { SourceProblem } from './source.js';

/** A file with an axial slice, and where it lies. */
export interface SliceFile {
  file: string;
  grid: SliceGrid;
}

/** Slices of one series, in order along the patient. */
export interface SliceSeries {
  slices: readonly SliceFile[];
  /** How far something may lie from a slice to be on it: half of the distance of two slices, in millimetres. */
  reach: number;
}

/** Nearer than this, in millimetres, two slices lie at the same place. */
const SAME_PLACE = 0.01;

/**
 * Puts the axial slices of a series in order. Slices of other series, of other sizes or directions, at the same place
 * as another and of no known place are problems, and so are gaps.
 * @param series its unique identifier
 */
export function orderSlices(
  files: readonly { file: string; header: DicomHeader }[],
  series: string | null,
  problems: SourceProblem[],
): SliceSeries {
  const found: (SliceFile & { at: number })[] = [];
  for (const { file, header } of files) {
    const { grid } = header;
    const first = found[0];
    if (header.series !== series) {
      problems.push({ file, problem: 'it is one too many: it is of another series than the outlines' });
    } else if (!grid || !isAxial(grid)) {
      problems.push({ file, problem: 'it does not say where in the patient it lies, or is no axial slice' });
    } else if (first && !isParallel(grid, first.grid)) {
      problems.push({ file, problem: `its size, pixel spacing or direction differs from ${first.file}` });
    } else found.push({ file, grid, at: first ? distanceFromSlice(grid.origin, first.grid) : 0 });
  }
  found.sort((a, b) => a.at - b.at);
  const slices = found.filter(({ file, at }, index) => {
    const before = found[index - 1];
    if (!before || at - before.at > SAME_PLACE) return true;
    problems.push({ file, problem: `it is one too many: ${before.file} lies at the same place` });
    return false;
  });
  return { slices, reach: usualDistance(slices, problems) / 2 };
}

/** The median distance of two slices in millimetres; larger ones are problems. */
function usualDistance(slices: readonly (SliceFile & { at: number })[], problems: SourceProblem[]): number {
  const distances = slices.slice(1).map(({ at }, index) => at - slices[index]!.at);
  const usual = [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 1;
  for (const [index, distance] of distances.entries()) {
    if (distance < usual * 1.5) continue;
    const problem =
      `a slice before it is missing: it lies ${millimetres(distance)} from ${slices[index]!.file}, ` +
      `and others ${millimetres(usual)} from each other`;
    problems.push({ file: slices[index + 1]!.file, problem });
  }
  return usual;
}

/**
 * Values of a slice as radiology shows it: the patient's right on the left, the front on top.
 * @param data row by row, `channels` a pixel
 */
export function turnToRadiology(
  data: Uint8Array,
  { width, height, alongRow, alongColumn }: SliceGrid,
  channels: number,
): Uint8Array {
  // A patient's x runs to the left and y to the back.
  const flipX = alongRow[0] < 0;
  const flipY = alongColumn[1] < 0;
  if (!flipX && !flipY) return data;
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((flipY ? height - 1 - y : y) * width + (flipX ? width - 1 - x : x)) * channels;
      turned.set(data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return turned;
}

/** Whether rows run across the patient and columns from front to back, either way, tilted by less than 45 degrees. */
function isAxial({ alongRow, alongColumn }: SliceGrid): boolean {
  return Math.abs(alongRow[0]) > Math.SQRT1_2 && Math.abs(alongColumn[1]) > Math.SQRT1_2;
}

function isParallel(a: SliceGrid, b: SliceGrid): boolean {
  const near = (one: readonly number[], other: readonly number[]) =>
    one.every((value, index) => Math.abs(value - other[index]!) < 1e-3);
  return (
    a.width === b.width &&
    a.height === b.height &&
    near([a.rowSpacing, a.columnSpacing], [b.rowSpacing, b.columnSpacing]) &&
    near(a.alongRow, b.alongRow) &&
    near(a.alongColumn, b.alongColumn)
  );
}

function millimetres(distance: number): string {
  return `${Number(distance.toFixed(2))} mm`;
}
