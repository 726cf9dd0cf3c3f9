import type { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { PictureError } from '../picture-error.js';
import { gunzip, isGzip } from './gunzip.js';

/** Voxels as a file stores them. */
export type Voxels =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** What the header of a NIfTI file says of its first volume. */
export interface NiftiHeader {
  /** Voxels along i, j and k, the axes of the file. */
  shape: readonly [number, number, number];
  /** How many volumes (points in time, channels) the file has. */
  volumes: number;
  /**
   * Rows x, y and z of the matrix that takes a voxel's `[i, j, k, 1]` to millimetres of the patient: to the right, to
   * the front, to the head. Null where the file says nothing of it.
   */
  affine: readonly (readonly number[])[] | null;
  /** A value is its voxel times `slope` plus `intercept`. */
  slope: number;
  intercept: number;
}

/** The first volume of a NIfTI file. */
export interface NiftiVolume extends NiftiHeader {
  /** i runs fastest, k slowest. */
  voxels: Voxels;
}

/** Larger volumes are refused: they would not fit beside everything else. */
const LARGEST_VOLUME = 2 ** 31;

const HEADER_BYTES = 540;

/** By the format's code for a type of voxels. RGB and complex ones are not read. */
const VOXEL_KINDS: Readonly<Record<number, { bytes: number; make(buffer: ArrayBuffer): Voxels }>> = {
  2: { bytes: 1, make: (buffer) => new Uint8Array(buffer) },
  256: { bytes: 1, make: (buffer) => new Int8Array(buffer) },
  512: { bytes: 2, make: (buffer) => new Uint16Array(buffer) },
  4: { bytes: 2, make: (buffer) => new Int16Array(buffer) },
  768: { bytes: 4, make: (buffer) => new Uint32Array(buffer) },
  8: { bytes: 4, make: (buffer) => new Int32Array(buffer) },
  16: { bytes: 4, make: (buffer) => new Float32Array(buffer) },
  64: { bytes: 8, make: (buffer) => new Float64Array(buffer) },
  1024: { bytes: 8, make: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number) },
  1280: { bytes: 8, make: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number) },
};

/** Whether unpacked bytes start as a NIfTI-1 or NIfTI-2 file does, in one file or of a pair. */
export function isNifti(bytes: Uint8Array): boolean {
  return ['n+1', 'ni1'].includes(letters(bytes, 344)) || ['n+2', 'ni2'].includes(letters(bytes, 4));
}

/** Whether a file is a NIfTI file that may be packed with gzip; reads no more than the header. */
export async function isNiftiFile(bytes: Uint8Array): Promise<boolean> {
  if (!isGzip(bytes)) return isNifti(bytes);
  try {
    return isNifti(await firstBytes(bytes));
  } catch {
    return false;
  }
}

/**
 * Reads the first volume of a NIfTI-1 or NIfTI-2 file (`.nii`, `.nii.gz`) of either byte order.
 * Where it has both a qform and an sform, the one of the larger code counts.
 * Source: the NIfTI-1 and NIfTI-2 data format documents of the Neuroimaging Informatics Technology Initiative.
 * @param name what errors call the file
 * @throws PictureError when it is no NIfTI file, damaged, cut short, of RGB or complex voxels, or larger than 2 GiB
 */
export async function readNifti(bytes: Uint8Array, name: string): Promise<NiftiVolume> {
  const parsed = await parseHeader(await firstBytesOf(bytes, name), name);
  const { shape, kind, littleEndian, offset } = parsed;
  const size = shape[0] * shape[1] * shape[2] * kind.bytes;
  if (size > LARGEST_VOLUME) {
    const problem = `it has ${shape.join(' x ')} voxels, more than are read`;
    throw new PictureError(name, problem, 'crop it, or store it with fewer bytes a voxel');
  }
  const buffer = new ArrayBuffer(size);
  if (!(await copyRange(bytes, offset, new Uint8Array(buffer)))) throw damaged(name);
  if (littleEndian !== hostIsLittleEndian()) swapBytes(new Uint8Array(buffer), kind.bytes);
  const { volumes, affine, slope, intercept } = parsed;
  return { shape, volumes, affine, slope, intercept, voxels: kind.make(buffer) };
}

/**
 * The header alone, without unpacking the rest.
 * @throws PictureError as {@link readNifti} does
 */
export async function readNiftiHeader(bytes: Uint8Array, name: string): Promise<NiftiHeader> {
  const { shape, volumes, affine, slope, intercept } = await parseHeader(
    await firstBytesOf(bytes, name),
    name,
  );
  return { shape, volumes, affine, slope, intercept };
}

interface ParsedHeader extends NiftiHeader {
  kind: { bytes: number; make(buffer: ArrayBuffer): Voxels };
  littleEndian: boolean;
  /** Where the voxels start. */
  offset: number;
}

