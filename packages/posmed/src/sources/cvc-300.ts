import { findLayout } from './layout.js';
import { numberedFrames } from './numbered-frames.js';
import { listPairs } from './pairing.js';
import type { SourceAdapter, Split } from './source.js';

/**
 * Frames of the parts of CVC-EndoSceneStill, which divides by patient.
 * Source: Vazquez et al., Journal of Healthcare Engineering (2017), as read by loaders of the set.
 */
const PARTS: readonly [first: number, last: number, split: Split][] = [
  [1, 76, 'train'],
  [77, 97, 'val'],
  [98, 148, 'train'],
  [149, 208, 'test'],
  [209, 220, 'val'],
  [221, 273, 'train'],
  [274, 300, 'val'],
];

/**
 * `bbdd/1.bmp` and `gtpolyp/1.bmp` of CVC-EndoSceneStill, or `images/149.png` and `masks/149.png` as PraNet passes its 60
 * test frames on. The frames are also in CVC-ColonDB. Which sequence a frame is from is not told.
 */
export const cvc300: SourceAdapter = {
  kind: 'cvc-300',
  title: 'CVC-300 (polyps)',
  modality: 'endoscopy',
  targets: ['polyp'],
  licence: 'for research and education; not verified',
  origin: 'Vazquez et al., Journal of Healthcare Engineering (2017), part of CVC-EndoSceneStill, 300 frames',
  list: async (folder) => {
    const { root, wanted } = findLayout(folder, cvc300.title, [
      ['bbdd', 'gtpolyp'],
      ['CVC-300/bbdd', 'CVC-300/gtpolyp'],
      ['CVC-300/images', 'CVC-300/masks'],
      ['images', 'masks'],
    ]);
    return listPairs(folder, {
      dataset: cvc300.kind,
      modality: 'endoscopy',
      pictures: numberedFrames(`${root}${wanted[0]}/`),
      masks: [{ ...numberedFrames(`${root}${wanted[1]}/`), target: 'polyp' }],
      item: (stem) => ({ id: stem, group: null, split: splitOf(Number(stem)) }),
    });
  },
};

function splitOf(frame: number): Split | null {
  return PARTS.find(([first, last]) => frame >= first && frame <= last)?.[2] ?? null;
}
