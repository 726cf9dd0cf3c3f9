import { type DecodedPicture, LONGEST_SIDE } from '../picture.js';
import { PictureError } from '../picture-error.js';
import { drawRange } from '../windowing.js';
import { singleSliceLayout, slicePlane, sliceSizes } from './slices.js';
import { readNifti } from './volume.js';

/**
 * Decodes a NIfTI file of one slice, shown by the convention of radiology and from its least value to its greatest.
 * Of several volumes the first is read, with a warning, as there is where the file does not tell left from right.
 * @param name what errors call the file
 * @throws PictureError as `readNifti` does, for several slices, and for more than 8000 x 8000 pixels
 */
export async function decodeNifti(bytes: Uint8Array, name: string): Promise<DecodedPicture> {
  const volume = await readNifti(bytes, name);
  const layout = singleSliceLayout(volume);
  if (!layout) {
    throw new PictureError(
      name,
      `it is a volume of ${volume.shape.join(' x ')} voxels, not a slice`,
      'give one slice of it, as NIfTI or PNG',
    );
  }
  const { width, height } = sliceSizes(volume, layout);
  if (width > LONGEST_SIDE || height > LONGEST_SIDE) {
    const largest = `${LONGEST_SIDE} x ${LONGEST_SIDE}`;
    const problem = `it has ${width} x ${height} pixels, more than the ${largest} that are read`;
    throw new PictureError(name, problem, `scale it down to at most ${largest}`);
  }
  const warnings: string[] = [];
  if (volume.volumes > 1) {
    warnings.push(`the file has ${volume.volumes} volumes; only the first volume is read`);
  }
  if (!volume.affine) {
    warnings.push('the file does not say which side is left; it is taken as stored from right to left');
  }
  return { picture: drawRange(slicePlane(volume, layout, 0)), warnings };
}
