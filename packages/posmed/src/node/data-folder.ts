import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { buildInMemory } from '../dataset/build-in-memory.js';
import { DatasetError } from '../dataset/dataset-error.js';
import type { DatasetImage } from '../dataset/dataset-image.js';
import type { DatasetRecord, PairRow, TargetRow } from '../dataset/schema.js';
import { templateGenerator } from '../generate/template.js';
import type { ZoneRule } from '../position/zone-rule.js';
import { findSource } from '../sources/list.js';
import { DATASET_FILES, openPosMed } from './dataset-files.js';
import { readDatasetImages } from './dataset-images.js';
import { openSourceFolder } from './source-folder.js';
import { readTemplateBank } from './template-bank.js';

/** A folder that can be trained or evaluated on: a PosMed folder, or a plain one with an index.csv. */
export interface DataFolder {
  readonly name: string;
  /** SHA-256 of what its pairs are made of: its qa.parquet or its index.csv. */
  readonly sha256: string;
  readonly movedGroups: DatasetRecord['movedGroups'];
  /** What the zones of its targets were found with. */
  readonly zoneRule: ZoneRule;
  /** Images with their targets and pairs; files are relative to the folder. */
  images(): AsyncIterable<DatasetImage> | Iterable<DatasetImage>;
}

export interface DataFolderOptions {
  /** Makes the pairs of a plain folder; 0 by default. */
  readonly seed?: number;
  /** Told what was left out or moved. */
  readonly onWarning?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Pairs that are made for a picture of a plain folder. */
const PAIRS_PER_IMAGE = 8;
/** A folder may hold thousands of files that its index does not name. */
const PROBLEMS_TOLD = 5;
const ZONE_RULE: ZoneRule = 'box';
const INDEX = 'index.csv';

/**
 * Opens a PosMed folder; of a folder with an index.csv the pairs are made in memory, as `prs-med dataset build` would make
 * them. Groups are whole in one split in both.
 * @throws DatasetError or SourceError naming the folder or file and what is wrong
 */
export async function openDataFolder(folder: string, options: DataFolderOptions = {}): Promise<DataFolder> {
  const name = basename(resolve(folder));
  if (!(await exists(join(folder, DATASET_FILES.record)))) {
    if (!(await exists(join(folder, INDEX)))) {
      throw new DatasetError(
        folder,
        `it has neither a ${DATASET_FILES.record} nor an ${INDEX}`,
        'name a PosMed folder (an unfinished build goes on with --resume), or one with an index.csv',
      );
    }
    return { name, sha256: await sha256Of(join(folder, INDEX)), ...(await buildFromIndex(folder, options)) };
  }
  const { movedGroups, zoneRule } = await openPosMed(folder);
  const sha256 = await sha256Of(join(folder, DATASET_FILES.pairs));
  return { name, sha256, movedGroups, zoneRule, images: () => readDatasetImages(folder) };
}

async function buildFromIndex(
  folder: string,
  { seed = 0, onWarning, signal = new AbortController().signal }: DataFolderOptions,
): Promise<Pick<DataFolder, 'images' | 'movedGroups' | 'zoneRule'>> {
  const source = { adapter: findSource('index-csv'), folder: await openSourceFolder(folder) };
  const built = await buildInMemory(
    [source],
    {
      bank: await readTemplateBank(),
      generator: templateGenerator(),
      perImage: PAIRS_PER_IMAGE,
      seed,
      laterality: 'image',
      zoneRule: ZONE_RULE,
    },
    signal,
  );
  for (const { file, problem } of built.problems.slice(0, PROBLEMS_TOLD)) {
    onWarning?.(`${join(folder, file)}: ${problem}; it is left out`);
  }
  const untold = built.problems.length - PROBLEMS_TOLD;
  if (untold > 0) onWarning?.(`${untold} more files have problems; prs-med dataset build names them all`);
  for (const { group, from, to, images } of built.movedGroups) {
    onWarning?.(
      `group ${group}: its ${images} pictures of ${from} are in ${to} now, where the rest of it is`,
    );
  }
  const targets = byImage<TargetRow>(built.targets);
  const pairs = byImage<PairRow>(built.pairs);
  const images = built.images.map((image) => ({
    image,
    targets: targets.get(image.id) ?? [],
    pairs: pairs.get(image.id) ?? [],
  }));
  return { movedGroups: built.movedGroups, zoneRule: ZONE_RULE, images: () => images };
}

function byImage<Row extends { readonly image: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const own = found.get(row.image);
    if (own) own.push(row);
    else found.set(row.image, [row]);
  }
  return found;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
