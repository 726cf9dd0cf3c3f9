import { type Picture, padToSquare, resizePicture, toTensor } from '@prs-med/imaging';
import { type ClipVisionConfig, clipNormalization } from './clip-vision.js';

const { mean, deviation } = clipNormalization;

/** `expand2square` of LLaVA's `mm_utils.py` cuts the mean colour to whole numbers. */
const [red, green, blue] = mean;
const FILLING = [Math.trunc(red * 255), Math.trunc(green * 255), Math.trunc(blue * 255)] as const;

/** A picture as a LLaVA with `image_aspect_ratio: pad` shows it to its tower: padded to a square and resized. */
export const clipSquare = (picture: Picture, { imageSize }: Pick<ClipVisionConfig, 'imageSize'>): Picture =>
  resizePicture(padToSquare(picture, FILLING), imageSize, imageSize, 'bicubic');

/**
 * The same, normalised.
 * @returns values of shape [3, imageSize, imageSize], red first
 */
export const clipPicture = (picture: Picture, { imageSize }: ClipVisionConfig): Float32Array =>
  toTensor(clipSquare(picture, { imageSize }), imageSize, mean, deviation);
