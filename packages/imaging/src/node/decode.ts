import { isDicom } from '../dicom/parse.js';
import { decodeDicom } from '../dicom/picture.js';
import { decodeNifti } from '../nifti/picture.js';
import { isNiftiFile } from '../nifti/volume.js';
import type { DecodedPicture } from '../picture.js';
import { checkByteSize, readPictureFile } from './files.js';
import { decodeSamples, type Samples } from './samples.js';

/**
 * Decodes PNG, JPEG, TIFF, WebP, GIF, BMP, DICOM or a NIfTI slice, told apart by their bytes, to 8-bit RGB; for the
 * last two see `decodeDicom` and `decodeNifti`.
 * 16 bits are scaled to 8 and rounded (v / 257), grey is repeated, alpha is laid over black (an outside that
 * scanners leave black stays black), inks become (255 - ink)(255 - black) / 255 as in Pillow, EXIF
 * orientation is applied, colour profiles are not. Of several frames or pages the first is read, with a warning.
 * @param name what errors call the file
 * @throws PictureError for an empty, damaged or cut file, another format, or more than 8000 x 8000 pixels
 */
export async function decodePicture(bytes: Uint8Array, name: string): Promise<DecodedPicture> {
  checkByteSize(bytes.length, name);
  if (isDicom(bytes)) return decodeDicom(bytes, name);
  if (await isNiftiFile(bytes)) return decodeNifti(bytes, name);
  const samples = await decodeSamples(bytes, name);
  const { width, height, warnings } = samples;
  return { picture: { width, height, data: toRgb(samples) }, warnings };
}

/**
 * Reads and decodes a picture file; see {@link decodePicture}.
 * @throws PictureError also for a file that is missing, a folder, or not readable
 */
export async function readPicture(path: string): Promise<DecodedPicture> {
  return decodePicture(await readPictureFile(path), path);
}

/** The samples as 8-bit RGB, 3 bytes a pixel. */
export function toRgb(samples: Samples): Uint8Array {
  const { channels, data, ink } = samples;
  if (ink) return inksToRgb(data);
  if (channels === 3 && data instanceof Uint8Array) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  const largest = data instanceof Uint16Array ? 65535 : 255;
  const scale = 255 / largest;
  const colours = channels < 3 ? 1 : 3;
  const hasAlpha = channels === 2 || channels === 4;
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const from = i * channels;
    const factor = hasAlpha ? (scale * data[from + colours]!) / largest : scale;
    const red = data[from]! * factor + 0.5;
    rgb[i * 3] = red;
    rgb[i * 3 + 1] = colours === 1 ? red : data[from + 1]! * factor + 0.5;
    rgb[i * 3 + 2] = colours === 1 ? red : data[from + 2]! * factor + 0.5;
  }
  return rgb;
}

function inksToRgb(data: Uint8Array | Uint16Array): Uint8Array {
  const pixels = data.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = (255 - data[i * 4 + 3]!) / 255;
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = (255 - data[i * 4 + c]!) * light + 0.5;
  }
  return rgb;
}
