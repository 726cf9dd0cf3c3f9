import { SPLITS, type Split } from '../sources/source.js';
import { dealSplits } from './deal-splits.js';
import {
  NEAR_DUPLICATE_BITS,
  NEAR_DUPLICATE_CORRELATION,
  pairsWithin,
  thumbnailCorrelation,
} from './near-duplicates.js';
import type { DatasetRecord } from './schema.js';

/** What the groups and splits of pictures are made from. */
export interface UngroupedPicture {
  /** In the data set. */
  readonly id: string;
  /** The set that it is from. */
  readonly dataset: string;
  readonly modality: string;
  /** Of the source; null where it gives none. */
  readonly group: string | null;
  /** The official one; null where there is none. */
  readonly split: Split | null;
  readonly sha256: string;
  readonly perceptualHash: string;
  readonly thumbnail: Uint8Array;
}

/** Groups and splits, in the order of the pictures, and what had to be changed for them. */
export interface Grouping extends Pick<DatasetRecord, 'movedGroups' | 'joinedGroups'> {
  readonly places: readonly { readonly group: string; readonly split: Split }[];
}

/**
 * Groups pictures that must not be in different splits, and gives each group its split.
 *
 * A group is what its source says (patient, study, sequence). Pictures without one are grouped with their
 * near-duplicates, and near-duplicates in different sets join the groups that they are in: published sets share
 * pictures. Groups that one set gives are never joined for looks alone: it knows its patients better than a hash.
 *
 * A group with an official split keeps it, and one whose official splits disagree goes whole to the least protected.
 * Other groups are dealt, set by set, by {@link dealSplits}.
 */
export function groupPictures(pictures: readonly UngroupedPicture[], seed: number): Grouping {
  const roots = joinAlike(pictures);
  const members = new Map<number, number[]>();
  roots.forEach((root, i) => {
    const known = members.get(root);
    if (known) known.push(i);
    else members.set(root, [i]);
  });
  const groups = [...members.values()].map((indices) => describeGroup(indices, pictures));
  const dealt = dealWithoutOfficial(groups, seed);
  const places = new Array<Grouping['places'][number]>(pictures.length);
  const movedGroups: Grouping['movedGroups'] = [];
  for (const group of groups) {
    const split = group.official[0]?.split ?? dealt.get(group)!;
    for (const i of group.indices) places[i] = { group: group.name, split };
    for (const { split: from, images } of group.official.slice(1)) {
      movedGroups.push({ group: group.name, from, to: split, images });
    }
  }
  const joinedGroups = groups
    .filter(({ given }) => given.length > 1)
    .map(({ name, given }) => ({ group: name, groups: given }));
  return { places, movedGroups, joinedGroups };
}

interface Group {
  readonly name: string;
  readonly dataset: string;
  readonly indices: readonly number[];
  /** The groups of the sources that are in it. */
  readonly given: string[];
  /** Its official splits and their pictures, the least protected first. */
  readonly official: { split: Split; images: number }[];
}

function describeGroup(indices: readonly number[], pictures: readonly UngroupedPicture[]): Group {
  const first = pictures[indices[0]!]!;
  const given = new Set<string>();
  const official = new Map<Split, number>();
  for (const i of indices) {
    const name = givenGroup(pictures[i]!);
    if (name !== null) given.add(name);
    const { split } = pictures[i]!;
    if (split !== null) official.set(split, (official.get(split) ?? 0) + 1);
  }
  const [name = first.id] = given;
  return {
    name,
    dataset: first.dataset,
    indices,
    given: [...given],
    official: SPLITS.filter((split) => official.has(split)).map((split) => ({
      split,
      images: official.get(split)!,
    })),
  };
}

/** Groups of different sets may have the same name, so the set's name comes before it. */
function givenGroup({ dataset, group }: UngroupedPicture): string | null {
  return group === null || group.startsWith(`${dataset}:`) ? group : `${dataset}:${group}`;
}

function dealWithoutOfficial(groups: readonly Group[], seed: number): Map<Group, Split> {
  const sets = new Map<string, Group[]>();
  for (const group of groups) {
    if (group.official.length > 0) continue;
    const known = sets.get(group.dataset);
    if (known) known.push(group);
    else sets.set(group.dataset, [group]);
  }
  const dealt = new Map<Group, Split>();
  for (const set of sets.values()) {
    const splits = dealSplits(
      set.map(({ name, indices }) => ({ name, images: indices.length })),
      seed,
    );
    set.forEach((group, i) => {
      dealt.set(group, splits[i]!);
    });
  }
  return dealt;
}

/** For each picture the first one of its group. */
function joinAlike(pictures: readonly UngroupedPicture[]): number[] {
  const parents = pictures.map((_, i) => i);
  const join = (i: number, j: number) => {
    const [a, b] = [rootOf(parents, i), rootOf(parents, j)];
    parents[Math.max(a, b)] = Math.min(a, b);
  };
  const firstOf = new Map<string, number>();
  pictures.forEach((picture, i) => {
    const group = givenGroup(picture);
    if (group === null) return;
    const first = firstOf.get(group);
    if (first === undefined) firstOf.set(group, i);
    else join(first, i);
  });
  const matters = (i: number, j: number) => {
    const [a, b] = [pictures[i]!, pictures[j]!];
    const mayJoin = a.dataset !== b.dataset || a.group === null || b.group === null;
    return mayJoin && rootOf(parents, i) !== rootOf(parents, j);
  };
  for (const [i, j] of candidatePairs(pictures)) {
    if (matters(i, j) && areAlike(pictures[i]!, pictures[j]!)) join(i, j);
  }
  return parents.map((_, i) => rootOf(parents, i));
}

function areAlike(a: UngroupedPicture, b: UngroupedPicture): boolean {
  if (a.sha256 === b.sha256) return true;
  return thumbnailCorrelation(a.thumbnail, b.thumbnail) >= NEAR_DUPLICATE_CORRELATION;
}

/** Pairs of the same modality and nearly the same hash. */
function* candidatePairs(pictures: readonly UngroupedPicture[]): Generator<readonly [number, number]> {
  const modalities = new Map<string, number[]>();
  for (const [i, { modality }] of pictures.entries()) {
    const known = modalities.get(modality);
    if (known) known.push(i);
    else modalities.set(modality, [i]);
  }
  for (const indices of modalities.values()) {
    const hashes = indices.map((i) => pictures[i]!.perceptualHash);
    for (const [a, b] of pairsWithin(hashes, NEAR_DUPLICATE_BITS)) yield [indices[a]!, indices[b]!];
  }
}

function rootOf(parents: number[], i: number): number {
  let root = i;
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]!]!;
    root = parents[root]!;
  }
  return root;
}
