import { findLayout } from './layout.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter } from './source.js';

const FILE = { pattern: /^(?<stem>MCUCXR_\d+_[01])\.png$/, name: (stem: string) => `${stem}.png` };

/** `CXR_png/MCUCXR_0001_0.png`, and a mask for each lung in `ManualMask/leftMask` and `ManualMask/rightMask`. */
export const montgomery: SourceAdapter = {
  kind: 'montgomery',
  title: 'Montgomery County chest X-rays',
  modality: 'x-ray',
  targets: ['lung'],
  licence: 'public, of the National Library of Medicine; cite Jaeger et al.; not verified',
  origin: 'Jaeger et al., Quantitative Imaging in Medicine and Surgery 4 (2014), MontgomerySet, 138 pictures',
  list: async (folder) => {
    const { root } = findLayout(folder, montgomery.title, [
      ['CXR_png', 'ManualMask/leftMask', 'ManualMask/rightMask'],
    ]);
    return listPairs(folder, {
      dataset: montgomery.kind,
      modality: 'x-ray',
      pictures: { ...FILE, directory: `${root}CXR_png/` },
      masks: ['leftMask', 'rightMask'].map((side) => ({
        ...FILE,
        directory: `${root}ManualMask/${side}/`,
        target: 'lung',
      })),
      item: plainItem,
    });
  },
};
