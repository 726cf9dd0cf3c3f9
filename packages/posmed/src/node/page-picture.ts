import { type Picture, PictureError, resizePicture } from '@prs-med/imaging';
import { encodeJpeg, readPicture } from '@prs-med/imaging/node';

/** The longest side, in pixels, of pictures on a page. */
const LONGEST_SIDE = 320;
const JPEG_QUALITY = 78;

/** A picture no larger than a page shows it; null when it is missing or damaged. */
export async function readPagePicture(path: string): Promise<Picture | null> {
  try {
    return shrinkForPage((await readPicture(path)).picture);
  } catch (error) {
    if (error instanceof PictureError) return null;
    throw error;
  }
}

/** A picture no larger than a page shows it. */
export function shrinkForPage(picture: Picture): Picture {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  if (scale === 1) return picture;
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(side * scale)),
  );
  return resizePicture(picture, width!, height!);
}

/** The picture as an address that holds it, a JPEG. */
export const dataUri = async (picture: Picture): Promise<string> =>
  `data:image/jpeg;base64,${Buffer.from(await encodeJpeg(picture, JPEG_QUALITY)).toString('base64')}`;