async function parseHeader(start: Uint8Array, name: string): Promise<ParsedHeader> {
  const { isNIFTI1, isNIFTI2, NIFTI1, NIFTI2 } = await import('nifti-reader-js');
  if (!isNifti(start)) {
    throw new PictureError(name, 'this is not a NIfTI file', 'give a .nii or .nii.gz file');
  }
  const bytes = Uint8Array.from(start).buffer;
  const header = isNIFTI1(bytes, true) ? new NIFTI1() : new NIFTI2();
  if (!isNIFTI1(bytes, true) && !isNIFTI2(bytes, true)) throw damaged(name);
  try {
    // Without what follows the header: extensions are not needed, and a mistake in them is no reason to stop.
    header.readHeader(bytes.slice(0, header instanceof NIFTI1 ? 348 : 540));
  } catch (error) {
    throw damaged(name, error);
  }
  if (header.magic.startsWith('ni')) {
    const problem = 'its voxels are in another file (.img)';
    throw new PictureError(name, problem, 'store both as one .nii file');
  }
  const kind = VOXEL_KINDS[header.datatypeCode];
  if (!kind) {
    const problem = `voxels of the NIfTI type ${header.datatypeCode} are not read`;
    throw new PictureError(name, problem, 'store it as whole or floating-point numbers');
  }
  const [rank = 0, ...sizes] = header.dims;
  const sides = [...sizes.slice(0, rank), 1, 1, 1];
  if (rank < 1 || rank > 7 || !sides.every((side) => Number.isInteger(side) && side >= 1))
    throw damaged(name);
  const slope = Number.isFinite(header.scl_slope) && header.scl_slope !== 0 ? header.scl_slope : 0;
  return {
    shape: [sides[0]!, sides[1]!, sides[2]!],
    volumes: sides.slice(3).reduce((product, side) => product * side, 1),
    affine: affineOf(header, new NIFTI1()),
    slope: slope === 0 ? 1 : slope,
    intercept: slope === 0 || !Number.isFinite(header.scl_inter) ? 0 : header.scl_inter,
    kind,
    littleEndian: header.littleEndian,
    offset: Math.round(header.vox_offset),
  };
}

function affineOf(header: NIFTI1 | NIFTI2, reader: NIFTI1): number[][] | null {
  const { sform_code: sform, qform_code: qform } = header;
  if (sform < 1 && qform < 1) return null;
  const rows = sform >= qform ? header.affine : affineOfQuaternion(header, reader);
  const affine = rows.slice(0, 3).map((row) => [...row]);
  const usable = [0, 1, 2].every((axis) => Math.hypot(...affine.map((row) => row[axis]!)) > 0);
  return usable && affine.flat().every(Number.isFinite) ? affine : null;
}

/** The reader does this by itself for NIfTI-1 only, and fails where rounding left a quaternion too long. */
function affineOfQuaternion(header: NIFTI1 | NIFTI2, reader: NIFTI1): number[][] {
  const [qfac, dx, dy, dz] = header.pixDims;
  const { quatern_b: b, quatern_c: c, quatern_d: d, qoffset_x: x, qoffset_y: y, qoffset_z: z } = header;
  return reader.convertNiftiQFormToNiftiSForm(b, c, d, x, y, z, dx!, dy!, dz!, qfac!);
}

async function firstBytesOf(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes.subarray(0, HEADER_BYTES);
  try {
    return await firstBytes(bytes);
  } catch (error) {
    throw damaged(name, error);
  }
}

/** The start of what gzip holds: the header, or less where there is less. */
async function firstBytes(bytes: Uint8Array): Promise<Uint8Array> {
  const start = new Uint8Array(HEADER_BYTES);
  let filled = 0;
  for await (const piece of gunzip(bytes)) {
    const part = piece.subarray(0, HEADER_BYTES - filled);
    start.set(part, filled);
    filled += part.length;
    if (filled === HEADER_BYTES) break;
  }
  return start.subarray(0, filled);
}

/**
 * Copies the bytes from `offset` on, unpacked, until `into` is full.
 * @returns false when there are too few, or the packing is damaged
 */
async function copyRange(bytes: Uint8Array, offset: number, into: Uint8Array): Promise<boolean> {
  if (!isGzip(bytes)) {
    const range = bytes.subarray(offset, offset + into.length);
    into.set(range);
    return range.length === into.length;
  }
  let at = 0;
  try {
    // To the end, though it may be full before: only there is the checksum.
    for await (const piece of gunzip(bytes)) {
      const part = piece.subarray(Math.max(offset - at, 0), Math.max(offset + into.length - at, 0));
      if (part.length > 0) into.set(part, Math.max(at - offset, 0));
      at += piece.length;
    }
  } catch {
    return false;
  }
  return at >= offset + into.length;
}

function swapBytes(data: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let from = 0; from < data.length; from += size) data.subarray(from, from + size).reverse();
}

function hostIsLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

function letters(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 3));
}

function damaged(name: string, cause?: unknown): PictureError {
  return new PictureError(name, 'the NIfTI file is damaged or cut short', 'copy or export it again', {
    cause,
  });
}
