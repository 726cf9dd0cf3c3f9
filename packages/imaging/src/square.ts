import type { Colour } from './overlay.js';
import { checkSize, type Picture } from './picture.js';

/**
 * A picture in the middle of the smallest square that holds it, the rest filled with a colour of whole numbers from 0 to
 * 255. Where the middle lies between two pixels the picture is nearer to the top, or to the left.
 */
export function padToSquare(picture: Picture, colour: Colour): Picture {
  checkSize('picture', picture, 3);
  const { width, height } = picture;
  const side = Math.max(width, height);
  const left = Math.floor((side - width) / 2);
  const top = Math.floor((side - height) / 2);
  const data = new Uint8Array(3 * side * side);
  for (let i = 0; i < data.length; i += 3) data.set(colour, i);
  for (let y = 0; y < height; y++)
    data.set(picture.data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * side + left));
  return { width: side, height: side, data };
}
