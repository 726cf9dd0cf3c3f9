import type { FileSet } from './pairing.js';

/**
 * Frames of an endoscopy that are called by their number, with a letter before it where masks share the folder of the
 * pictures; sets are passed on as TIFF, PNG or BMP.
 */
export function numberedFrames(directory: string, letter = ''): FileSet {
  return {
    directory,
    pattern: new RegExp(`^${letter}(?<stem>\\d+)\\.(?:tiff?|png|bmp|jpg)$`),
    name: (stem) => `${letter}${stem}.*`,
  };
}
