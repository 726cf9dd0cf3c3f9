import { LONGEST_SIDE } from './picture.js';
import { PictureError } from './picture-error.js';
import type { ValuePlane } from './windowing.js';

const SIGNED = 2;

/**
 * The values of a grey TIFF as they are stored, for files that hold measurements such as Hounsfield units: 8 or 16
 * bits, signed or not, or floating point. Of several pages the first is read.
 * @param name what errors call the file
 * @throws PictureError when it is no TIFF, damaged, cut short, coloured or of a kind that is not read
 */
export async function readTiffValues(bytes: Uint8Array, name: string): Promise<ValuePlane> {
  const page = await firstPage(bytes, name);
  const { width, height, sampleFormat, samplesPerPixel } = page;
  if (samplesPerPixel !== 1) {
    throw new PictureError(name, `it has ${samplesPerPixel} channels, not one`, 'export it as grey values');
  }
  if (width > LONGEST_SIDE || height > LONGEST_SIDE) {
    throw new PictureError(name, `it has ${width} x ${height} pixels, too many`, 'scale it down');
  }
  const stored = page.data;
  if (sampleFormat !== SIGNED) return { width, height, data: Float32Array.from(stored) };
  const signed = stored instanceof Uint16Array ? new Int16Array(stored.buffer) : new Int8Array(stored.buffer);
  return { width, height, data: Float32Array.from(signed) };
}

async function firstPage(bytes: Uint8Array, name: string) {
  const { decode } = await import('tiff');
  try {
    // Of its own: the decoder would read on into what lies behind the bytes of a cut file.
    return decode(bytes.slice(), { pages: [0] })[0]!;
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('Unsupported')) {
      const problem = `this kind of TIFF is not read (${cause.message})`;
      throw new PictureError(name, problem, 'save it uncompressed, of 16 bits or floating point', { cause });
    }
    throw new PictureError(name, 'the TIFF is damaged or cut short', 'copy or export it again', { cause });
  }
}
