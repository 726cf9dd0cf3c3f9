import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../dataset/dataset-error.js';
import { type ListedProblem, type Listing, listSources, type OpenSource } from '../dataset/list-sources.js';
import type { MadePairs, PairOptions } from '../dataset/make-pairs.js';
import { type DatasetRecord, datasetRecord, SCHEMA_VERSION } from '../dataset/schema.js';
import { type BuildIdentity, openBuildFolder, writeWhole } from './build-folder.js';
import { generatePairs } from './build-generate.js';
import { type GroupedImages, groupItems } from './build-groups.js';
import { Journal } from './build-journal.js';
import { measureItems, type ReadableItem, type StoredItem } from './build-measure.js';
import { openSources, relativeName, type SourceChoice } from './build-sources.js';
import { type BuiltImage, writeTables } from './build-tables.js';
import { DATASET_FILES } from './dataset-files.js';
import { lockFolder } from './folder-lock.js';

/** What is done now: reading pictures and masks, making pairs, or writing the tables. */
export type BuildStage = 'measure' | 'generate' | 'write';

export interface BuildOptions extends PairOptions {
  readonly sources: readonly SourceChoice[];
  /** The folder to make. */
  readonly out: string;
  /** The language model behind the generator and the version of its prompt, where it has one. */
  readonly model?: string;
  readonly promptVersion?: number;
  /** Goes on with an unfinished build in `out`. */
  readonly resume: boolean;
  /** Leaves out what a source lacks or what cannot be read, instead of stopping. */
  readonly allowProblems: boolean;
  readonly signal: AbortSignal;
  /** Called after each picture. */
  readonly onProgress?: (stage: BuildStage, done: number, total: number) => void;
  /** Called with a line for each problem of a source and each change to its groups. */
  readonly onWarning?: (text: string) => void;
}

/**
 * Builds a PosMed folder: lists the sources, measures pictures and masks, groups and splits them, makes pairs and
 * writes the tables. The same inputs and options give the same bytes, whatever was killed and resumed on the way.
 * Results are kept in `out/.build` as they come, until dataset.json, written last, says that the folder is whole.
 * @returns what dataset.json says
 * @throws SourceError or DatasetError when a source or the folder is not as it must be
 * @throws the signal's reason when it aborts; the build can be resumed then, as after any other failure
 */
export async function buildDataset(options: BuildOptions): Promise<DatasetRecord> {
  const { out } = options;
  const sources = await openSources(options.sources, out);
  const listing = await listSources(sources);
  refuseProblems(listing.problems, 'mend them, or leave them out with --allow-problems', options);
  const identity = identityOf(options);
  const folder = await openBuildFolder(out, identity, options.resume);
  if ('finished' in folder) return folder.finished;
  const { work } = folder;
  const release = await lockFolder(join(work, 'lock'), {
    Failure: DatasetError,
    instead: 'build in another folder',
  });
  const { readable, problems, ...built } = await runStages(listing, work, options).finally(release);
  // The order of keys is the schema's.
  const record = datasetRecord.parse({
    schemaVersion: SCHEMA_VERSION,
    ...identity,
    sources: sourceRecords(sources, readable, out),
    ...built,
    problems: problems.map(({ source, file, problem }) => ({
      file: relativeName(out, join(source.folder.name, file)),
      problem,
    })),
  } satisfies DatasetRecord);
  await writeWhole(join(out, DATASET_FILES.record), `${JSON.stringify(record, null, 2)}\n`, work);
  await rm(work, { recursive: true, force: true });
  return record;
}

/** Measures, groups, generates and writes the tables. */
async function runStages(listing: Listing, work: string, options: BuildOptions) {
  const { out, seed, signal, onProgress } = options;
  const measured = await Journal.open<StoredItem>(join(work, 'measured.jsonl'));
  const generated = await Journal.open<MadePairs>(join(work, 'generated.jsonl'));
  try {
    const { readable, faults } = await measureItems(listing.items, measured, work, options);
    refuseProblems(
      faults,
      'mend them and go on with --resume, or leave them out with --resume --allow-problems',
      options,
    );
    if (readable.length === 0) throw new DatasetError(out, 'no picture can be read', 'check the sources');
    const { images, ...changes } = await groupItems(readable, measured, seed);
    tellChanges(changes, options);
    const keys = await generatePairs(readable, images, measured, generated, options);
    const built = async function* (): AsyncGenerator<BuiltImage> {
      for (const [index, { key }] of readable.entries()) {
        signal.throwIfAborted();
        const { targets } = await measured.get(key);
        yield { image: images[index]!, targets, made: await generated.get(keys[index]!) };
        onProgress?.('write', index + 1, readable.length);
      }
    };
    const counted = await writeTables(work, out, built());
    return { readable, problems: [...listing.problems, ...faults], ...changes, ...counted };
  } finally {
    await Promise.all([measured.close(), generated.close()]);
  }
}

/** Tells all problems, and stops where they are not to be left out. */
function refuseProblems(
  problems: readonly ListedProblem[],
  remedy: string,
  { out, allowProblems, onWarning }: BuildOptions,
): void {
  for (const { source, file, problem } of problems) onWarning?.(`${source.folder.name}/${file}: ${problem}`);
  if (problems.length === 0 || allowProblems) return;
  throw new DatasetError(out, `files with problems, named above: ${problems.length}`, remedy);
}

function tellChanges(
  { movedGroups, joinedGroups }: Pick<GroupedImages, 'movedGroups' | 'joinedGroups'>,
  { onWarning }: BuildOptions,
): void {
  for (const { group, groups } of joinedGroups) {
    onWarning?.(
      `group ${group}: it has near-duplicates in other sets, so these are one: ${groups.join(', ')}`,
    );
  }
  for (const { group, from, to, images } of movedGroups) {
    onWarning?.(
      `group ${group}: its ${images} pictures of ${from} are in ${to} now, where the rest of it is`,
    );
  }
}

function identityOf(options: BuildOptions): BuildIdentity {
  const { generator, model, promptVersion, seed, perImage, laterality, zoneRule, sources, out } = options;
  return {
    generator: {
      name: generator.name,
      ...(model !== undefined && { model }),
      ...(promptVersion !== undefined && { promptVersion }),
    },
    seed,
    perImage,
    laterality,
    zoneRule,
    sources: sources.map(({ kind, folder }) => ({ kind, folder: relativeName(out, folder) })),
  };
}

function sourceRecords(
  sources: readonly OpenSource[],
  items: readonly ReadableItem[],
  out: string,
): DatasetRecord['sources'] {
  return sources.map((source) => {
    const { kind, title, licence, origin } = source.adapter;
    const images = items.filter(({ listed }) => listed.source === source).length;
    return { kind, title, folder: relativeName(out, source.folder.name), licence, origin, images };
  });
}
