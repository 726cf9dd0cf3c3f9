import { type Mask, PictureError } from '@prs-med/imaging';
import type { SourceFolder, SourceTarget } from './source.js';

/** A target that is marked in one or several masks of a picture; it is where any of them is. */
export function maskTarget(folder: SourceFolder, target: string, files: readonly string[]): SourceTarget {
  return { target, files, load: () => readUnion(folder, files) };
}

/**
 * Reads masks of one picture and unites them.
 * @throws PictureError naming the file that cannot be read, or both where their sizes differ
 */
export async function readUnion(folder: SourceFolder, files: readonly string[]): Promise<Mask> {
  const [first, ...rest] = files;
  const union = await folder.readMask(first!);
  for (const file of rest) {
    const mask = await folder.readMask(file);
    if (mask.width !== union.width || mask.height !== union.height) {
      throw new PictureError(
        `${folder.name}/${file}`,
        `this mask has ${mask.width} x ${mask.height} pixels, and ${first} of the same picture has ` +
          `${union.width} x ${union.height}`,
        'give both the size of the picture',
      );
    }
    for (let i = 0; i < union.data.length; i++) union.data[i]! |= mask.data[i]!;
  }
  return union;
}
