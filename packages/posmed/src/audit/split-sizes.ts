import type { DatasetImage } from '../dataset/dataset-image.js';
import { SPLITS, type Split } from '../sources/source.js';
import { type Finding, Found } from './finding.js';

/** What a split holds of a modality. */
export interface SplitSize {
  modality: string;
  split: Split;
  images: number;
  groups: number;
  pairs: number;
}

/** Counts images, groups and pairs, and warns of modalities that a split lacks. */
export function createSizeCheck(): {
  add(image: DatasetImage): void;
  /** By modality in the order of their names, then by split. */
  sizes(): SplitSize[];
  findings(): Finding[];
} {
  const modalities = new Map<string, Record<Split, { images: number; groups: Set<string>; pairs: number }>>();
  const none = () => ({ images: 0, groups: new Set<string>(), pairs: 0 });
  return {
    add({ image, pairs }) {
      let splits = modalities.get(image.modality);
      if (!splits) {
        splits = { train: none(), val: none(), test: none() };
        modalities.set(image.modality, splits);
      }
      const size = splits[image.split];
      size.images++;
      size.groups.add(image.group);
      size.pairs += pairs.length;
    },
    sizes: () =>
      [...modalities]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([modality, splits]) =>
          SPLITS.map((split) => ({ modality, split, ...splits[split], groups: splits[split].groups.size })),
        ),
    findings() {
      const missing = new Found();
      for (const [modality, splits] of modalities) {
        for (const split of SPLITS) if (splits[split].images === 0) missing.add(`no ${modality} in ${split}`);
      }
      return missing.findings('empty-split', 'warning', 'a split has no image of a modality');
    },
  };
}
