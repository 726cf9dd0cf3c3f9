import { findLayout } from './layout.js';
import { numberedFrames } from './numbered-frames.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter } from './source.js';

/** Masks of the polyp's edge and of what shows nothing, and the masks of polyps, in the folder of the pictures. */
const BESIDE_PICTURES = /^(?:p|c|cp|s)\d+\.(?:tiff?|png|bmp|jpg)$/;

/**
 * `1.tiff` and `p1.tiff` in one folder, or `images/1.png` and `masks/1.png` as PraNet passes them on. The frames of
 * CVC-300 are among them.
 */
export const cvcColonDb: SourceAdapter = {
  kind: 'cvc-colondb',
  title: 'CVC-ColonDB (polyps)',
  modality: 'endoscopy',
  targets: ['polyp'],
  licence: 'for research and education; not verified',
  origin: 'Bernal et al., Pattern Recognition 45 (2012), 380 frames of 15 sequences',
  list: async (folder) => {
    const { root, wanted } = findLayout(folder, cvcColonDb.title, [
      ['1.tiff', 'p1.tiff'],
      ['1.tif', 'p1.tif'],
      ['1.bmp', 'p1.bmp'],
      ['CVC-ColonDB/images', 'CVC-ColonDB/masks'],
      ['images', 'masks'],
    ]);
    const together = wanted[1].startsWith('p');
    const [pictures, masks] = together ? [root, root] : [`${root}${wanted[0]}/`, `${root}${wanted[1]}/`];
    return listPairs(folder, {
      dataset: cvcColonDb.kind,
      modality: 'endoscopy',
      pictures: { ...numberedFrames(pictures), ...(together && { ignored: BESIDE_PICTURES }) },
      masks: [
        {
          ...numberedFrames(masks, together ? 'p' : ''),
          ...(together && { ignored: /./ }),
          target: 'polyp',
        },
      ],
      item: plainItem,
    });
  },
};
