export type { DecodedPicture } from '../picture.js';
export { decodePicture, readPicture } from './decode.js';
export { decodeLabels, type Label, type LabelledMasks, PLAIN_LABEL, readLabels } from './decode-labels.js';
export { decodeMask, readMask } from './decode-mask.js';
export {
  encodeJpeg,
  encodeMask,
  encodePicture,
  encodeProbabilities,
  writeMask,
  writePicture,
  writeProbabilities,
} from './encode.js';
export { readPictureFile } from './files.js';
