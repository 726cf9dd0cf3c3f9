import { findLayout } from './layout.js';
import { numberedFrames } from './numbered-frames.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter } from './source.js';

/**
 * `ETIS-LaribPolypDB/1.tif` and `Ground Truth/p1.tif`, or `images/1.png` and `masks/1.png` as PraNet passes them on. The
 * set has 34 sequences and does not tell which frame is from which.
 */
export const etisLarib: SourceAdapter = {
  kind: 'etis-larib',
  title: 'ETIS-Larib Polyp DB',
  modality: 'endoscopy',
  targets: ['polyp'],
  licence: 'for research and education; not verified',
  origin:
    'Silva et al., International Journal of Computer Assisted Radiology and Surgery 9 (2014), 196 frames',
  list: async (folder) => {
    const { root, wanted } = findLayout(folder, etisLarib.title, [
      ['ETIS-LaribPolypDB', 'Ground Truth'],
      ['ETIS-LaribPolypDB/images', 'ETIS-LaribPolypDB/masks'],
      ['images', 'masks'],
    ]);
    const letter = wanted[1] === 'Ground Truth' ? 'p' : '';
    return listPairs(folder, {
      dataset: etisLarib.kind,
      modality: 'endoscopy',
      pictures: numberedFrames(`${root}${wanted[0]}/`),
      masks: [{ ...numberedFrames(`${root}${wanted[1]}/`, letter), target: 'polyp' }],
      item: plainItem,
    });
  },
};
