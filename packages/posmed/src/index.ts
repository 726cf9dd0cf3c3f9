export { type AuditOptions, type AuditReport, auditDataset } from './audit/audit.js';
export type { AlikeImages, NamedImage } from './audit/duplicates.js';
export type { Finding, Severity } from './audit/finding.js';
export { buildInMemory, type DatasetInMemory } from './dataset/build-in-memory.js';
export { DatasetError } from './dataset/dataset-error.js';
export type { DatasetImage } from './dataset/dataset-image.js';
export {
  hashDistance,
  NEAR_DUPLICATE_BITS,
  NEAR_DUPLICATE_CORRELATION,
  pairsWithin,
  thumbnailCorrelation,
} from './dataset/near-duplicates.js';
export { pairOfRow, rowOfPair } from './dataset/pair-rows.js';
export { greyThumbnail, perceptualHash } from './dataset/perceptual-hash.js';
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
export { EXPORTED_STATUSES, type ExportRow } from './export/export-row.js';
export type { GeneratedPair, Generator, PairRequest } from './generate/generator.js';
export { GeneratorError } from './generate/generator-error.js';
export { templateGenerator } from './generate/template.js';
export { checkPair } from './language/check-pair.js';
export { mirrorHalves } from './language/mirror-halves.js';
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
export {
  ADDED_KINDS,
  type Asked,
  INDIRECT_KINDS,
  PAIR_KINDS,
  type Pair,
  type PairKind,
  PUBLISHED_KINDS,
} from './pair.js';
export { type CocoMasks, parseCocoMasks } from './position/coco-masks.js';
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
export { lateralityOf, turnSide, turnZone } from './position/laterality.js';
export type { Half, Laterality, Place, Side } from './position/places.js';
export { onBothSides, type RegionRelation, relateRegions } from './position/relate-regions.js';
export { decodeRle, encodeRle, RleError } from './position/rle.js';
export { rowOfTarget, sceneOfRows } from './position/scene-of-rows.js';
export { maskOfTruth } from './position/truth-mask.js';
export {
  extentOf,
  type Footprint,
  joinFootprints,
  type ZoneRule,
  zoneByRule,
  zoneOfCentroid,
} from './position/zone-rule.js';
export {
  type AnswerTemplate,
  parseBank,
  type QuestionTemplate,
  type TemplateBank,
  type TemplateUse,
} from './questions/bank.js';
export { type DraftOptions, draftPairs } from './questions/draft-pairs.js';
export { impossibleTargets, targetWords } from './questions/vocabulary.js';
export { createRandom, type Random } from './random.js';
export {
  type Agreement,
  type AgreementReport,
  type CriteriaAgreement,
  cohenKappa,
  fleissKappa,
  type Ratings,
} from './review/agreement.js';
export { CRITERIA, type Criterion, type Judgement } from './review/criteria.js';
export { type Decision, decide, type Tally, type UndecidedReason } from './review/decision.js';
export { ReviewDatabaseError, ReviewError } from './review/review-error.js';
export type { Scene, SceneRegion, SceneTarget } from './scene.js';
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
