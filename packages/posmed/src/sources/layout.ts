import { SourceError, type SourceFolder, type SourceProblem } from './source.js';

/** The folder that an archive makes of itself, and one more that the unpacking made. */
const EXTRA_FOLDERS = 2;

/** Folders, or files, relative to where a layout starts, that must all be there. */
export type Wanted = readonly string[];

export interface FoundLayout<W extends Wanted> {
  /** Path of the folder where the layout starts: empty, or ends with "/". */
  root: string;
  /** Which of the alternatives is there. */
  wanted: W;
}

/**
 * Finds where a layout starts: in the folder itself, or in a folder that unpacking made. Of alternatives the first
 * one counts.
 * @param title of the set, for the error
 * @throws SourceError that says what was looked for, or that several folders have the layout
 */
export function findLayout<const W extends Wanted>(
  folder: SourceFolder,
  title: string,
  alternatives: readonly W[],
): FoundLayout<W> {
  const directories = directoriesOf(folder.files);
  const paths = new Set([...folder.files, ...[...directories].map((path) => path.slice(0, -1))]);
  for (let depth = 0; depth <= EXTRA_FOLDERS; depth++) {
    const roots = [...directories].filter((path) => path.split('/').length - 1 === depth);
    for (const wanted of alternatives) {
      const found = roots.filter((root) => wanted.every((path) => paths.has(root + path)));
      if (found.length > 1) {
        const several = found.map((root) => `"${root.slice(0, -1)}"`).join(', ');
        const problem = `several folders in it have the layout of ${title}: ${several}`;
        throw new SourceError(folder.name, problem, 'name one of them');
      }
      if (found.length === 1) return { root: found[0]!, wanted };
    }
  }
  const lists = alternatives.map((wanted) => wanted.map((path) => `"${path}"`).join(' and '));
  throw new SourceError(
    folder.name,
    `it does not have the layout of ${title}: it lacks ${lists.join(', or ')}`,
    'name the folder of the unpacked set',
  );
}

/** Of the folders that a layout promises, those that hold no file. */
export function missingFolders(folder: SourceFolder, promised: readonly string[]): SourceProblem[] {
  return promised
    .filter((path) => !folder.files.some((file) => file.startsWith(`${path}/`)))
    .map((path) => ({ file: path, problem: 'the layout has this folder, and it is missing' }));
}

/** All folders that hold files, at any depth, as paths that end with "/"; the first one is the top, and empty. */
export function directoriesOf(files: readonly string[]): ReadonlySet<string> {
  const directories = new Set(['']);
  for (const file of files) {
    for (let end = file.lastIndexOf('/'); end >= 0; end = file.lastIndexOf('/', end - 1)) {
      const directory = file.slice(0, end + 1);
      if (directories.has(directory)) break;
      directories.add(directory);
    }
  }
  return directories;
}
