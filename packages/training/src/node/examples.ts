import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildInMemory,
  findSource,
  type ImageRow,
  type PairRow,
  type TargetRow,
  templateGenerator,
} from '@prs-med/posmed';
import {
  DATASET_FILES,
  openPosMed,
  openSourceFolder,
  readImages,
  readPairs,
  readTargets,
  readTemplateBank,
} from '@prs-med/posmed/node';
import { type Example, joinExamples } from '../data/example.js';

export interface ReadOptions {
  /** Makes the pairs of a folder that has none yet; 0 by default. */
  readonly seed?: number;
  /** Told what was left out or moved. */
  readonly onWarning?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Pairs that are made for a picture of a folder that has none yet. */
const PAIRS_PER_IMAGE = 8;

const INDEX = 'index.csv';

/**
 * Reads a PosMed folder; of a folder with an index.csv the pairs are made in memory, as `prs-med dataset build` would make
 * them. Groups are whole in one split in both.
 * @throws DatasetError or SourceError naming the folder or file and what is wrong
 */
export async function readExamples(folder: string, options: ReadOptions = {}): Promise<Example[]> {
  if (!(await exists(join(folder, DATASET_FILES.record))) && (await exists(join(folder, INDEX)))) {
    const { images, targets, pairs } = await buildFromIndex(folder, options);
    return joinExamples(images, targets, pairs);
  }
  await openPosMed(folder);
  return joinExamples(readImages(folder), readTargets(folder), readPairs(folder));
}

async function buildFromIndex(
  folder: string,
  { seed = 0, onWarning, signal = new AbortController().signal }: ReadOptions,
): Promise<{ images: readonly ImageRow[]; targets: readonly TargetRow[]; pairs: readonly PairRow[] }> {
  const source = { adapter: findSource('index-csv'), folder: await openSourceFolder(folder) };
  const built = await buildInMemory(
    [source],
    {
      bank: await readTemplateBank(),
      generator: templateGenerator(),
      perImage: PAIRS_PER_IMAGE,
      seed,
      laterality: 'image',
      zoneRule: 'box',
    },
    signal,
  );
  for (const { file, problem } of built.problems)
    onWarning?.(`${join(folder, file)}: ${problem}; it is left out`);
  for (const { group, from, to, images } of built.movedGroups) {
    onWarning?.(
      `group ${group}: its ${images} pictures of ${from} are in ${to} now, where the rest of it is`,
    );
  }
  return built;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
