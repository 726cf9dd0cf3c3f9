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
export { fillContours } from './contours.js';
export {
  type DicomHeader,
  distanceFromSlice,
  pixelOfPoint,
  readDicomHeader,
  type SliceGrid,
  type Vector,
} from './dicom/header.js';
export { isDicom } from './dicom/parse.js';
export { decodeDicom, readDicomValues } from './dicom/picture.js';
export { readStructureSet, type Structure, type StructureSet } from './dicom/structure-set.js';
export { type DistanceField, signedDistance } from './distance.js';
export { decodeNifti } from './nifti/picture.js';
export {
  axialLayout,
  type SliceLayout,
  singleSliceLayout,
  slicePlane,
  sliceSizes,
  type VolumeAxis,
} from './nifti/slices.js';
export {
  isNiftiFile,
  type NiftiHeader,
  type NiftiVolume,
  readNifti,
  readNiftiHeader,
  type Voxels,
} from './nifti/volume.js';
export { type Colour, drawOverlay, type OverlayOptions } from './overlay.js';
export {
  type Box,
  checkSize,
  type DecodedPicture,
  LONGEST_SIDE,
  type Mask,
  maskArea,
  maskOfProbabilities,
  type Picture,
  type Point,
  type ProbabilityMap,
} from './picture.js';
export { PictureError } from './picture-error.js';
export {
  type ChannelStatistic,
  type Interpolation,
  resizeMask,
  resizePicture,
  resizeProbabilities,
  toTensor,
} from './resize.js';
export { padToSquare } from './square.js';
export { readTiffValues } from './tiff-values.js';
export {
  type DisplayWindow,
  drawRange,
  drawWindow,
  type ValuePlane,
  windowOfRange,
} from './windowing.js';
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
