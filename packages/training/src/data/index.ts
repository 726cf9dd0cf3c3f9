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
export {
  type Asked,
  KIND_WEIGHTS,
  makeQuestion,
  makeQuestionOfKind,
  type Question,
  type QuestionKind,
  type Scene,
} from './questions.js';
export { createRandom, type Random } from './random.js';
export { createSampler, type Draw, type Sampler, type SamplerGroup, type SamplerOptions } from './sampler.js';
export { type PackedMask, packMask, type SourcePicture, toSourcePicture } from './source-picture.js';
export { findPlaces, type Half, type Place, type Places, type Side, truthOfPlace } from './truth.js';
export { impossibleTargets, targetWords } from './vocabulary.js';
export { drawWarp, IDENTITY_WARP, makeWarp, WARP, type Warp, warpMask } from './warp.js';
export { type ParsedZones, parseZones, zoneWords } from './zone-language.js';
