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
 * Finds the same file, or nearly the same picture, in two splits (leaks), and the same file under two groups of one
 * split (a warning: a later split by group could tear them apart). Candidates for near-duplicates are all whose
 * perceptual hashes differ in at most `NEAR_DUPLICATE_BITS`; only their thumbnails are compared.
 * @param thumbnailOf the picture's `greyThumbnail`, or null when it cannot be read
 */
export async function findDuplicates(
  images: readonly ImageRow[],
  thumbnailOf: (image: ImageRow) => Promise<Uint8Array | null>,
): Promise<Duplicates> {
  const findings = findSameFiles(images);
  const candidates: [ImageRow, ImageRow][] = [];
  for (const [i, j] of pairsWithin(
    images.map(({ perceptualHash }) => perceptualHash),
    NEAR_DUPLICATE_BITS,
  )) {
    const [first, second] = [images[i]!, images[j]!];
    if (first.split !== second.split && first.sha256 !== second.sha256) candidates.push([first, second]);
  }
  const thumbnails = await readThumbnails([...new Set(candidates.flat())], thumbnailOf);
  const alike = candidates
    .flatMap(([first, second]): AlikeImages[] => {
      const [a, b] = [thumbnails.get(first), thumbnails.get(second)];
      return a && b
        ? [{ first: nameOf(first), second: nameOf(second), correlation: thumbnailCorrelation(a, b) }]
        : [];
    })
    .sort((a, b) => b.correlation - a.correlation);
  const nearDuplicates = alike.filter(({ correlation }) => correlation >= NEAR_DUPLICATE_CORRELATION);
  const near = new Found();
  for (const pair of nearDuplicates) near.add(describeAlike(pair));
  return {
    findings: [
      ...findings,
      ...near.findings(
        'near-duplicate-in-two-splits',
        'leak',
        'nearly the same picture is in two splits; give both one group',
      ),
    ],
    nearDuplicates,
    mostAlike: alike.slice(nearDuplicates.length, nearDuplicates.length + MOST_ALIKE),
  };
}

const nameOf = ({ id, split, file }: ImageRow): NamedImage => ({ id, split, file });

const named = ({ id, split }: NamedImage): string => `${id} (${split})`;

const describeAlike = ({ first, second, correlation }: AlikeImages): string =>
  `${named(first)} and ${named(second)}, correlation ${correlation.toFixed(3)}`;

function findSameFiles(images: readonly ImageRow[]): Finding[] {
  const firsts = new Map<string, ImageRow>();
  const torn = new Found();
  const regrouped = new Found();
  for (const image of images) {
    const first = firsts.get(image.sha256);
    if (!first) firsts.set(image.sha256, image);
    else if (first.split !== image.split) torn.add(`${named(first)} and ${named(image)}`);
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
