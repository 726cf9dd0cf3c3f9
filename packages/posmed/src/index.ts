export { DatasetError } from './dataset/dataset-error.js';
export type { DatasetImage } from './dataset/dataset-image.js';
export { pairOfRow, rowOfPair } from './dataset/pair-rows.js';
export {
  type DatasetRecord,
  datasetRecord,
  type ImageRow,
  imageRow,
  type PairRow,
  type PairStatus,
  pairRow,
  type RegionRow,
  type RejectedRow,
  rejectedRow,
  SCHEMA_VERSION,
  type TargetRow,
  targetRow,
} from './dataset/schema.js';
export type { GeneratedPair, Generator, PairRequest } from './generate/generator.js';
export { checkPair } from './language/check-pair.js';
export { mirrorSides } from './language/mirror-sides.js';
export { createParserReport, type ParserReport, type ParserSummary } from './language/parser-report.js';
export {
  type Count,
  type NamedPlaces,
  type ParsedSentence,
  parseSentence,
  type RegionName,
  type Relation,
} from './language/sentence.js';
export { type ParsedZones, parseZones, zoneWords } from './language/zone-language.js';
export { ADDED_KINDS, type Asked, PAIR_KINDS, type Pair, type PairKind, PUBLISHED_KINDS } from './pair.js';
export { describeTarget } from './position/describe-target.js';
export {
  clearRegions,
  findPlaces,
  type Places,
  regionsOfPlace,
  sideOfRegion,
  zoneOfRegions,
  zonesOfPlace,
} from './position/find-places.js';
export type { Half, Laterality, Place, Side } from './position/places.js';
export { decodeRle, encodeRle, RleError } from './position/rle.js';
export { rowOfTarget, sceneOfRows } from './position/scene-of-rows.js';
export { maskOfTruth } from './position/truth-mask.js';
export { type ZoneRule, zoneByRule, zoneOfCentroid } from './position/zone-rule.js';
export {
  KIND_WEIGHTS,
  makeQuestion,
  makeQuestionOfKind,
  type Question,
  type QuestionKind,
} from './questions/questions.js';
export { impossibleTargets, targetWords } from './questions/vocabulary.js';
export { createRandom, type Random } from './random.js';
export type { Scene, SceneRegion, SceneTarget } from './scene.js';
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
} from './sources/index-csv-rows.js';
export { findSource, SOURCES } from './sources/list.js';
export {
  MODALITIES,
  type Modality,
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceItem,
  type SourceListing,
  type SourcePicture,
  type SourceProblem,
  type SourceTarget,
  SPLITS,
  type Split,
} from './sources/source.js';
