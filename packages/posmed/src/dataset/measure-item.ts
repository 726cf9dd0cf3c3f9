import { type Mask, type Picture, PictureError } from '@prs-med/imaging';
import { describeTarget } from '../position/describe-target.js';
import { encodeRle } from '../position/rle.js';
import { rowOfTarget } from '../position/scene-of-rows.js';
import type { ZoneRule } from '../position/zone-rule.js';
import { SourceError, type SourceTarget } from '../sources/source.js';
import { DatasetError } from './dataset-error.js';
import type { ListedItem, ListedProblem } from './list-sources.js';
import { greyThumbnail, perceptualHash } from './perceptual-hash.js';
import type { ImageRow, TargetRow } from './schema.js';

/** What is known of a picture and its masks before its group, and so its split, is. */
export interface MeasuredItem {
  readonly image: Omit<ImageRow, 'group' | 'split'>;
  readonly targets: readonly TargetRow[];
  /** Of `greyThumbnail`. */
  readonly thumbnail: Uint8Array;
}

/** How the files of a data set are called. */
export interface FileNames {
  /** The path of a source's file as the data set's rows have it. */
  nameOf(listed: ListedItem, file: string): string;
  /** Keeps a picture that is no ordinary file; gives its path and the bytes that it now has. */
  keepPicture(listed: ListedItem, picture: Picture): Promise<{ file: string; bytes: Uint8Array }>;
}

/** Formats that other programs read as pictures. */
const PICTURE_FILE = /\.(?:png|jpe?g|tiff?|webp|gif|bmp)$/i;

/**
 * Reads a picture and its masks once and describes them.
 * @param rule for the zones
 * @throws PictureError or SourceError when a file cannot be read, or a mask has another size than its picture
 */
export async function measureItem(
  listed: ListedItem,
  files: FileNames,
  rule: ZoneRule,
): Promise<MeasuredItem> {
  const { id, item, source } = listed;
  const picture = await readPicture(listed);
  const thumbnail = greyThumbnail(picture);
  const targets: TargetRow[] = [];
  for (const target of item.targets) {
    const mask = await target.load();
    checkMaskSize(listed, picture, target, mask);
    const described = describeTarget(`${id}:${target.target}`, target.target, mask, { rule });
    const maskFile = maskFileOf(target);
    targets.push(
      rowOfTarget(described, {
        image: id,
        maskFile: maskFile === null ? null : files.nameOf(listed, maskFile),
        rle: encodeRle(mask),
      }),
    );
  }
  checkTargetNames(listed, targets);
  const kept = item.picture.load
    ? await files.keepPicture(listed, picture)
    : {
        file: files.nameOf(listed, item.picture.file),
        bytes: await source.folder.readBytes(item.picture.file),
      };
  const image = {
    id,
    source: item.dataset,
    modality: item.modality,
    file: kept.file,
    width: picture.width,
    height: picture.height,
    sha256: await sha256(kept.bytes),
    perceptualHash: perceptualHash(thumbnail),
  };
  return { image, targets, thumbnail };
}

/**
 * What an error says of a file of the item, so that other items may still be read.
 * @throws the error itself where it is of another kind
 */
export function faultOf(error: unknown, listed: ListedItem): ListedProblem {
  if (!(error instanceof PictureError || error instanceof SourceError) || isMachineFailure(error.cause))
    throw error;
  const { source, item } = listed;
  const files = [item.picture.file, ...item.targets.flatMap((target) => target.files)];
  const file = files.find((name) => error.message.includes(`${name}: `));
  if (file === undefined) return { source, file: item.picture.file, problem: error.message };
  const problem = error.message.slice(error.message.indexOf(`${file}: `) + file.length + 2);
  return { source, file, problem };
}

function isMachineFailure(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'EMFILE' || code === 'ENFILE' || code === 'EIO';
}

async function readPicture({ item, source }: ListedItem): Promise<Picture> {
  return item.picture.load ? item.picture.load() : source.folder.readPicture(item.picture.file);
}

/** The mask's file where it is one picture; masks in several files, or drawn from something else, have none. */
function maskFileOf({ files }: SourceTarget): string | null {
  const [first, second] = files;
  return first !== undefined && second === undefined && PICTURE_FILE.test(first) ? first : null;
}

function checkMaskSize({ source, item }: ListedItem, picture: Picture, target: SourceTarget, mask: Mask) {
  if (mask.width === picture.width && mask.height === picture.height) return;
  throw new PictureError(
    `${source.folder.name}/${target.files[0] ?? item.picture.file}`,
    `this mask has ${mask.width} x ${mask.height} pixels, and its picture ${item.picture.file} has ` +
      `${picture.width} x ${picture.height}`,
    'export both in the same size',
  );
}

function checkTargetNames({ id, source }: ListedItem, targets: readonly TargetRow[]): void {
  const names = new Set(targets.map(({ target }) => target));
  if (names.size === targets.length) return;
  throw new DatasetError(
    source.folder.name,
    `the picture "${id}" has two targets of the same name`,
    'unite their masks, or name them apart',
  );
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
