import { maskTarget } from './mask-target.js';
import type { Modality, SourceFolder, SourceItem, SourceListing, SourceProblem } from './source.js';

/** Files of a folder that are named alike. */
export interface FileSet {
  /** Empty, or ends with "/". */
  directory: string;
  /** Of the paths below the directory; what its group `stem` matches is the same for a picture and its masks. */
  pattern: RegExp;
  /** What the file of a stem is called, for the problem that it is missing. */
  name(stem: string): string;
  /** Other files that the set is published with. */
  ignored?: RegExp;
}

/** Masks of a target: one for each picture, unless `several` or `optional`. */
export interface MaskSet extends FileSet {
  target: string;
  /** Whether a picture may have several of these masks, which are united. */
  several?: boolean;
  /** Whether the set is published without some of them. */
  optional?: boolean;
}

export interface PairedFolders {
  dataset: string;
  modality: Modality;
  pictures: FileSet;
  masks: readonly MaskSet[];
  item(stem: string, picture: string): Pick<SourceItem, 'id' | 'group' | 'split'>;
}

/** An item of a set whose file names are unique, and that tells neither groups nor splits. */
export const plainItem = (stem: string) => ({ id: stem, group: null, split: null });

interface NamedFile {
  stem: string;
  file: string;
}

/**
 * Joins pictures and masks of the same stem, in the order of the pictures; mask sets of the same target are united.
 * What lacks a partner, is one too many or is not of the layout is a problem. A target that lacks one of its masks is
 * left out, and so is a picture without any target.
 */
export function listPairs(folder: SourceFolder, paired: PairedFolders): SourceListing {
  const { dataset, modality, pictures, masks, item } = paired;
  const problems: SourceProblem[] = [];
  const pictureOf = new Map<string, string>();
  for (const { stem, file } of filesOf(folder, pictures, problems)) {
    const first = pictureOf.get(stem);
    if (first === undefined) pictureOf.set(stem, file);
    else problems.push({ file, problem: `it is one too many: ${first} has the same name` });
  }
  const masksOf = masks.map((set) => groupMasks(folder, set, pictures, pictureOf, problems));
  const items: SourceItem[] = [];
  for (const [stem, file] of pictureOf) {
    const filesOfTarget = new Map<string, string[]>();
    const incomplete = new Set<string>();
    for (const [index, set] of masks.entries()) {
      const found = masksOf[index]!.get(stem);
      if (found) filesOfTarget.set(set.target, [...(filesOfTarget.get(set.target) ?? []), ...found]);
      else incomplete.add(set.target);
      if (!found && !set.optional) {
        problems.push({ file, problem: `it has no mask: ${set.directory}${set.name(stem)} is missing` });
      }
    }
    const targets = [...filesOfTarget]
      .filter(([target]) => !incomplete.has(target))
      .map(([target, files]) => maskTarget(folder, target, files));
    if (targets.length > 0) {
      items.push({ ...item(stem, file), modality, dataset, picture: { file }, targets });
    }
  }
  return { items, problems };
}

/** Several listings as one. */
export function joinListings(listings: readonly SourceListing[]): SourceListing {
  return {
    items: listings.flatMap(({ items }) => items),
    problems: listings.flatMap(({ problems }) => problems),
  };
}

function filesOf(folder: SourceFolder, set: FileSet, problems: SourceProblem[]): NamedFile[] {
  const named: NamedFile[] = [];
  for (const file of folder.files) {
    if (!file.startsWith(set.directory)) continue;
    const name = file.slice(set.directory.length);
    const stem = set.pattern.exec(name)?.groups?.stem;
    if (stem !== undefined) named.push({ stem, file });
    else if (!set.ignored?.test(name)) {
      problems.push({ file, problem: 'it is one too many: the layout has no such file here' });
    }
  }
  return named;
}

function groupMasks(
  folder: SourceFolder,
  set: MaskSet,
  pictures: FileSet,
  pictureOf: ReadonlyMap<string, string>,
  problems: SourceProblem[],
): Map<string, string[]> {
  const masksOf = new Map<string, string[]>();
  for (const { stem, file } of filesOf(folder, set, problems)) {
    const known = masksOf.get(stem);
    if (!pictureOf.has(stem)) {
      const missing = pictures.directory + pictures.name(stem);
      problems.push({ file, problem: `it has no picture: ${missing} is missing` });
    } else if (!known) masksOf.set(stem, [file]);
    else if (set.several) known.push(file);
    else problems.push({ file, problem: `it is one too many: ${known[0]} has the same name` });
  }
  return masksOf;
}
