export { augment, prepare, type Sample, type Source } from './augment.js';
export { COLOUR, type Colour, drawColour, SAME_COLOUR } from './colour.js';
export { type Example, type ExampleTarget, toExample } from './example.js';
export { loosenQuestion } from './loosen-question.js';
export { type MovedTarget, movePair, type Turned } from './moved-pair.js';
export { type PictureFormat, renderPicture } from './render.js';
export { createSampler, type Draw, type Sampler, type SamplerGroup, type SamplerOptions } from './sampler.js';
export { type PackedMask, packMask, type SourcePicture, toSourcePicture } from './source-picture.js';
export { drawWarp, IDENTITY_WARP, makeWarp, WARP, type Warp, warpMask } from './warp.js';
