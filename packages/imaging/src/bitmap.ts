/** What the header of a BMP file says. */
export interface BitmapHeader {
  width: number;
  height: number;
  bits: number;
}

/** The pixels of a BMP file: 3 (RGB) or 4 (RGBA) bytes a pixel, the first row on top. */
export interface Bitmap {
  width: number;
  height: number;
  channels: 3 | 4;
  data: Uint8Array;
}

/** Why a BMP file was refused: cut short, or of a kind that is not read. */
export class BitmapError extends Error {
  override readonly name = 'BitmapError';
  readonly kind: 'damaged' | 'unsupported';

  constructor(kind: 'damaged' | 'unsupported', message: string) {
    super(message);
    this.kind = kind;
  }
}

const FILE_HEADER = 14;
const PLAIN = 0;
const BIT_FIELDS = 3;
const ALPHA_BIT_FIELDS = 6;

interface Layout extends BitmapHeader {
  topDown: boolean;
  pixels: number;
  rowBytes: number;
  palette: { start: number; count: number; entry: 3 | 4 };
  masks: [red: number, green: number, blue: number, alpha: number];
}

/**
 * The size of a BMP picture, from its header only.
 * Source: Microsoft's BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPINFOHEADER to BITMAPV5HEADER.
 * @throws BitmapError when the header is cut short or the kind of bitmap is not read
 */
export function readBitmapHeader(bytes: Uint8Array): BitmapHeader {
  const { width, height, bits } = readLayout(bytes);
  return { width, height, bits };
}

/**
 * Decodes an uncompressed BMP of 1, 4, 8, 16, 24 or 32 bits a pixel.
 * The fourth byte of a pixel is alpha only where the header names an alpha mask and some pixel is not clear.
 * @throws BitmapError when the file is cut short or run-length coded
 */
export function decodeBitmap(bytes: Uint8Array): Bitmap {
  const layout = readLayout(bytes);
  const { width, height, bits, rowBytes, pixels } = layout;
  if (pixels + rowBytes * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length) {
    throw new BitmapError('damaged', 'the pixels are cut short');
  }
  const hasAlpha = bits >= 16 && layout.masks[3] !== 0;
  const channels = hasAlpha ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  const row =
    bits <= 8
      ? paletteRow(bytes, layout)
      : bits === 24
        ? trueColourRow(bytes, width)
        : maskedRow(bytes, layout, channels);
  for (let y = 0; y < height; y++) {
    const stored = layout.topDown ? y : height - 1 - y;
    row(pixels + stored * rowBytes, data, y * width * channels);
  }
  if (hasAlpha && everyPixelIsClear(data)) for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { width, height, channels, data };
}

function readLayout(bytes: Uint8Array): Layout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FILE_HEADER + 12) throw new BitmapError('damaged', 'the header is cut short');
  const pixels = view.getUint32(10, true);
  const headerSize = view.getUint32(14, true);
  const core = headerSize === 12;
  if (!core && headerSize < 40) throw new BitmapError('unsupported', `a header of ${headerSize} bytes`);
  if (bytes.length < FILE_HEADER + headerSize) throw new BitmapError('damaged', 'the header is cut short');
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(core ? 24 : 28, true);
  const compression = core ? PLAIN : view.getUint32(30, true);
  const fields = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS;
  if (compression !== PLAIN && !fields) throw new BitmapError('unsupported', 'compressed pixels');
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new BitmapError('unsupported', `${bits} bits a pixel`);
  if (width < 1 || signedHeight === 0)
    throw new BitmapError('damaged', `a size of ${width} x ${signedHeight}`);
  // Old headers are followed by the colour masks; from 52 bytes on they are part of the header.
  const maskBytes = fields && headerSize === 40 ? (compression === ALPHA_BIT_FIELDS ? 16 : 12) : 0;
  const masks: Layout['masks'] =
    bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0x00ff00, 0x0000ff, 0];
  if (fields) {
    const count = headerSize >= 56 || compression === ALPHA_BIT_FIELDS ? 4 : 3;
    if (bytes.length < 54 + count * 4) throw new BitmapError('damaged', 'the header is cut short');
    for (let i = 0; i < count; i++) masks[i] = view.getUint32(54 + i * 4, true);
  }
  const named = core ? 0 : view.getUint32(46, true);
  const count = bits <= 8 ? Math.min(named || 1 << bits, 1 << bits) : 0;
  const palette = { start: FILE_HEADER + headerSize + maskBytes, count, entry: core ? 3 : 4 } as const;
  if (palette.start + count * palette.entry > bytes.length) {
    throw new BitmapError('damaged', 'the palette is cut short');
  }
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  return {
    width,
    height: Math.abs(signedHeight),
    bits,
    topDown: signedHeight < 0,
    pixels,
    rowBytes,
    palette,
    masks,
  };
}

type RowReader = (from: number, data: Uint8Array, to: number) => void;

function paletteRow(bytes: Uint8Array, { width, bits, palette }: Layout): RowReader {
  const perByte = 8 / bits;
  const lowest = (1 << bits) - 1;
  return (from, data, to) => {
    for (let x = 0; x < width; x++) {
      const shift = 8 - bits * ((x % perByte) + 1);
      const index = (bytes[from + Math.floor(x / perByte)]! >> shift) & lowest;
      // An index past a short palette is black, as in other readers.
      if (index >= palette.count) continue;
      const at = palette.start + index * palette.entry;
      data[to + x * 3] = bytes[at + 2]!;
      data[to + x * 3 + 1] = bytes[at + 1]!;
      data[to + x * 3 + 2] = bytes[at]!;
    }
  };
}

function trueColourRow(bytes: Uint8Array, width: number): RowReader {
  return (from, data, to) => {
    for (let i = 0; i < width * 3; i += 3) {
      data[to + i] = bytes[from + i + 2]!;
      data[to + i + 1] = bytes[from + i + 1]!;
      data[to + i + 2] = bytes[from + i]!;
    }
  };
}

function maskedRow(bytes: Uint8Array, { width, bits, masks }: Layout, channels: number): RowReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bits / 8;
  const fields = masks.slice(0, channels).map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, largest: mask >>> shift };
  });
  return (from, data, to) => {
    for (let x = 0; x < width; x++) {
      const value = size === 2 ? view.getUint16(from + x * 2, true) : view.getUint32(from + x * 4, true);
      for (let c = 0; c < channels; c++) {
        const { shift, largest } = fields[c]!;
        const part = ((value >>> shift) & largest) >>> 0;
        data[to + x * channels + c] = largest === 0 ? 0 : Math.round((part * 255) / largest);
      }
    }
  };
}

function everyPixelIsClear(data: Uint8Array): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) return false;
  return true;
}
