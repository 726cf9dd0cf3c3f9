import type { ZONES } from '@prs-med/imaging';
import { z } from 'zod';
import { PAIR_KINDS } from '../pair.js';

/** The version of the folder's layout; a reader refuses a newer one. */
export const SCHEMA_VERSION = 1;

const zone = z.enum(['top-left', 'top-right', 'bottom-left', 'bottom-right', 'center']) satisfies z.ZodType<
  (typeof ZONES)[number]
>;
const whole = z.number().int().nonnegative();
const box = z.tuple([whole, whole, whole, whole]);
const split = z.enum(['train', 'val', 'test']);

/** A row of images.parquet. */
export const imageRow = z.object({
  id: z.string(),
  /** The set that it is from. */
  source: z.string(),
  modality: z.string(),
  group: z.string(),
  split,
  /** Path of the picture, relative to the PosMed folder, with "/". */
  file: z.string(),
  width: whole,
  height: whole,
  /** Of the file's bytes, in hexadecimal. */
  sha256: z.string(),
  /** 64 bits in hexadecimal; near-duplicates differ in few. */
  perceptualHash: z.string(),
});

/** A connected component of a target; its id is the target's, "#" and its place in the list from 1 on. */
export const regionRow = z.object({
  /** By the released rule for masks on the component's own box. */
  zone,
  nearCenter: z.boolean(),
  box,
  centroid: z.tuple([z.number(), z.number()]),
  /** Pixels. */
  area: whole,
});

/** A row of targets.parquet: a kind of target in an image. */
export const targetRow = z.object({
  id: z.string(),
  image: z.string(),
  target: z.string(),
  /** The file that the mask was read from, relative to the PosMed folder; null where it was drawn from something else. */
  maskFile: z.string().nullable(),
  /** The mask as COCO's compressed run-length encoding, column by column, of the image's height and width. */
  rle: z.string(),
  zone: zone.nullable(),
  nearCenter: z.boolean(),
  box: box.nullable(),
  /** Pixels. */
  area: whole,
  /** The share of the target's pixels in each quarter: top-left, top-right, bottom-left, bottom-right. */
  quarters: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  regions: z.array(regionRow),
});

/** What became of a pair: made and checked by the parser, or what a panel of experts decided. */
export const pairStatus = z.enum(['checked', 'accepted', 'rejected', 'undecided']);

/** A row of qa.parquet. */
export const pairRow = z.object({
  id: z.string(),
  image: z.string(),
  kind: z.enum(PAIR_KINDS),
  template: z.string(),
  question: z.string(),
  answer: z.string(),
  laterality: z.enum(['image', 'patient']),
  /** The name of the target that is asked for. */
  target: z.string(),
  askedZones: z.array(zone),
  askedSide: z.enum(['left', 'right']).nullable(),
  askedAll: z.boolean(),
  /** Zones of the picture that the answer names. */
  zones: z.array(zone),
  /** Ids of the targets or regions that are the truth; empty when it is absent. */
  targets: z.array(z.string()),
  generator: z.string(),
  status: pairStatus,
});

/** A line of rejected.jsonl: what was generated and thrown away, and why. */
export const rejectedRow = pairRow.omit({ id: true, status: true }).extend({ reason: z.string() });

const sourceRecord = z.object({
  kind: z.string(),
  title: z.string(),
  /** Its folder, relative to the PosMed folder, with "/". */
  folder: z.string(),
  licence: z.string(),
  origin: z.string(),
  images: whole,
});

/** dataset.json. */
export const datasetRecord = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  /** The language model behind it and the version of its prompt, where it has one. */
  generator: z.object({
    name: z.string(),
    model: z.string().optional(),
    promptVersion: whole.optional(),
  }),
  seed: whole,
  perImage: whole,
  laterality: z.enum(['image', 'patient']),
  zoneRule: z.enum(['box', 'centroid']),
  sources: z.array(sourceRecord),
  /**
   * Groups whose official splits disagreed. A group is whole in the least protected split that it was in (train, then
   * val): what was seen there is no longer fit for a more protected one.
   */
  movedGroups: z.array(z.object({ group: z.string(), from: split, to: split, images: whole })),
  /** Groups that are one because pictures of several sets in them are near-duplicates; `group` is their name now. */
  joinedGroups: z.array(z.object({ group: z.string(), groups: z.array(z.string()) })),
  /** What a source lacks, has one too many of, or could not be read and was left out. */
  problems: z.array(z.object({ file: z.string(), problem: z.string() })),
  /** How much of all that was generated the parser of zone language reads, and what the masks bear out of it. */
  parser: z.object({ sentences: whole, coverage: z.number(), pairs: whole, agreement: z.number() }),
  counts: z.object({
    images: whole,
    targets: whole,
    pairs: whole,
    rejected: whole,
    /** Per split, per modality and per kind. */
    splits: z.record(z.string(), z.object({ images: whole, pairs: whole })),
    modalities: z.record(z.string(), z.object({ images: whole, pairs: whole })),
    kinds: z.record(z.string(), whole),
    /** Of what was thrown away; names in the reasons are left out. */
    reasons: z.record(z.string(), whole),
  }),
});

export type ImageRow = z.infer<typeof imageRow>;
export type RegionRow = z.infer<typeof regionRow>;
export type TargetRow = z.infer<typeof targetRow>;
export type PairStatus = z.infer<typeof pairStatus>;
export type PairRow = z.infer<typeof pairRow>;
export type RejectedRow = z.infer<typeof rejectedRow>;
export type DatasetRecord = z.infer<typeof datasetRecord>;
