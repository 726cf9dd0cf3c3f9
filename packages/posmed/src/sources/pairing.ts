import type { NamedFile } from './layout.js';
import type { SourceProblem } from './source.js';

/** Masks of one kind: at most one for each picture, unless `several`. */
export interface MaskSet {
  target: string;
  masks: readonly NamedFile[];
  /** What the mask of a picture is called, for the problem that it is missing. */
  name(stem: string): string;
  /** Whether a picture may have several of these masks, which are united. */
  several?: boolean;
}

/** A picture and, for each target, the files of its masks. */
export interface PairedPicture {
  stem: string;
  file: string;
  targets: { target: string; files: string[] }[];
}

/**
 * Joins pictures and masks of the same stem, in the order of the pictures. Sets of the same target are united. What
 * lacks a partner and what is one too many is a problem: a target without one of its masks is left out, and so is a
 * picture without any target.
 * @param pictureName what a picture is called, for the problem that it is missing
 */
export function pairFiles(
  pictures: readonly NamedFile[],
  sets: readonly MaskSet[],
  pictureName: (stem: string) => string,
): { pairs: PairedPicture[]; problems: SourceProblem[] } {
  const problems: SourceProblem[] = [];
  const pictureOf = new Map<string, string>();
  for (const { stem, file } of pictures) {
    const first = pictureOf.get(stem);
    if (first === undefined) pictureOf.set(stem, file);
    else problems.push({ file, problem: `it is one too many: ${first} has the same name` });
  }
  const masksOf = sets.map((set) => groupMasks(set, pictureOf, pictureName, problems));
  const pairs: PairedPicture[] = [];
  for (const [stem, file] of pictureOf) {
    const filesOf = new Map<string, string[]>();
    const incomplete = new Set<string>();
    for (const [index, { target, name }] of sets.entries()) {
      const masks = masksOf[index]!.get(stem);
      if (masks) filesOf.set(target, [...(filesOf.get(target) ?? []), ...masks]);
      else {
        incomplete.add(target);
        problems.push({ file, problem: `it has no mask: ${name(stem)} is missing` });
      }
    }
    const targets = [...filesOf]
      .filter(([target]) => !incomplete.has(target))
      .map(([target, files]) => ({ target, files }));
    if (targets.length > 0) pairs.push({ stem, file, targets });
  }
  return { pairs, problems };
}

function groupMasks(
  set: MaskSet,
  pictureOf: ReadonlyMap<string, string>,
  pictureName: (stem: string) => string,
  problems: SourceProblem[],
): Map<string, string[]> {
  const masksOf = new Map<string, string[]>();
  for (const { stem, file } of set.masks) {
    const known = masksOf.get(stem);
    if (!pictureOf.has(stem)) {
      problems.push({ file, problem: `it has no picture: ${pictureName(stem)} is missing` });
    } else if (!known) masksOf.set(stem, [file]);
    else if (set.several) known.push(file);
    else problems.push({ file, problem: `it is one too many: ${known[0]} has the same name` });
  }
  return masksOf;
}
