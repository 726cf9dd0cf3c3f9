import sharp, { type Metadata } from 'sharp';
import { BitmapError, decodeBitmap, readBitmapHeader } from '../bitmap.js';
import { LONGEST_SIDE } from '../picture.js';
import { PictureError } from '../picture-error.js';
import { checkByteSize } from './files.js';
import { pngIsWhole, sniffFormat } from './sniff.js';

/**
 * The decoded values of a picture's first frame or page, turned as EXIF says, still of the file's depth.
 * Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; or 4 inks where `ink` is true.
 */
export interface Samples {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array | Uint16Array;
  ink: boolean;
  warnings: string[];
}

/**
 * Decodes PNG, JPEG, TIFF, WebP, GIF and BMP to their samples. The size is checked on the header, before
 * any pixel is decoded. Colour profiles are ignored, as in Pillow: values are the file's own.
 * @throws PictureError for whatever cannot be read whole
 */
export async function decodeSamples(bytes: Uint8Array, name: string): Promise<Samples> {
  checkByteSize(bytes.length, name);
  const sniffed = sniffFormat(bytes);
  if (!('format' in sniffed)) {
    const problem =
      sniffed.other === null
        ? 'this is not a picture'
        : `this is ${sniffed.other}, not a picture that is read`;
    throw new PictureError(name, problem, 'give a PNG, JPEG, TIFF, WebP, GIF or BMP file');
  }
  if (sniffed.format === 'bmp') return bitmapSamples(bytes, name);
  if (sniffed.format === 'png' && !pngIsWhole(bytes)) throw damaged(name, 'PNG without its end');
  let metadata: Metadata;
  try {
    metadata = await open(bytes, false).metadata();
  } catch (error) {
    throw damaged(name, error);
  }
  checkSides(metadata.width, metadata.height, name);
  const deep = metadata.depth === 'ushort';
  if (!deep && metadata.depth !== 'uchar') {
    throw new PictureError(
      name,
      `its values are of type ${metadata.depth}, neither 8 nor 16 bits`,
      'export it with 8 or 16 bits a channel',
    );
  }
  const ink = metadata.space === 'cmyk' && !deep;
  try {
    const image = open(bytes, LONGEST_SIDE * LONGEST_SIDE);
    // Else sharp would turn inks to RGB and back through a profile of its own.
    if (ink) image.pipelineColourspace('cmyk');
    const { data, info } = await image
      .autoOrient()
      .toColourspace(deep ? 'rgb16' : ink ? 'cmyk' : 'srgb')
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      channels: info.channels,
      data: deep ? sixteenBits(data) : data,
      ink,
      warnings: frameWarnings(metadata),
    };
  } catch (error) {
    throw damaged(name, error);
  }
}

/** `failOn: 'error'` makes a file that ends early an error; the default of many readers is grey rows. */
function open(bytes: Uint8Array, limitInputPixels: number | false) {
  return sharp(bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels, pages: 1, page: 0 });
}

function bitmapSamples(bytes: Uint8Array, name: string): Samples {
  try {
    const header = readBitmapHeader(bytes);
    checkSides(header.width, header.height, name);
    return { ...decodeBitmap(bytes), ink: false, warnings: [] };
  } catch (error) {
    if (error instanceof BitmapError && error.kind === 'unsupported') {
      const problem = `this kind of BMP is not read (${error.message})`;
      throw new PictureError(name, problem, 'save it as PNG', { cause: error });
    }
    throw error instanceof PictureError ? error : damaged(name, error);
  }
}

function checkSides(width: number, height: number, name: string): void {
  if (width <= LONGEST_SIDE && height <= LONGEST_SIDE) return;
  const largest = `${LONGEST_SIDE} x ${LONGEST_SIDE}`;
  throw new PictureError(
    name,
    `it has ${width} x ${height} pixels, more than the ${largest} that are read`,
    `scale it down to at most ${largest}`,
  );
}

function damaged(name: string, cause: unknown): PictureError {
  return new PictureError(name, 'the file is damaged or cut short', 'copy or export it again', { cause });
}

function frameWarnings(metadata: Metadata): string[] {
  const pages = metadata.pages ?? 1;
  if (pages < 2) return [];
  const what = metadata.format === 'tiff' ? 'page' : 'frame';
  return [`the file has ${pages} ${what}s; only the first ${what} is read`];
}

function sixteenBits(data: Buffer): Uint16Array {
  const aligned = data.byteOffset % 2 === 0 ? data : Uint8Array.from(data);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}
