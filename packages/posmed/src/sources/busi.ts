import { findLayout, missingFolders } from './layout.js';
import { joinListings, listPairs, plainItem } from './pairing.js';
import type { SourceAdapter, SourceFolder, SourceListing } from './source.js';

const CLASSES = ['benign', 'malignant', 'normal'] as const;

/**
 * `benign/benign (1).png` and `benign/benign (1)_mask.png`, and on to `_mask_1.png` where a picture has several
 * lesions. The masks of `normal` are empty. The set does not tell its 600 patients apart.
 */
export const busi: SourceAdapter = {
  kind: 'busi',
  title: 'BUSI (Breast Ultrasound Images)',
  modality: 'ultrasound',
  targets: ['breast tumour'],
  licence: 'CC0 where the set is passed on; not verified with its authors',
  origin: 'Al-Dhabyani et al., Data in Brief 28 (2020) 104863, Dataset_BUSI_with_GT, 780 pictures',
  list: listBusi,
};

async function listBusi(folder: SourceFolder): Promise<SourceListing> {
  const { root, wanted } = findLayout(folder, busi.title, [CLASSES, ['benign', 'malignant']]);
  const listings = wanted.map((name) => listClass(folder, `${root}${name}/`, name));
  const problems = missingFolders(
    folder,
    CLASSES.map((name) => root + name),
  );
  return joinListings([...listings, { items: [], problems }]);
}

function listClass(folder: SourceFolder, directory: string, name: string): SourceListing {
  const pattern = new RegExp(`^(?<stem>${name} \\(\\d+\\))_mask(?:_\\d+)?\\.png$`);
  return listPairs(folder, {
    dataset: busi.kind,
    modality: 'ultrasound',
    pictures: {
      directory,
      pattern: new RegExp(`^(?<stem>${name} \\(\\d+\\))\\.png$`),
      name: (stem) => `${stem}.png`,
      ignored: pattern,
    },
    masks: [
      {
        target: 'breast tumour',
        directory,
        pattern,
        name: (stem) => `${stem}_mask.png`,
        // What is not of the layout was told with the pictures.
        ignored: /./,
        several: true,
      },
    ],
    item: plainItem,
  });
}
