import { findLayout } from './layout.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter } from './source.js';

const FILE = { pattern: /^(?<stem>\d{6})\.png$/, name: (stem: string) => `${stem}.png` };

/** `original/000001.png` and `GT/000001.png`. */
export const udiatB: SourceAdapter = {
  kind: 'udiat-b',
  title: 'UDIAT-B (breast ultrasound, Dataset B)',
  modality: 'ultrasound',
  targets: ['breast tumour'],
  licence: 'for research, given by its authors on request; not verified',
  origin: 'Yap et al., IEEE Journal of Biomedical and Health Informatics 22 (2018), 163 pictures',
  list: async (folder) => {
    const { root } = findLayout(folder, udiatB.title, [['original', 'GT']]);
    return listPairs(folder, {
      dataset: udiatB.kind,
      modality: 'ultrasound',
      pictures: { ...FILE, directory: `${root}original/` },
      masks: [{ ...FILE, directory: `${root}GT/`, target: 'breast tumour' }],
      item: plainItem,
    });
  },
};
