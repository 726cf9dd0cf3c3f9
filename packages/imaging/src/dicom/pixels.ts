import type { DataSet } from 'dicom-parser';
import { LONGEST_SIDE } from '../picture.js';
import { PictureError } from '../picture-error.js';
import { type DicomFile, damagedDicom } from './parse.js';

/** The first frame of a DICOM picture, its values as stored: row-major, the channels of a pixel side by side. */
export interface DicomPixels {
  width: number;
  height: number;
  channels: 1 | 3;
  values: Float32Array;
  /** "MONOCHROME1", "MONOCHROME2", "RGB" or "YBR_FULL". */
  photometric: string;
  bitsStored: number;
  signed: boolean;
  frames: number;
}

interface Layout extends Omit<DicomPixels, 'values'> {
  bitsAllocated: number;
  highBit: number;
  planar: boolean;
}

const COLOURS: Readonly<Record<string, 1 | 3>> = { MONOCHROME1: 1, MONOCHROME2: 1, RGB: 3, YBR_FULL: 3 };

/**
 * Reads the pixels of the first frame: 8, 16 or 32 bits allocated, grey or colour, any byte order.
 * Source: DICOM PS3.3, C.7.6.3 (Image Pixel Module), and PS3.5, 8.
 * @throws PictureError when there are none, or they are of a kind that is not read, or cut short
 */
export function readPixels(file: DicomFile): DicomPixels {
  const layout = readLayout(file);
  const { width, height, channels, bitsAllocated } = layout;
  const count = width * height * channels;
  const element = file.data.elements.x7fe00010!;
  const held = Math.min(element.length, file.bytes.length - element.dataOffset);
  if (held * 8 < count * bitsAllocated) throw damagedDicom(file.name);
  const stored = bitsReader(file, element.dataOffset, bitsAllocated);
  const { signed, bitsStored, highBit } = layout;
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    // What lies above the high bit and below the stored ones is not part of the value.
    const value = stored(i) << left;
    const to = layout.planar ? (i % (width * height)) * channels + Math.floor(i / (width * height)) : i;
    values[to] = signed ? value >> right : value >>> right;
  }
  const { photometric, frames } = layout;
  return { width, height, channels, values, photometric, bitsStored, signed, frames };
}

function readLayout({ data, name }: DicomFile): Layout {
  const width = data.uint16('x00280011');
  const height = data.uint16('x00280010');
  if (!data.elements.x7fe00010 || !width || !height) {
    const modality = data.string('x00080060');
    const what = modality ? ` (its modality is ${modality})` : '';
    throw new PictureError(name, `it holds no picture${what}`, 'give a DICOM file that has pixels');
  }
  if (width > LONGEST_SIDE || height > LONGEST_SIDE) {
    const largest = `${LONGEST_SIDE} x ${LONGEST_SIDE}`;
    throw new PictureError(
      name,
      `it has ${width} x ${height} pixels, more than the ${largest} that are read`,
      `scale it down to at most ${largest}`,
    );
  }
  const photometric = data.string('x00280004') ?? 'MONOCHROME2';
  const channels = COLOURS[photometric];
  if (channels === undefined || channels !== (data.uint16('x00280002') ?? 1)) {
    throw notRead(name, `pixels of the kind ${photometric}`);
  }
  const bitsAllocated = data.uint16('x00280100') ?? 0;
  const bitsStored = data.uint16('x00280101') ?? bitsAllocated;
  const highBit = data.uint16('x00280102') ?? bitsStored - 1;
  const whole = bitsStored >= 1 && bitsStored <= highBit + 1 && highBit < bitsAllocated;
  if (![8, 16, 32].includes(bitsAllocated) || !whole || (channels === 3 && bitsAllocated !== 8)) {
    throw notRead(name, `${bitsStored} bits of ${bitsAllocated} a value in ${photometric}`);
  }
  return {
    width,
    height,
    channels,
    photometric,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: data.uint16('x00280103') === 1,
    planar: channels === 3 && data.uint16('x00280006') === 1,
    frames: Math.max(data.intString('x00280008') ?? 1, 1),
  };
}

/** Reads value number `i` as the whole number of its bits, unsigned or with the sign of the word. */
function bitsReader(file: DicomFile, offset: number, bits: number): (i: number) => number {
  const { bytes, bigEndian } = file;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  if (bits === 8) {
    // Big-endian words hold pairs of bytes the other way round where the value representation is OW.
    const swapped = bigEndian && file.data.elements.x7fe00010?.vr === 'OW';
    return swapped ? (i) => view.getUint8(i ^ 1) : (i) => view.getUint8(i);
  }
  if (bits === 16) return (i) => view.getUint16(i * 2, !bigEndian);
  return (i) => view.getInt32(i * 4, !bigEndian);
}

/**
 * Where an attribute of the picture's values is: in the file itself, or in enhanced multi-frame files in a
 * functional group of the first frame. Source: DICOM PS3.3, C.7.6.16.
 */
export function functionalGroup(data: DataSet, sequence: string): DataSet {
  for (const groups of ['x52009230', 'x52009229']) {
    const group = data.elements[groups]?.items?.[0]?.dataSet;
    const item = group?.elements[sequence]?.items?.[0]?.dataSet;
    if (item) return item;
  }
  return data;
}

function notRead(name: string, kind: string): PictureError {
  return new PictureError(name, `${kind} are not read`, 'export it as PNG, or as grey or RGB DICOM');
}
