export { type DecodedPicture, decodePicture, readPicture } from './decode.js';
export { decodeMask, readMask } from './decode-mask.js';
export {
  encodeMask,
  encodePicture,
  encodeProbabilities,
  writeMask,
  writePicture,
  writeProbabilities,
} from './encode.js';
