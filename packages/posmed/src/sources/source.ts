import type { Mask, Picture } from '@prs-med/imaging';

export type Split = 'train' | 'val' | 'test';

export const SPLITS: readonly Split[] = ['train', 'val', 'test'];

export const MODALITIES = ['ct', 'mri', 'x-ray', 'ultrasound', 'endoscopy', 'dermoscopy'] as const;

export type Modality = (typeof MODALITIES)[number];

/** A folder as adapters see it, so that they run wherever files can be listed and read. */
export interface SourceFolder {
  /** How the user named it, for messages. */
  readonly name: string;
  /** Paths of all files below it, relative, with "/", sorted by code unit. */
  readonly files: readonly string[];
  readBytes(file: string): Promise<Uint8Array>;
  /** @throws PictureError naming the file */
  readPicture(file: string): Promise<Picture>;
  /** White, or any value but 0, is the target. @throws PictureError naming the file */
  readMask(file: string): Promise<Mask>;
}

/** One layout of files in which a public set is published. */
export interface SourceAdapter {
  /** As in `--source KIND=DIR`. */
  readonly kind: string;
  readonly title: string;
  readonly modality: Modality | 'any';
  readonly targets: readonly string[];
  /** Terms as far as known, and where the set comes from. */
  readonly licence: string;
  readonly origin: string;
  /** Lists without decoding. @throws SourceError when the folder is not of this layout at all */
  list(folder: SourceFolder): Promise<SourceListing>;
}

export interface SourceListing {
  items: readonly SourceItem[];
  /** What the layout promises and the folder lacks, or has one too many of. */
  problems: readonly SourceProblem[];
}

export interface SourceProblem {
  file: string;
  /** "it has no mask: masks/a.png is missing". */
  problem: string;
}

/** A picture of a source with everything that is marked in it. */
export interface SourceItem {
  /** Unique in its source, and stable: it makes the ids of the data set. */
  id: string;
  modality: Modality;
  /** The name of the set that it belongs to; of the adapter, unless an index names several. */
  dataset: string;
  picture: SourcePicture;
  targets: readonly SourceTarget[];
  /** Patient, study or sequence; null where the set tells none, and near-duplicates make the groups. */
  group: string | null;
  /** The official split; null where there is none. */
  split: Split | null;
}

export interface SourcePicture {
  file: string;
  /** Where the file is not a picture that other programs read (HDF5, DICOM, raw): the build keeps a PNG of it. */
  load?: () => Promise<Picture>;
}

/** A kind of target in a picture. An empty mask is a target that is looked for and not there. */
export interface SourceTarget {
  target: string;
  /** The files that it is read from, the first one first in messages. */
  files: readonly string[];
  load(): Promise<Mask>;
}

/** A folder that is not of the layout that was named. The message says what is missing and how to mend it. */
export class SourceError extends Error {
  override readonly name = 'SourceError';

  constructor(where: string, problem: string, remedy: string, options?: ErrorOptions) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}
