import { z } from 'zod';
import { type Preset, presetSchema } from '../preset.js';
import { BundleError } from './bundle-error.js';

/** Version of the bundle's layout that this code reads and writes. */
export const BUNDLE_SCHEMA_VERSION = 1;

export const CONFIG_FILE = 'config.json';
export const TRAINED_FILE = 'trained.safetensors';
/** The tower that LLaVA sees by, where the language model is one: float16, by the names of `visionTowerShapes`. */
export const VISION_TOWER_FILE = 'vision-tower.safetensors';
export const MODEL_CARD_FILE = 'MODEL_CARD.md';

const fileRecord = z.strictObject({
  /** SHA-256 in lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
});

const licence = z.strictObject({
  /** The part of the bundle that it covers. */
  part: z.string().min(1),
  /** SPDX identifier. */
  licence: z.string().min(1),
  /** Where that part comes from. */
  source: z.string().min(1),
});

const plainFileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);

/** How a bundle came to be: commands, seed, data, figures. Free in form. */
export const provenanceSchema = z.record(z.string(), z.json());

/** `config.json` of a bundle. */
export const bundleConfigSchema = z.object({
  schemaVersion: z.literal(BUNDLE_SCHEMA_VERSION),
  name: z.string().min(1),
  version: z.string().min(1),
  /** False while some parameters are as they were initialised. */
  trained: z.boolean(),
  preset: presetSchema,
  provenance: provenanceSchema,
  licences: z.array(licence),
  /** Every other file of the bundle. */
  files: z.record(plainFileName, fileRecord),
});

export type BundleConfig = z.infer<typeof bundleConfigSchema>;
export type FileRecord = z.infer<typeof fileRecord>;
export type Licence = z.infer<typeof licence>;
/** A JSON value. */
export type Json = z.infer<ReturnType<typeof z.json>>;
export type Provenance = Readonly<Record<string, Json>>;

/** A bundle's config without its files, as whoever makes a bundle describes it. */
export interface BundleDescription {
  readonly name: string;
  readonly version: string;
  readonly trained: boolean;
  readonly preset: Preset;
  readonly provenance: Provenance;
  readonly licences: readonly Licence[];
}

/**
 * Reads a bundle's config.
 * @param where what errors call the file
 * @throws BundleError that lists every field that is wrong
 */
export function parseBundleConfig(text: string, where: string): BundleConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BundleError(where, 'this is not JSON', 'copy or build the bundle again', { cause: error });
  }
  const version = z.object({ schemaVersion: z.number() }).safeParse(value);
  if (version.success && version.data.schemaVersion !== BUNDLE_SCHEMA_VERSION) {
    throw new BundleError(
      where,
      `the bundle has schema version ${version.data.schemaVersion} and this program reads ${BUNDLE_SCHEMA_VERSION}`,
      'build the bundle with this version of prs-med, or use the version that built it',
    );
  }
  const parsed = bundleConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'all'}: ${issue.message}`);
  throw new BundleError(
    where,
    `${problems.length} fields are wrong (${problems.join(', ')})`,
    'build the bundle again with prs-med bundle build',
  );
}
