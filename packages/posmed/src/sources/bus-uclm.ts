import { findLayout } from './layout.js';
import { listPairs } from './pairing.js';
import type { SourceAdapter } from './source.js';

const FILE = { pattern: /^(?<stem>[A-Z]{4}_\d+)\.png$/, name: (stem: string) => `${stem}.png` };

/** Patients of the authors' test part. Source: prepare_partitions.py of github.com/noeliavallez/BUS-UCLM-Dataset. */
const TEST_PATIENTS: readonly string[] = ['COPE', 'ANFO', 'ELCO', 'CRCI', 'FLKA'];

/**
 * `images/ALWI_000.png` and `masks/ALWI_000.png`: black, and green or red where a lesion is, so that both kinds are the
 * target and most masks are empty. The first four letters are the patient.
 */
export const busUclm: SourceAdapter = {
  kind: 'bus-uclm',
  title: 'BUS-UCLM (breast ultrasound)',
  modality: 'ultrasound',
  targets: ['breast tumour'],
  licence: 'CC BY 4.0',
  origin: 'Vallez et al., Scientific Data 12 (2025), Mendeley Data 7fvgj4jsp7, 683 pictures of 38 patients',
  list: async (folder) => {
    const { root } = findLayout(folder, busUclm.title, [['images', 'masks']]);
    return listPairs(folder, {
      dataset: busUclm.kind,
      modality: 'ultrasound',
      pictures: { ...FILE, directory: `${root}images/` },
      masks: [{ ...FILE, directory: `${root}masks/`, target: 'breast tumour' }],
      item: (stem) => {
        const group = stem.slice(0, 4);
        return { id: stem, group, split: TEST_PATIENTS.includes(group) ? 'test' : 'train' };
      },
    });
  },
};
