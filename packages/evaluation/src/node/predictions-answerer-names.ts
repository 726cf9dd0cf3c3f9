import type { DatasetImage, ImageRow } from '@prs-med/posmed';
import type { ChosenPair } from '../ask/choose-pairs.js';
import { maskFileOf } from './run-writer.js';

/** A picture and the pairs that are to be answered. */
export interface ImageToPredict extends Pick<DatasetImage, 'image' | 'targets'> {
  readonly chosen: readonly ChosenPair[];
}

/** The file that answers a pair, and the picture that it has the size of. */
export interface AssignedFile {
  readonly name: string;
  readonly image: ImageRow;
}

export interface AssignedFiles {
  /** By the pair's id. */
  readonly files: ReadonlyMap<string, AssignedFile>;
  /** What is missing, of unclear meaning or one too many, `FILE: WHAT IS WRONG`. */
  readonly problems: readonly string[];
}

/**
 * Finds for each pair the file that answers it: `ID.png`, as a run names its own masks, else, where the pair measures a
 * whole target, `STEM.TARGET.png`, else `STEM.png` for a picture with one target. STEM is the name of the picture's file
 * without its ending, and TARGET has "-" for spaces. A file of the last two names that fits several pairs answers none.
 * @param names of the files that there are
 */
export function assignFiles(names: readonly string[], asked: readonly ImageToPredict[]): AssignedFiles {
  const there = new Set(names);
  const claimants = claimantsOf(asked);
  const files = new Map<string, AssignedFile>();
  const problems = new Set<string>();
  const used = new Set<string>();
  for (const each of asked) {
    for (const { pair, whole } of each.chosen) {
      const own = nameOfPair(pair.id);
      const shared = whole ? namesOfTarget(each, pair.target) : [];
      const name = [own, ...shared].find((candidate) => there.has(candidate));
      if (name === undefined) {
        const clear = shared.findLast((candidate) => claimants.get(candidate)!.length === 1) ?? own;
        if (whole) problems.add(`${clear}: there is no such file, and pair ${pair.id} needs it`);
        continue;
      }
      used.add(name);
      const claims = name === own ? [pair.id] : claimants.get(name)!;
      if (claims.length === 1) files.set(pair.id, { name, image: each.image });
      else
        problems.add(
          `${name}: it could answer ${claims.join(' or ')}; name it ${claims.map(nameOfPair).join(' or ')}`,
        );
    }
  }
  for (const name of [...names].sort()) {
    if (!used.has(name)) problems.add(`${name}: it is one too many, for it answers no pair that is asked`);
  }
  return { files, problems: [...problems] };
}

/** The file's name of a mask that answers a pair. */
const nameOfPair = (id: string): string => maskFileOf(id).replace(/^.*\//, '');

function namesOfTarget({ image, targets }: ImageToPredict, target: string): string[] {
  const stem = image.file.replace(/^.*\//, '').replace(/(?<=.)\.[^.]*$/, '');
  const named = `${stem}.${target.replaceAll(' ', '-')}.png`;
  return targets.length === 1 ? [named, `${stem}.png`] : [named];
}

/** The pairs that a name could stand for. */
function claimantsOf(asked: readonly ImageToPredict[]): Map<string, string[]> {
  const claimants = new Map<string, string[]>();
  for (const each of asked) {
    for (const { pair, whole } of each.chosen) {
      for (const name of whole ? namesOfTarget(each, pair.target) : []) {
        claimants.set(name, [...(claimants.get(name) ?? []), pair.id]);
      }
    }
  }
  return claimants;
}
