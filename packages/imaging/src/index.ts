export { type Bitmap, BitmapError, type BitmapHeader, decodeBitmap, readBitmapHeader } from './bitmap.js';
export {
  type Component,
  dropSmallComponents,
  findComponents,
  keepComponents,
  type Labels,
  labelComponents,
  largestComponent,
} from './components.js';
export { type DistanceField, signedDistance } from './distance.js';
export { type Colour, drawOverlay, type OverlayOptions } from './overlay.js';
export {
  type Box,
  checkSize,
  LONGEST_SIDE,
  type Mask,
  maskArea,
  maskOfProbabilities,
  type Picture,
  type Point,
  type ProbabilityMap,
} from './picture.js';
export { PictureError } from './picture-error.js';
export { type ChannelStatistic, resizeMask, resizePicture, resizeProbabilities, toTensor } from './resize.js';
export {
  describeRegions,
  NEAR_CENTER_FRACTION,
  type Placement,
  type Region,
  type RegionDescription,
  ZONES,
  type Zone,
  zoneOfBox,
  zoneOfComponent,
} from './zones.js';
