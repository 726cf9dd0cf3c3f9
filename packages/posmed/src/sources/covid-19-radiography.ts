import { resizeMask } from '@prs-med/imaging';
import { findLayout, missingFolders } from './layout.js';
import { joinListings, listPairs, plainItem } from './pairing.js';
import type { SourceAdapter, SourceFolder, SourceItem, SourceListing } from './source.js';

const CLASSES = ['COVID', 'Lung_Opacity', 'Normal', 'Viral Pneumonia'] as const;

/** Pixels of a side, as the set is published. */
const PICTURE_SIDE = 299;
const MASK_SIDE = 256;

/**
 * `COVID/images/COVID-1.png` and `COVID/masks/COVID-1.png`: the lungs. The masks are published smaller than the
 * pictures and show the same field, so they are enlarged to the nearest pixel. The set tells no patients.
 */
export const covid19Radiography: SourceAdapter = {
  kind: 'covid-19-radiography',
  title: 'COVID-19 Radiography Database',
  modality: 'x-ray',
  targets: ['lung'],
  licence: 'CC BY 4.0 where others name it, for a set put together from several; not verified',
  origin: 'Chowdhury et al., IEEE Access 8 (2020), and Rahman et al. (2021), 21,165 pictures',
  list: async (folder) => {
    const alternatives = CLASSES.map((name) => [`${name}/images`, `${name}/masks`]);
    const { root } = findLayout(folder, covid19Radiography.title, alternatives);
    const paths = CLASSES.map((name) => root + name);
    const problems = missingFolders(folder, paths);
    const listings = CLASSES.map((name) => listClass(folder, `${root}${name}/`, name));
    return joinListings([...listings, { items: [], problems }]);
  },
};

function listClass(folder: SourceFolder, directory: string, name: string): SourceListing {
  const file = {
    pattern: new RegExp(`^(?<stem>${name}-\\d+)\\.png$`),
    name: (stem: string) => `${stem}.png`,
  };
  const { items, problems } = listPairs(folder, {
    dataset: covid19Radiography.kind,
    modality: 'x-ray',
    pictures: { ...file, directory: `${directory}images/` },
    masks: [{ ...file, directory: `${directory}masks/`, target: 'lung' }],
    item: plainItem,
  });
  return { items: items.map((item) => withPictureSize(folder, item)), problems };
}

/** Any pair of sizes but the published one is left for the build to judge. */
function withPictureSize(folder: SourceFolder, item: SourceItem): SourceItem {
  const targets = item.targets.map((target) => ({
    ...target,
    load: async () => {
      const mask = await target.load();
      if (mask.width !== MASK_SIDE || mask.height !== MASK_SIDE) return mask;
      const { width, height } = await folder.readPicture(item.picture.file);
      return width === PICTURE_SIDE && height === PICTURE_SIDE ? resizeMask(mask, width, height) : mask;
    },
  }));
  return { ...item, targets };
}
