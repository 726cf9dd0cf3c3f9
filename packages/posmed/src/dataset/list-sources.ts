import type { SourceAdapter, SourceFolder, SourceItem, SourceProblem } from '../sources/source.js';
import { DatasetError } from './dataset-error.js';

/** A folder and the adapter that reads its layout. */
export interface OpenSource {
  readonly adapter: SourceAdapter;
  readonly folder: SourceFolder;
}

/** A picture of one of the sources, with its id in the data set. */
export interface ListedItem {
  readonly id: string;
  readonly source: OpenSource;
  readonly item: SourceItem;
}

/** A problem with a file of a source. */
export interface ListedProblem extends SourceProblem {
  readonly source: OpenSource;
}

export interface Listing {
  readonly items: readonly ListedItem[];
  readonly problems: readonly ListedProblem[];
}

/**
 * The pictures of all sources, in the order of the sources and as their adapters list them. An id is the name of the
 * set, "/" and the picture's id in it.
 * @throws SourceError when a folder is not of its layout
 * @throws DatasetError when a source has no picture, or two pictures have the same id
 */
export async function listSources(sources: readonly OpenSource[]): Promise<Listing> {
  const items = new Map<string, ListedItem>();
  const problems: ListedProblem[] = [];
  for (const source of sources) {
    const listing = await source.adapter.list(source.folder);
    problems.push(...listing.problems.map((problem) => ({ ...problem, source })));
    if (listing.items.length === 0) throw noPicture(source, listing.problems);
    for (const item of listing.items) {
      const id = item.id.startsWith(`${item.dataset}/`) ? item.id : `${item.dataset}/${item.id}`;
      const other = items.get(id);
      if (other) throw sameId(id, other.source, source);
      items.set(id, { id, source, item });
    }
  }
  return { items: [...items.values()], problems };
}

function noPicture({ folder }: OpenSource, problems: readonly SourceProblem[]): DatasetError {
  const [first] = problems;
  const why = first ? ` (files with problems: ${problems.length}; ${first.file}: ${first.problem})` : '';
  return new DatasetError(folder.name, `there is no picture with a mask in it${why}`, 'name another folder');
}

function sameId(id: string, first: OpenSource, second: OpenSource): DatasetError {
  const problem =
    first === second
      ? `two of its pictures have the id "${id}"`
      : `a picture in it and one in ${first.folder.name} have the same id, "${id}"`;
  return new DatasetError(second.folder.name, problem, 'give the sets, or the files, different names');
}
