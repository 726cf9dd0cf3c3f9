import { inflateSync } from 'node:zlib';

/** A picture of one 8-bit channel: row-major. */
export interface GreyPlane {
  width: number;
  height: number;
  data: Uint8Array;
}

interface Header {
  width: number;
  height: number;
  /** Bits a pixel: 1, 2, 4 or 8. */
  depth: number;
}

/** More pixels are left to a decoder that works beside this thread. */
const MOST_PIXELS = 1 << 20;
/** Chunks that change no value. */
const PASSED_OVER = new Set(['pHYs', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'tIME', 'bKGD', 'sBIT']);

/**
 * Decodes the plain kind of PNG that most masks are: grey of at most 8 bits, not interlaced, without transparency or
 * orientation, up to a million pixels. Fewer bits are scaled to 8. Null for any other file, damaged ones too: they are
 * for the decoder of everything to read or to name, which takes several times as long for a mask.
 * Source: Portable Network Graphics, ISO/IEC 15948, chunks and filters.
 */
export function decodePlainPng(bytes: Uint8Array): GreyPlane | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: Header | null = null;
  let isWhole = false;
  for (let at = 8; at + 12 <= bytes.length && !isWhole; ) {
    const length = view.getUint32(at);
    const body = at + 8;
    if (body + length + 4 > bytes.length) return null;
    const type = String.fromCharCode(...bytes.subarray(at + 4, body));
    if (type === 'IHDR' && header === null) {
      header = readHeader(bytes.subarray(body, body + length));
      if (!header) return null;
    } else if (type === 'IDAT') parts.push(bytes.subarray(body, body + length));
    else if (type === 'IEND') isWhole = true;
    else if (!PASSED_OVER.has(type)) return null;
    at = body + length + 4;
  }
  if (!header || !isWhole) return null;
  const { width, height, depth } = header;
  const across = Math.ceil((width * depth) / 8);
  const rows = inflate(parts.length === 1 ? parts[0]! : Buffer.concat(parts), height * (across + 1));
  const packed = rows && unfilter(rows, across, height);
  return packed && { width, height, data: depth === 8 ? packed : unpack(packed, across, header) };
}

function readHeader(chunk: Uint8Array): Header | null {
  if (chunk.length !== 13) return null;
  const view = new DataView(chunk.buffer, chunk.byteOffset);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth, colour, compression, filter, interlace] = chunk.subarray(8);
  if (colour !== 0 || compression !== 0 || filter !== 0 || interlace !== 0) return null;
  if (![1, 2, 4, 8].includes(depth!) || width === 0 || height === 0 || width * height > MOST_PIXELS)
    return null;
  return { width, height, depth: depth! };
}

/** Null unless the data are whole, by zlib's own checksum too, and of this size. */
function inflate(packed: Uint8Array, size: number): Uint8Array | null {
  try {
    const rows = inflateSync(packed, { maxOutputLength: size, chunkSize: Math.max(64, size + 1) });
    return rows.length === size ? new Uint8Array(rows.buffer, rows.byteOffset, size) : null;
  } catch {
    return null;
  }
}

/**
 * Undoes the filter that each row names in its first byte; null where it names none that there is. The rows are written
 * over: a row's new place ends before what is still to be read, and new memory costs more than the work does.
 */
function unfilter(data: Uint8Array, across: number, height: number): Uint8Array | null {
  for (let y = 0; y < height; y++) {
    const from = y * (across + 1) + 1;
    const to = y * across;
    const above = to - across;
    let left = 0;
    let corner = 0;
    switch (data[from - 1]) {
      case 0:
        data.copyWithin(to, from, from + across);
        break;
      case 1:
        for (let x = 0; x < across; x++) {
          left = (data[from + x]! + left) & 255;
          data[to + x] = left;
        }
        break;
      case 2:
        if (y === 0) data.copyWithin(to, from, from + across);
        else for (let x = 0; x < across; x++) data[to + x] = data[from + x]! + data[above + x]!;
        break;
      case 3:
        for (let x = 0; x < across; x++) {
          const up = y === 0 ? 0 : data[above + x]!;
          left = (data[from + x]! + ((left + up) >> 1)) & 255;
          data[to + x] = left;
        }
        break;
      case 4:
        for (let x = 0; x < across; x++) {
          const up = y === 0 ? 0 : data[above + x]!;
          left = (data[from + x]! + paeth(left, up, corner)) & 255;
          data[to + x] = left;
          corner = up;
        }
        break;
      default:
        return null;
    }
  }
  return data.subarray(0, across * height);
}

/** Of left, above and corner the one nearest to left + above - corner; of equals the first. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Pixels of 1, 2 or 4 bits, the first in the highest ones, scaled to 8. */
function unpack(packed: Uint8Array, across: number, { width, height, depth }: Header): Uint8Array {
  const data = new Uint8Array(width * height);
  const most = (1 << depth) - 1;
  const scale = 255 / most;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0, bit = 0; x < width; x++, at++, bit += depth) {
      const byte = packed[y * across + (bit >> 3)]!;
      if (byte !== 0) data[at] = ((byte >> (8 - depth - (bit & 7))) & most) * scale;
    }
  }
  return data;
}
