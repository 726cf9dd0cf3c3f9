import { directoriesOf } from './layout.js';
import { joinListings, listPairs } from './pairing.js';
import {
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceListing,
  type Split,
} from './source.js';

/** The archives of one split: a folder of pictures and one of masks. */
interface Part {
  split: Split;
  pictures: string;
  masks: string;
}

interface Year {
  kind: string;
  title: string;
  licence: string;
  origin: string;
  parts: readonly Part[];
  /** Between a picture's name and the ending of its mask. */
  suffix: string;
}

/** Superpixels, and the texts and tables that lie beside the pictures. */
const IGNORED = /_superpixels\.png$|\.(?:txt|csv)$/;

/** Task 1 of 2016: training and test. */
export const isic2016 = isicAdapter({
  kind: 'isic2016',
  title: 'ISIC 2016 task 1',
  licence: 'CC0',
  origin: 'Gutman et al., arXiv 1605.01397, challenge.isic-archive.com, 900 and 379 pictures',
  suffix: '_Segmentation',
  parts: [
    {
      split: 'train',
      pictures: 'ISBI2016_ISIC_Part1_Training_Data',
      masks: 'ISBI2016_ISIC_Part1_Training_GroundTruth',
    },
    {
      split: 'test',
      pictures: 'ISBI2016_ISIC_Part1_Test_Data',
      masks: 'ISBI2016_ISIC_Part1_Test_GroundTruth',
    },
  ],
});

/** Task 1 of 2017: training, validation and test. */
export const isic2017 = isicAdapter({
  kind: 'isic2017',
  title: 'ISIC 2017 task 1',
  licence: 'CC0',
  origin: 'Codella et al., arXiv 1710.05006, challenge.isic-archive.com, 2,000, 150 and 600 pictures',
  suffix: '_segmentation',
  parts: [
    {
      split: 'train',
      pictures: 'ISIC-2017_Training_Data',
      masks: 'ISIC-2017_Training_Part1_GroundTruth',
    },
    {
      split: 'val',
      pictures: 'ISIC-2017_Validation_Data',
      masks: 'ISIC-2017_Validation_Part1_GroundTruth',
    },
    {
      split: 'test',
      pictures: 'ISIC-2017_Test_v2_Data',
      masks: 'ISIC-2017_Test_v2_Part1_GroundTruth',
    },
  ],
});

/** Task 1 of 2018: training, validation and test. */
export const isic2018 = isicAdapter({
  kind: 'isic2018',
  title: 'ISIC 2018 task 1',
  licence: 'CC BY-NC 4.0',
  origin: 'Codella et al., arXiv 1902.03368, challenge.isic-archive.com, 2,594, 100 and 1,000 pictures',
  suffix: '_segmentation',
  parts: [
    {
      split: 'train',
      pictures: 'ISIC2018_Task1-2_Training_Input',
      masks: 'ISIC2018_Task1_Training_GroundTruth',
    },
    {
      split: 'val',
      pictures: 'ISIC2018_Task1-2_Validation_Input',
      masks: 'ISIC2018_Task1_Validation_GroundTruth',
    },
    {
      split: 'test',
      pictures: 'ISIC2018_Task1-2_Test_Input',
      masks: 'ISIC2018_Task1_Test_GroundTruth',
    },
  ],
});

function isicAdapter(year: Year): SourceAdapter {
  const { kind, title, licence, origin } = year;
  return {
    kind,
    title,
    modality: 'dermoscopy',
    targets: ['skin lesion'],
    licence,
    origin,
    list: (folder) => listYear(folder, year),
  };
}

/**
 * The archives have names of their own and each is unpacked on its own, so they are looked for by name at any depth:
 * `ISIC-2017_Training_Data/ISIC_0000000.jpg` and `ISIC-2017_Training_Part1_GroundTruth/ISIC_0000000_segmentation.png`.
 * The task does not tell patients.
 */
async function listYear(folder: SourceFolder, year: Year): Promise<SourceListing> {
  const listings = year.parts.map((part) => listPart(folder, year, part));
  if (listings.every(({ found }) => !found)) {
    const names = year.parts.map(({ pictures, masks }) => `"${pictures}" and "${masks}"`);
    throw new SourceError(
      folder.name,
      `it does not have the layout of ${year.title}: it lacks ${names.join(', or ')}`,
      'name the folder of the unpacked archives',
    );
  }
  return joinListings(listings);
}

function listPart(folder: SourceFolder, year: Year, part: Part): SourceListing & { found: boolean } {
  const pictures = findArchive(folder, part.pictures);
  const masks = findArchive(folder, part.masks);
  if (pictures === null || masks === null) {
    const missing = [part.pictures, part.masks].filter((_, i) => [pictures, masks][i] === null);
    const problem = 'the layout has this folder, and it is missing';
    return { found: false, items: [], problems: missing.map((file) => ({ file, problem })) };
  }
  const listing = listPairs(folder, {
    dataset: year.kind,
    modality: 'dermoscopy',
    pictures: {
      directory: pictures,
      pattern: /^(?<stem>ISIC_\d{7})\.jpg$/,
      name: (stem) => `${stem}.jpg`,
      ignored: IGNORED,
    },
    masks: [
      {
        target: 'skin lesion',
        directory: masks,
        pattern: new RegExp(`^(?<stem>ISIC_\\d{7})${year.suffix}\\.png$`),
        name: (stem) => `${stem}${year.suffix}.png`,
        ignored: IGNORED,
      },
    ],
    item: (stem) => ({ id: `${part.split}/${stem}`, group: null, split: part.split }),
  });
  return { ...listing, found: true };
}

/** Path of the folder that an archive was unpacked to, the inner one where it is there twice; null if it is not there. */
function findArchive(folder: SourceFolder, name: string): string | null {
  const found = [...directoriesOf(folder.files)].filter(
    (path) => path === `${name}/` || path.endsWith(`/${name}/`),
  );
  const inner = found.filter((path) => !found.some((other) => other !== path && other.startsWith(path)));
  if (inner.length > 1) {
    throw new SourceError(folder.name, `"${name}" is there several times: ${inner.join(', ')}`, 'leave one');
  }
  return inner[0] ?? null;
}
