import { DatasetError } from './dataset-error.js';
import { forEach } from './for-each.js';
import { type Grouping, groupPictures } from './group-pictures.js';
import { type ListedItem, type ListedProblem, listSources, type OpenSource } from './list-sources.js';
import { makePairs, type PairOptions } from './make-pairs.js';
import { type FileNames, faultOf, type MeasuredItem, measureItem } from './measure-item.js';
import type { ImageRow, PairRow, TargetRow } from './schema.js';

/** The rows of a data set that is in no folder; those of an image stand together, in the order of the images. */
export interface DatasetInMemory extends Pick<Grouping, 'movedGroups' | 'joinedGroups'> {
  readonly images: readonly ImageRow[];
  readonly targets: readonly TargetRow[];
  readonly pairs: readonly PairRow[];
  /** What the sources lack, have one too many of, or could not be read and is left out. */
  readonly problems: readonly ListedProblem[];
}

/** Pictures that are read at once: decoded ones take memory. */
const READ_AT_ONCE = 4;

/**
 * Makes the rows of a data set as `prs-med dataset build` does, without writing any. Files are named as in their
 * source's folder. It is for small sets: their masks and pairs are all in memory.
 * @throws SourceError when a folder is not of its layout
 * @throws DatasetError when a source has no picture that can be read, or one that is no ordinary picture file
 */
export async function buildInMemory(
  sources: readonly OpenSource[],
  options: PairOptions,
  signal: AbortSignal,
): Promise<DatasetInMemory> {
  const { items, ...listing } = await listSources(sources);
  const problems = [...listing.problems];
  const found = new Array<MeasuredItem | undefined>(items.length);
  const measure = async (listed: ListedItem, index: number) => {
    try {
      found[index] = await measureItem(listed, NAMES_IN_SOURCE, options.zoneRule);
    } catch (error) {
      problems.push(faultOf(error, listed));
    }
  };
  await forEach(items, READ_AT_ONCE, measure, signal);
  const readable = items.flatMap((listed, index) => {
    const measured = found[index];
    return measured ? [{ listed, measured }] : [];
  });
  if (readable.length === 0) {
    throw new DatasetError(sources[0]!.folder.name, 'no picture in it can be read', 'check its files');
  }
  const { places, movedGroups, joinedGroups } = groupPictures(
    readable.map(({ listed: { item }, measured: { image, thumbnail } }) => ({
      ...image,
      dataset: item.dataset,
      group: item.group,
      split: item.split,
      thumbnail,
    })),
    options.seed,
  );
  const images: ImageRow[] = [];
  const pairs: PairRow[] = [];
  for (const [index, { measured }] of readable.entries()) {
    const image = { ...measured.image, ...places[index]! };
    images.push(image);
    pairs.push(...(await makePairs(image, measured.targets, options, signal)).pairs);
  }
  const targets = readable.flatMap(({ measured }) => measured.targets);
  return { images, targets, pairs, problems, movedGroups, joinedGroups };
}

const NAMES_IN_SOURCE: FileNames = {
  nameOf: (_, file) => file,
  keepPicture: ({ source, item }) => {
    throw new DatasetError(
      `${source.folder.name}/${item.picture.file}`,
      'this is no ordinary picture file, and without a folder to write to there is none made of it',
      'make a data set of it first with prs-med dataset build',
    );
  },
};
