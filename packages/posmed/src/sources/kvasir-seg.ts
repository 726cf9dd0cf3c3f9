import { findLayout } from './layout.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter } from './source.js';

const FILE = { pattern: /^(?<stem>[^/]+)\.jpg$/, name: (stem: string) => `${stem}.jpg` };

/** `images/cju0qkwl35piu0993l0dewei2.jpg` and `masks/cju0qkwl35piu0993l0dewei2.jpg`. */
export const kvasirSeg: SourceAdapter = {
  kind: 'kvasir-seg',
  title: 'Kvasir-SEG (polyps)',
  modality: 'endoscopy',
  targets: ['polyp'],
  licence: 'for research and education; commercial use only with written permission',
  origin: 'Jha et al., MultiMedia Modeling (2020), datasets.simula.no/kvasir-seg, 1,000 pictures',
  list: async (folder) => {
    const { root } = findLayout(folder, kvasirSeg.title, [['images', 'masks']]);
    return listPairs(folder, {
      dataset: kvasirSeg.kind,
      modality: 'endoscopy',
      pictures: { ...FILE, directory: `${root}images/` },
      masks: [{ ...FILE, directory: `${root}masks/`, target: 'polyp' }],
      item: plainItem,
    });
  },
};
