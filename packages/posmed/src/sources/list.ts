import { folderPair } from './folder-pair.js';
import { indexCsv } from './index-csv.js';
import { type SourceAdapter, SourceError } from './source.js';

/** All layouts that are read, the general ones last. */
export const SOURCES: readonly SourceAdapter[] = [folderPair, indexCsv];

/** @throws SourceError that lists the kinds when there is none of this name */
export function findSource(kind: string): SourceAdapter {
  const source = SOURCES.find((adapter) => adapter.kind === kind);
  if (source) return source;
  const kinds = SOURCES.map((adapter) => adapter.kind).join(', ');
  throw new SourceError(`source "${kind}"`, 'there is no such kind', `use one of ${kinds}`);
}
