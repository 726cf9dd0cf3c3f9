import sharp from 'sharp';
import { checkSize, type Mask, type Picture, type ProbabilityMap } from '../picture.js';
import { writeBeside } from './files.js';

/** PNG bytes of a mask: 1 channel, 8 bits, 0 or 255. */
export async function encodeMask(mask: Mask): Promise<Uint8Array> {
  checkSize('mask', mask);
  const grey = new Uint8Array(mask.data.length);
  for (let i = 0; i < grey.length; i++) grey[i] = mask.data[i] !== 0 ? 255 : 0;
  return png(grey, mask.width, mask.height, 1);
}

/** PNG bytes of a probability map: 1 channel, 8 bits, probability x 255 rounded; outside 0 to 1 is clipped. */
export async function encodeProbabilities(map: ProbabilityMap): Promise<Uint8Array> {
  checkSize('probability map', map);
  const grey = new Uint8ClampedArray(map.data.length);
  for (let i = 0; i < grey.length; i++) grey[i] = map.data[i]! * 255;
  return png(grey, map.width, map.height, 1);
}

/** PNG bytes of a picture: RGB, 8 bits. */
export async function encodePicture(picture: Picture): Promise<Uint8Array> {
  checkSize('picture', picture, 3);
  return png(picture.data, picture.width, picture.height, 3);
}

/**
 * JPEG bytes of a picture, for pages where a small file matters more than every pixel.
 * @param quality 1 to 100
 */
export async function encodeJpeg(picture: Picture, quality: number): Promise<Uint8Array> {
  checkSize('picture', picture, 3);
  const { data, width, height } = picture;
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .jpeg({ quality })
    .toBuffer();
}

/**
 * Writes a mask as a 1-channel 8-bit PNG of 0 and 255, beside and renamed.
 * @throws PictureError when it cannot be written there
 */
export async function writeMask(path: string, mask: Mask): Promise<void> {
  await writeBeside(path, await encodeMask(mask));
}

/**
 * Writes a probability map as a 1-channel 8-bit PNG, 255 for probability 1, beside and renamed.
 * @throws PictureError when it cannot be written there
 */
export async function writeProbabilities(path: string, map: ProbabilityMap): Promise<void> {
  await writeBeside(path, await encodeProbabilities(map));
}

/**
 * Writes a picture as an 8-bit RGB PNG, beside and renamed.
 * @throws PictureError when it cannot be written there
 */
export async function writePicture(path: string, picture: Picture): Promise<void> {
  await writeBeside(path, await encodePicture(picture));
}

async function png(
  data: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  channels: 1 | 3,
): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  // Without the explicit space, one channel would be written as three.
  return image
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 6 })
    .toBuffer();
}
