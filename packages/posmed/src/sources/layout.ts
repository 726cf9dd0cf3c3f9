import { SourceError, type SourceFolder, type SourceProblem } from './source.js';

/** The folder that an archive makes of itself, and one more that the unpacking made. */
const EXTRA_FOLDERS = 2;

/** Folders, relative to where a layout starts, that must all be there. */
export type Wanted = readonly string[];

export interface FoundLayout<W extends Wanted = Wanted> {
  /** Path of the folder where the layout starts: empty, or ends with "/". */
  root: string;
  /** Which of the alternatives is there. */
  wanted: W;
}

/**
 * Finds where a layout starts: in the folder itself, or in a folder of it that unpacking made. Of alternatives
 * the first one that is there counts.
 * @param title of the set, for the error
 * @throws SourceError that says what was looked for, or that several folders have the layout
 */
export function findLayout<W extends Wanted>(
  folder: SourceFolder,
  title: string,
  alternatives: readonly W[],
): FoundLayout<W> {
  const directories = directoriesOf(folder.files);
  for (let depth = 0; depth <= EXTRA_FOLDERS; depth++) {
    const roots = [...directories].filter((path) => path.split('/').length - 1 === depth);
    for (const wanted of alternatives) {
      const found = roots.filter((root) => wanted.every((path) => directories.has(`${root}${path}/`)));
      if (found.length > 1) {
        const several = found.map((root) => `"${root.slice(0, -1)}"`).join(' and ');
        throw new SourceError(folder.name, `${several} both have the layout of ${title}`, 'name one of them');
      }
      if (found.length === 1) return { root: found[0]!, wanted };
    }
  }
  const lists = alternatives.map((wanted) => wanted.map((path) => `"${path}/"`).join(' and '));
  throw new SourceError(
    folder.name,
    `it does not have the layout of ${title}: there is no folder with ${lists.join(', or with ')}`,
    'name the folder of the unpacked set',
  );
}

/** A file and the part of its name that its partner shares. */
export interface NamedFile {
  stem: string;
  file: string;
}

/**
 * The files directly in a folder whose names match. Group `stem` of the pattern is the shared part.
 * @param directory its path, ending with "/"
 * @param ignored names that the set is published with and nobody needs
 */
export function filesIn(
  folder: SourceFolder,
  directory: string,
  pattern: RegExp,
  ignored?: RegExp,
): { files: NamedFile[]; problems: SourceProblem[] } {
  const files: NamedFile[] = [];
  const problems: SourceProblem[] = [];
  for (const file of folder.files) {
    if (!file.startsWith(directory)) continue;
    const name = file.slice(directory.length);
    const stem = pattern.exec(name)?.groups?.stem;
    if (stem !== undefined) files.push({ stem, file });
    else if (!ignored?.test(name)) problems.push({ file, problem: 'the layout has no such file here' });
  }
  return { files, problems };
}

/** All folders that hold files, at any depth, as paths that end with "/"; the folder itself is empty. */
function directoriesOf(files: readonly string[]): ReadonlySet<string> {
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
