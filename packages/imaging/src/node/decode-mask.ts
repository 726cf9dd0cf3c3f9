import type { Mask } from '../picture.js';
import { toRgb } from './decode.js';
import { readPictureFile } from './files.js';
import { decodeSamples, type Samples } from './samples.js';

/**
 * Decodes a mask from any picture format, of 1, 8 or 16 bits, grey, palette or colour.
 * A pixel is the target where its brightest channel exceeds 127 of 255 (16 bits scaled to 8), so that the
 * noise of a JPEG or a soft edge does not count. Where no stored value of the file exceeds 1, every nonzero
 * pixel is the target: many tools write masks as 0 and 1. Clear pixels are background.
 * @param name what errors call the file
 * @throws PictureError as `decodePicture` does
 */
export async function decodeMask(bytes: Uint8Array, name: string): Promise<Mask> {
  return maskOfSamples(await decodeSamples(bytes, name));
}

/** The target of decoded values, as {@link decodeMask} tells it. */
export function maskOfSamples(samples: Samples): Mask {
  const { width, height, channels, data } = samples;
  const mask = new Uint8Array(width * height);
  const colours = channels < 3 ? 1 : 3;
  if (!samples.ink && largestColour(data, channels, colours) <= 1) {
    for (let i = 0; i < mask.length; i++) {
      const from = i * channels;
      if (channels > colours && data[from + colours] === 0) continue;
      for (let c = 0; c < colours; c++) if (data[from + c] !== 0) mask[i] = 1;
    }
    return { width, height, data: mask };
  }
  if (channels === 1 && data instanceof Uint8Array) {
    for (let i = 0; i < mask.length; i++) mask[i] = data[i]! > 127 ? 1 : 0;
    return { width, height, data: mask };
  }
  const rgb = toRgb(samples);
  for (let i = 0; i < mask.length; i++) {
    mask[i] = Math.max(rgb[i * 3]!, rgb[i * 3 + 1]!, rgb[i * 3 + 2]!) > 127 ? 1 : 0;
  }
  return { width, height, data: mask };
}

/**
 * Reads and decodes a mask file; see {@link decodeMask}.
 * @throws PictureError also for a file that is missing, a folder, or not readable
 */
export async function readMask(path: string): Promise<Mask> {
  return decodeMask(await readPictureFile(path), path);
}

function largestColour(data: Uint8Array | Uint16Array, channels: number, colours: number): number {
  for (let i = 0; i < data.length; i += channels) {
    for (let c = 0; c < colours; c++) if (data[i + c]! > 1) return data[i + c]!;
  }
  return 1;
}
