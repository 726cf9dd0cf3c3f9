import { PictureError } from '../picture-error.js';
import { type DicomFile, parseDicom } from './parse.js';

/** `[x, y, z]` in millimetres of the patient: to the left, to the back, to the head. */
export type Vector = readonly [x: number, y: number, z: number];

/** Where the pixels of a slice lie in the patient. */
export interface SliceGrid {
  width: number;
  height: number;
  /** The middle of the first pixel. */
  origin: Vector;
  /** Of length 1, along a row, to the next column. */
  alongRow: Vector;
  /** Of length 1, along a column, to the next row. */
  alongColumn: Vector;
  /** Millimetres between the middles of two columns. */
  columnSpacing: number;
  /** Millimetres between the middles of two rows. */
  rowSpacing: number;
}

/** What a DICOM file is part of. */
export interface DicomHeader {
  /** "CT", "RTSTRUCT"; empty where the file does not tell, as the others. */
  modality: string;
  /** The patient's identifier. */
  patient: string;
  /** The series' unique identifier. */
  series: string;
  /** Null where the file says nothing of where its picture lies. */
  grid: SliceGrid | null;
}

/**
 * Reads what a DICOM file is part of, and where its picture lies.
 * Source: DICOM PS3.3, C.7.6.2 (Image Plane Module).
 * @param name what errors call the file
 * @throws PictureError when it is no DICOM file, damaged, cut short or compressed
 */
export async function readDicomHeader(bytes: Uint8Array, name: string): Promise<DicomHeader> {
  const file = await parseDicom(bytes, name);
  return {
    modality: file.data.string('x00080060') ?? '',
    patient: file.data.string('x00100020') ?? '',
    series: file.data.string('x0020000e') ?? '',
    grid: readGrid(file),
  };
}

function readGrid({ data, name }: DicomFile): SliceGrid | null {
  const position = numbers(data.string('x00200032'));
  const orientation = numbers(data.string('x00200037'));
  const spacing = numbers(data.string('x00280030'));
  const width = data.uint16('x00280011');
  const height = data.uint16('x00280010');
  if (position.length === 0 || orientation.length === 0 || !width || !height) return null;
  const finite = [...position, ...orientation, ...spacing].every(Number.isFinite);
  if (position.length !== 3 || orientation.length !== 6 || spacing.length !== 2 || !finite) {
    throw new PictureError(
      name,
      'its position, orientation or pixel spacing is not as DICOM has them',
      'export it again',
    );
  }
  return {
    width,
    height,
    origin: [position[0]!, position[1]!, position[2]!],
    alongRow: [orientation[0]!, orientation[1]!, orientation[2]!],
    alongColumn: [orientation[3]!, orientation[4]!, orientation[5]!],
    rowSpacing: spacing[0]!,
    columnSpacing: spacing[1]!,
  };
}

/** The numbers of a decimal string of several values; none for an empty one. */
export function numbers(text: string | undefined): number[] {
  if (text === undefined || text.trim() === '') return [];
  return text.split('\\').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
}

/** How far a point lies from the plane of a slice, in millimetres, on the side of the head for axial slices. */
export function distanceFromSlice(point: Vector, grid: SliceGrid): number {
  const [a, b] = [grid.alongRow, grid.alongColumn];
  const normal: Vector = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  return dot(between(grid.origin, point), normal);
}

/** Where a point lies on a slice, straight above or below it: column and row, in pixels; the first pixel's middle is 0, 0. */
export function pixelOfPoint(point: Vector, grid: SliceGrid): [column: number, row: number] {
  const from = between(grid.origin, point);
  return [dot(from, grid.alongRow) / grid.columnSpacing, dot(from, grid.alongColumn) / grid.rowSpacing];
}

function between(from: Vector, to: Vector): Vector {
  return [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
