export { augment, type PictureFormat, prepare, renderPicture, type Source } from './augment.js';
export { COLOUR, type Colour, drawColour, SAME_COLOUR } from './colour.js';
export {
  type Example,
  type ExampleTarget,
  findLeaks,
  type GroupLeak,
  type IndexRow,
  type JoinOptions,
  joinExamples,
  parseExamples,
  parseIndexCsv,
  type Split,
} from './index-csv.js';
export { createSampler, type Draw, type Sampler, type SamplerGroup, type SamplerOptions } from './sampler.js';
export { type PackedMask, packMask, type SourcePicture, toSourcePicture } from './source-picture.js';
export { drawWarp, IDENTITY_WARP, makeWarp, WARP, type Warp, warpMask } from './warp.js';
