import { findLayout } from './layout.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter } from './source.js';

const MASK = /^(?<stem>IMD\d+)\/\k<stem>_lesion\/\k<stem>_lesion\.bmp$/;

/** Masks of colours and structures inside a lesion. */
const STRUCTURES = /^IMD\d+\/IMD\d+_roi\//;

/**
 * `PH2 Dataset images/IMD002/IMD002_Dermoscopic_Image/IMD002.bmp` and `IMD002_lesion/IMD002_lesion.bmp` beside it. The
 * set does not tell patients.
 */
export const ph2: SourceAdapter = {
  kind: 'ph2',
  title: 'PH2 (skin lesions)',
  modality: 'dermoscopy',
  targets: ['skin lesion'],
  licence: 'free for research and benchmarks, by registration; not verified',
  origin: 'Mendonca et al., IEEE Engineering in Medicine and Biology (2013) 5437, 200 pictures',
  list: async (folder) => {
    const { root, wanted } = findLayout(folder, ph2.title, [
      ['PH2 Dataset images'],
      ['IMD002/IMD002_Dermoscopic_Image'],
    ]);
    const directory = wanted[0] === 'PH2 Dataset images' ? `${root}${wanted[0]}/` : root;
    return listPairs(folder, {
      dataset: ph2.kind,
      modality: 'dermoscopy',
      pictures: {
        directory,
        pattern: /^(?<stem>IMD\d+)\/\k<stem>_Dermoscopic_Image\/\k<stem>\.bmp$/,
        name: (stem) => `${stem}/${stem}_Dermoscopic_Image/${stem}.bmp`,
        ignored: new RegExp(`${MASK.source}|${STRUCTURES.source}`),
      },
      masks: [
        {
          target: 'skin lesion',
          directory,
          pattern: MASK,
          name: (stem) => `${stem}/${stem}_lesion/${stem}_lesion.bmp`,
          // What is not of the layout was told with the pictures.
          ignored: /./,
        },
      ],
      item: plainItem,
    });
  },
};
