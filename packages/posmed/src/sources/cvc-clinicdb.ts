import { findLayout } from './layout.js';
import { numberedFrames } from './numbered-frames.js';
import { listPairs } from './pairing.js';
import type { SourceAdapter } from './source.js';

/** The last frame of each of the 29 sequences. Source: src/convert.py of github.com/dataset-ninja/cvc-612. */
const LAST_FRAMES = [
  25, 50, 67, 78, 103, 126, 151, 177, 199, 205, 227, 252, 277, 297, 317, 342, 363, 383, 408, 428, 447, 466,
  478, 503, 528, 546, 571, 591, 612,
] as const;

/** `Original/1.tif` and `Ground Truth/1.tif`, also below `PNG` or `TIF`, or as `images` and `masks`. */
export const cvcClinicDb: SourceAdapter = {
  kind: 'cvc-clinicdb',
  title: 'CVC-ClinicDB (polyps)',
  modality: 'endoscopy',
  targets: ['polyp'],
  licence: 'for research and education, no commercial use',
  origin: 'Bernal et al., Computerized Medical Imaging and Graphics 43 (2015), 612 frames of 29 sequences',
  list: async (folder) => {
    const { root, wanted } = findLayout(folder, cvcClinicDb.title, [
      ['Original', 'Ground Truth'],
      ['PNG/Original', 'PNG/Ground Truth'],
      ['TIF/Original', 'TIF/Ground Truth'],
      ['CVC-ClinicDB/images', 'CVC-ClinicDB/masks'],
      ['images', 'masks'],
    ]);
    return listPairs(folder, {
      dataset: cvcClinicDb.kind,
      modality: 'endoscopy',
      pictures: numberedFrames(`${root}${wanted[0]}/`),
      masks: [{ ...numberedFrames(`${root}${wanted[1]}/`), target: 'polyp' }],
      item: (stem) => ({ id: stem, group: sequenceOf(Number(stem)), split: null }),
    });
  },
};

/** "sequence 1" to "sequence 29"; null for a frame that the set does not have. */
function sequenceOf(frame: number): string | null {
  const index = frame < 1 ? -1 : LAST_FRAMES.findIndex((last) => frame <= last);
  return index < 0 ? null : `sequence ${index + 1}`;
}
