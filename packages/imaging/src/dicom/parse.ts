import type { DataSet } from 'dicom-parser';
import { PictureError } from '../picture-error.js';

/** A parsed DICOM file with uncompressed pixels, if it has any. */
export interface DicomFile {
  /** What errors call it. */
  name: string;
  bytes: Uint8Array;
  data: DataSet;
  bigEndian: boolean;
}

const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';

/** Names of compressed transfer syntaxes, by how their identifier starts. Source: DICOM PS3.6, table A-1. */
const COMPRESSIONS: readonly [start: string, name: string][] = [
  ['1.2.840.10008.1.2.1.99', 'deflate'],
  ['1.2.840.10008.1.2.4.50', 'JPEG'],
  ['1.2.840.10008.1.2.4.51', 'JPEG'],
  ['1.2.840.10008.1.2.4.57', 'lossless JPEG'],
  ['1.2.840.10008.1.2.4.70', 'lossless JPEG'],
  ['1.2.840.10008.1.2.4.80', 'JPEG-LS'],
  ['1.2.840.10008.1.2.4.81', 'JPEG-LS'],
  ['1.2.840.10008.1.2.4.90', 'JPEG 2000'],
  ['1.2.840.10008.1.2.4.91', 'JPEG 2000'],
  ['1.2.840.10008.1.2.4.10', 'MPEG video'],
  ['1.2.840.10008.1.2.4.20', 'High-Throughput JPEG 2000'],
  ['1.2.840.10008.1.2.5', 'run lengths'],
];

/** Whether bytes start as a DICOM file does: a preamble of 128 bytes and "DICM". */
export function isDicom(bytes: Uint8Array): boolean {
  return bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
}

/**
 * Parses a DICOM file of the implicit or explicit little-endian or the explicit big-endian transfer syntax.
 * Source: DICOM PS3.10.
 * @param name what errors call the file
 * @throws PictureError when it is no DICOM file, damaged, cut short or compressed
 */
export async function parseDicom(bytes: Uint8Array, name: string): Promise<DicomFile> {
  if (!isDicom(bytes)) {
    throw new PictureError(name, 'this is not a DICOM file', 'give a DICOM file, or convert it to one');
  }
  // Loaded only here: it takes longer than all else that this package loads.
  const { default: dicomParser } = await import('dicom-parser');
  try {
    const syntax = dicomParser.readPart10Header(bytes).string('x00020010') ?? IMPLICIT_LITTLE_ENDIAN;
    if (![IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN].includes(syntax)) {
      throw compressed(name, syntax);
    }
    const data = dicomParser.parseDicom(bytes);
    return { name, bytes, data, bigEndian: syntax === EXPLICIT_BIG_ENDIAN };
  } catch (error) {
    throw error instanceof PictureError ? error : damagedDicom(name, error);
  }
}

/** The error for a DICOM file that does not hold what it says. */
export function damagedDicom(name: string, cause?: unknown): PictureError {
  return new PictureError(name, 'the DICOM file is damaged or cut short', 'copy or export it again', {
    cause,
  });
}

function compressed(name: string, syntax: string): PictureError {
  const kind = COMPRESSIONS.find(([start]) => syntax.startsWith(start))?.[1];
  const problem = kind
    ? `its pixels are compressed with ${kind} (transfer syntax ${syntax}), which is not read`
    : `its transfer syntax ${syntax} is not read`;
  return new PictureError(name, problem, 'decompress it first, with "gdcmconv --raw", say');
}
