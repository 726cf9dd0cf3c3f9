import { drawWindow, readTiffValues } from '@prs-med/imaging';
import { LUNG_WINDOW } from './ct-slices.js';
import { findLayout } from './layout.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter, SourceFolder, SourceListing } from './source.js';

const FILE = {
  pattern: /^(?<stem>ID_\d+_Z_\d+)\.tif$/,
  name: (stem: string) => `${stem}.tif`,
};

/**
 * `2d_images/ID_0000_Z_0142.tif`, Hounsfield units as signed 16-bit values, and the masks of the same names in
 * `2d_masks`. Pictures are shown through the lung window. The set does not tell which slices are of one patient. Its
 * four volumes in `3d_images` are not read.
 */
export const kaggleLungCt: SourceAdapter = {
  kind: 'kaggle-lung-ct',
  title: 'Finding and Measuring Lungs in CT',
  modality: 'ct',
  targets: ['lung'],
  licence: 'not verified',
  origin: 'Kaggle, kmader/finding-lungs-in-ct-data, 267 slices',
  list: listSlices,
};

async function listSlices(folder: SourceFolder): Promise<SourceListing> {
  const { root } = findLayout(folder, kaggleLungCt.title, [['2d_images', '2d_masks']]);
  const { items, problems } = listPairs(folder, {
    dataset: kaggleLungCt.kind,
    modality: 'ct',
    pictures: { ...FILE, directory: `${root}2d_images/` },
    masks: [{ ...FILE, directory: `${root}2d_masks/`, target: 'lung' }],
    item: plainItem,
  });
  const values = async (file: string) =>
    readTiffValues(await folder.readBytes(file), `${folder.name}/${file}`);
  return {
    items: items.map(({ picture: { file }, targets, ...item }) => ({
      ...item,
      picture: { file, load: async () => drawWindow(await values(file), LUNG_WINDOW) },
      targets: targets.map(({ target, files }) => ({
        target,
        files,
        load: async () => {
          const { width, height, data: stored } = await values(files[0]!);
          const data = new Uint8Array(stored.length);
          for (let i = 0; i < data.length; i++) data[i] = stored[i] === 0 ? 0 : 1;
          return { width, height, data };
        },
      })),
    })),
    problems,
  };
}
