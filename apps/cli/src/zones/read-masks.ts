import { extname } from 'node:path';
import { type Mask, PictureError } from '@prs-med/imaging';
import { type Label, readLabels, readPictureFile } from '@prs-med/imaging/node';
import { parseCocoMasks, RleError } from '@prs-med/posmed';

/** A mask of a file; `label` where the file tells several apart. */
export interface FileMask {
  label: Label | null;
  mask: Mask;
}

/**
 * Reads all masks of a file: a plain one, those of a picture of labels, or run lengths from JSON.
 * @throws PictureError for a file that holds none
 */
export async function readMasks(path: string): Promise<FileMask[]> {
  if (extname(path).toLowerCase() === '.json') return readRunLengths(path);
  const { kind, labels } = await readLabels(path);
  return Array.from(labels, ([label, mask]) => ({ label: kind === 'mask' ? null : label, mask }));
}

async function readRunLengths(path: string): Promise<FileMask[]> {
  const text = new TextDecoder().decode(await readPictureFile(path));
  try {
    return Array.from(parseCocoMasks(text), ([label, mask]) => ({ label, mask }));
  } catch (error) {
    if (!(error instanceof RleError)) throw error;
    throw new PictureError(path, error.message, "write it with COCO's tools", { cause: error });
  }
}
