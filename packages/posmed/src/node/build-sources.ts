import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { DatasetError } from '../dataset/dataset-error.js';
import type { OpenSource } from '../dataset/list-sources.js';
import { findSource } from '../sources/list.js';
import { openSourceFolder } from './source-folder.js';

/** A folder and the kind of its layout, as in `--source KIND=DIR`. */
export interface SourceChoice {
  readonly kind: string;
  readonly folder: string;
}

/**
 * Opens the folders of a build.
 * @param out the folder that is built; it must be in none of them
 * @throws SourceError when a kind is unknown or a folder cannot be listed
 * @throws DatasetError when a source is named twice, or would hold what is built from it
 */
export async function openSources(choices: readonly SourceChoice[], out: string): Promise<OpenSource[]> {
  if (choices.length === 0)
    throw new DatasetError(out, 'no source is named', 'name one with --source KIND=DIR');
  const sources: OpenSource[] = [];
  const seen = new Set<string>();
  const target = await realPath(out);
  for (const { kind, folder } of choices) {
    const adapter = findSource(kind);
    const opened = await openSourceFolder(folder);
    const real = await realPath(folder);
    if (seen.has(`${kind}=${real}`)) {
      throw new DatasetError(folder, 'this source is named twice', 'name it once');
    }
    seen.add(`${kind}=${real}`);
    if (`${target}${sep}`.startsWith(`${real}${sep}`)) {
      throw new DatasetError(out, `it is inside the source ${folder}`, 'choose a folder outside with --out');
    }
    sources.push({ adapter, folder: opened });
  }
  return sources;
}

/** A file's path as it is written in the rows: relative to the data set's folder, with "/". */
export function relativeName(out: string, path: string): string {
  return relative(resolve(out), resolve(path)).replaceAll(sep, '/');
}

/** The path without links, of what may not exist yet. */
async function realPath(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch (error) {
    if (dirname(full) === full) throw error;
    return join(await realPath(dirname(full)), basename(full));
  }
}
