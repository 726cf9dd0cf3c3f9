import { type Picture, PictureError, resizeMask } from '@prs-med/imaging';
import { findLayout } from './layout.js';
import { joinListings, listPairs, type MaskSet } from './pairing.js';
import type { SourceAdapter, SourceFolder, SourceItem, SourceListing, Split } from './source.js';

/** Pixels of a side, of the raw pictures and of the masks that are drawn on them at half their size. */
const RAW_SIDE = 2048;
const MASK_SIDE = 1024;
/** The raw values have 12 bits. */
const LARGEST_VALUE = 4095;

/** Folders of the masks, and the target that they mark; sides are the patient's, and components tell them apart. */
const MASKS: Readonly<Record<string, string>> = {
  'left lung': 'lung',
  'right lung': 'lung',
  heart: 'heart',
  'left clavicle': 'clavicle',
  'right clavicle': 'clavicle',
};

/**
 * The parts of the SCR database: pictures with odd numbers, and with even ones. It was made to train on one and test on
 * the other.
 */
const FOLDS: readonly { name: string; stem: string; split: Split }[] = [
  { name: 'fold1', stem: 'JPC[LN]N\\d\\d[13579]', split: 'train' },
  { name: 'fold2', stem: 'JPC[LN]N\\d\\d[02468]', split: 'test' },
];

/**
 * Pictures `JPCLN001.IMG` (or a conversion with the same stem) anywhere in the folder, and the masks of the SCR database
 * in `scratch/fold1/masks/left lung/JPCLN001.gif` and so on. The masks are published at half the pictures' size, so
 * they are enlarged to the nearest pixel.
 */
export const jsrt: SourceAdapter = {
  kind: 'jsrt',
  title: 'JSRT chest X-rays with SCR masks',
  modality: 'x-ray',
  targets: ['lung', 'heart', 'clavicle'],
  licence:
    'pictures for research, after registration, not verified; masks for research and education, not to be passed on',
  origin:
    'Shiraishi et al., American Journal of Roentgenology 174 (2000), db.jsrt.or.jp, 247 pictures; masks of van Ginneken et ' +
    'al., Medical Image Analysis 10 (2006), the SCR database',
  list: async (folder) => {
    const { root, wanted } = findLayout(folder, jsrt.title, [
      ['scratch/fold1/masks', 'scratch/fold2/masks'],
      ['fold1/masks', 'fold2/masks'],
    ]);
    const masks = root + wanted[0].slice(0, -'fold1/masks'.length);
    return joinListings(FOLDS.map((fold) => listFold(folder, masks, fold)));
  },
};

function listFold(folder: SourceFolder, root: string, fold: (typeof FOLDS)[number]): SourceListing {
  const { items, problems } = listPairs(folder, {
    dataset: jsrt.kind,
    modality: 'x-ray',
    pictures: {
      directory: '',
      pattern: new RegExp(`^(?:.*/)?(?<stem>${fold.stem})\\.(?:IMG|png|jpe?g|tiff?|bmp)$`),
      name: (stem) => `${stem}.IMG`,
      ignored: /./,
    },
    masks: Object.entries(MASKS).map(
      ([name, target]): MaskSet => ({
        target,
        directory: `${root}${fold.name}/masks/${name}/`,
        pattern: new RegExp(`^(?<stem>${fold.stem})\\.gif$`),
        name: (stem) => `${stem}.gif`,
      }),
    ),
    item: (stem) => ({ id: stem, group: null, split: fold.split }),
  });
  return { items: items.map((item) => withLoaders(folder, item)), problems };
}

function withLoaders(folder: SourceFolder, item: SourceItem): SourceItem {
  const { file } = item.picture;
  const isRaw = file.endsWith('.IMG');
  const load = () => readRaw(folder, file);
  let side: Promise<number | null> | undefined;
  const targets = item.targets.map((target) => ({
    ...target,
    load: async () => {
      const mask = await target.load();
      if (mask.width !== MASK_SIDE || mask.height !== MASK_SIDE) return mask;
      side ??= isRaw ? Promise.resolve(RAW_SIDE) : sideOf(folder, file);
      const size = await side;
      return size === null ? mask : resizeMask(mask, size, size);
    },
  }));
  return { ...item, picture: isRaw ? { file, load } : { file }, targets };
}

/** The side of a square picture; one that is not square is no plain conversion, and the build judges its size. */
async function sideOf(folder: SourceFolder, file: string): Promise<number | null> {
  const { width, height } = await folder.readPicture(file);
  return width === height ? width : null;
}

/**
 * Reads 2048 x 2048 big-endian values of 16 bits, of which 12 are used and the largest is black.
 * Source: db.jsrt.or.jp/eng.php.
 */
async function readRaw(folder: SourceFolder, file: string): Promise<Picture> {
  const bytes = await folder.readBytes(file);
  const pixels = RAW_SIDE * RAW_SIDE;
  if (bytes.length !== pixels * 2) {
    throw new PictureError(
      `${folder.name}/${file}`,
      `it has ${bytes.length} bytes, and a raw picture of ${RAW_SIDE} x ${RAW_SIDE} has ${pixels * 2}`,
      'copy it again',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Uint8Array(pixels * 3);
  for (let i = 0, to = 0; i < pixels; i++) {
    const value = Math.min(view.getUint16(i * 2), LARGEST_VALUE);
    const grey = Math.round(((LARGEST_VALUE - value) * 255) / LARGEST_VALUE);
    data[to++] = grey;
    data[to++] = grey;
    data[to++] = grey;
  }
  return { width: RAW_SIDE, height: RAW_SIDE, data };
}
