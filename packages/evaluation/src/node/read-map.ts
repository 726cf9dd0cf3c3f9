import { readPicture } from '@prs-med/imaging/node';
import { EvaluationError } from '../evaluation-error.js';
import type { Prediction } from '../segmentation/prediction.js';

/**
 * Reads a probability map, or a mask of 0 and 255, from a grey picture file. 16 bits are scaled to 8 and rounded
 * (v / 257), fewer bits scaled to 8; a picture with three equal channels is grey too.
 * @throws EvaluationError for a picture in colour
 * @throws PictureError for a file that cannot be read
 */
export async function readMap(path: string): Promise<Prediction> {
  const { picture } = await readPicture(path);
  const { width, height, data: rgb } = picture;
  const data = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < data.length; i++, at += 3) {
    const level = rgb[at]!;
    if (rgb[at + 1] !== level || rgb[at + 2] !== level) {
      throw new EvaluationError(path, 'it is in colour, and maps are grey', 'export the map alone');
    }
    data[i] = level;
  }
  return { width, height, data };
}
