import {
  NEAR_DUPLICATE_BITS,
  NEAR_DUPLICATE_CORRELATION,
  pairsWithin,
  thumbnailCorrelation,
} from '../dataset/near-duplicates.js';
import type { ImageRow } from '../dataset/schema.js';
import { type Finding, Found } from './finding.js';

/** An image as reports name it. */
export type NamedImage = Pick<ImageRow, 'id' | 'split' | 'file'>;

/** Two images of different splits that look alike. */
export interface AlikeImages {
  first: NamedImage;
  second: NamedImage;
  /** Of their thumbnails, -1 to 1. */
  correlation: number;
}

/** What is known of pictures that are there twice. */
export interface Duplicates {
  findings: readonly Finding[];
  /** Nearly the same in two splits: their hashes differ in few bits and their thumbnails correlate enough. */
  nearDuplicates: readonly AlikeImages[];
  /** The most alike ones in two splits that are not near-duplicates by that measure, for a look. */
  mostAlike: readonly AlikeImages[];
}

/** How many of the most alike pictures are kept for a look. */
const MOST_ALIKE = 12;
/** Thumbnails that are asked for at once. */
const AT_ONCE = 16;

/**
 * Finds the same file, or nearly the same picture, in two splits (leaks), and in two groups of one split (warnings: a
 * later split by group could tear them apart). Candidates for near-duplicates are all whose perceptual hashes differ in
 * at most `NEAR_DUPLICATE_BITS`; only their thumbnails are compared.
 * @param thumbnailOf the picture's `greyThumbnail`, or null when it cannot be read
 */
export async function findDuplicates(
  images: readonly ImageRow[],
  thumbnailOf: (image: ImageRow) => Promise<Uint8Array | null>,
): Promise<Duplicates> {
  const across: AlikeImages[] = [];
  const groupPairs = new Map<string, number>();
  for (const { first, second, correlation } of await compareAlike(images, thumbnailOf)) {
    if (first.split !== second.split)
      across.push({ first: nameOf(first), second: nameOf(second), correlation });
    else if (correlation >= NEAR_DUPLICATE_CORRELATION) {
      const key = [first.group, second.group].sort().join(' and ');
      groupPairs.set(key, (groupPairs.get(key) ?? 0) + 1);
    }
  }
  across.sort((a, b) => b.correlation - a.correlation);
  const nearDuplicates = across.filter(({ correlation }) => correlation >= NEAR_DUPLICATE_CORRELATION);
  const torn = new Found();
  for (const { first, second, correlation } of nearDuplicates) {
    torn.add(`${describeSplit(first)} and ${describeSplit(second)}, correlation ${correlation.toFixed(3)}`);
  }
  const regrouped = new Found();
  for (const [groups, pairs] of groupPairs) regrouped.add(`${groups}, pairs of pictures: ${pairs}`);
  return {
    findings: [
      ...findSameFiles(images),
      ...torn.findings(
        'near-duplicate-in-two-splits',
        'leak',
        'nearly the same picture is in two splits; give both one group',
      ),
      ...regrouped.findings(
        'near-duplicate-in-two-groups',
        'warning',
        'two groups of one split have nearly the same pictures; a later split by group could tear them apart',
      ),
    ],
    nearDuplicates,
    mostAlike: across.slice(nearDuplicates.length, nearDuplicates.length + MOST_ALIKE),
  };
}

/** Compares the thumbnails of all images of different splits or groups whose hashes are alike and files are not the same. */
async function compareAlike(
  images: readonly ImageRow[],
  thumbnailOf: (image: ImageRow) => Promise<Uint8Array | null>,
): Promise<{ first: ImageRow; second: ImageRow; correlation: number }[]> {
  const hashes = images.map(({ perceptualHash }) => perceptualHash);
  const candidates: [ImageRow, ImageRow][] = [];
  for (const [i, j] of pairsWithin(hashes, NEAR_DUPLICATE_BITS)) {
    const [first, second] = [images[i]!, images[j]!];
    const isApart = first.split !== second.split || first.group !== second.group;
    if (isApart && first.sha256 !== second.sha256) candidates.push([first, second]);
  }
  const thumbnails = await readThumbnails([...new Set(candidates.flat())], thumbnailOf);
  return candidates.flatMap(([first, second]) => {
    const [a, b] = [thumbnails.get(first), thumbnails.get(second)];
    return a && b ? [{ first, second, correlation: thumbnailCorrelation(a, b) }] : [];
  });
}

const nameOf = ({ id, split, file }: ImageRow): NamedImage => ({ id, split, file });

const describeSplit = ({ id, split }: NamedImage): string => `${id} (${split})`;

function findSameFiles(images: readonly ImageRow[]): Finding[] {
  const firsts = new Map<string, ImageRow>();
  const torn = new Found();
  const regrouped = new Found();
  for (const image of images) {
    const first = firsts.get(image.sha256);
    if (!first) firsts.set(image.sha256, image);
    else if (first.split !== image.split) torn.add(`${describeSplit(first)} and ${describeSplit(image)}`);
    else if (first.group !== image.group) {
      regrouped.add(`${first.id} of group ${first.group} and ${image.id} of group ${image.group}`);
    }
  }
  return [
    ...torn.findings(
      'same-picture-in-two-splits',
      'leak',
      'the same file (SHA-256) is in two splits; keep one of them',
    ),
    ...regrouped.findings(
      'same-picture-in-two-groups',
      'warning',
      'the same file (SHA-256) is in two groups of one split; a later split by group could tear them apart',
    ),
  ];
}

async function readThumbnails(
  images: readonly ImageRow[],
  thumbnailOf: (image: ImageRow) => Promise<Uint8Array | null>,
): Promise<Map<ImageRow, Uint8Array>> {
  const thumbnails = new Map<ImageRow, Uint8Array>();
  for (let start = 0; start < images.length; start += AT_ONCE) {
    const part = images.slice(start, start + AT_ONCE);
    const read = await Promise.all(part.map(thumbnailOf));
    part.forEach((image, i) => {
      if (read[i]) thumbnails.set(image, read[i]);
    });
  }
  return thumbnails;
}
