import { maskArea } from '@prs-med/imaging';
import type { DatasetImage } from '../dataset/dataset-image.js';
import { decodeRle, RleError } from '../position/rle.js';
import { type Finding, Found } from './finding.js';

/** Finds masks that mark nothing or everything, and those that do not fit their image or their row. */
export function createMaskCheck(): { add(image: DatasetImage): void; findings(): Finding[] } {
  const empty = new Found();
  const full = new Found();
  const damaged = new Found();
  return {
    add({ image, targets }) {
      for (const { id, rle, area } of targets) {
        let marked: number;
        try {
          marked = maskArea(decodeRle(rle, image.width, image.height));
        } catch (error) {
          if (!(error instanceof RleError)) throw error;
          damaged.add(`${id}: ${error.message}`);
          continue;
        }
        if (marked !== area) damaged.add(`${id}: its row says ${area} pixels and its mask has ${marked}`);
        if (marked === 0) empty.add(id);
        if (marked === image.width * image.height) full.add(id);
      }
    },
    findings: () => [
      ...damaged.findings('damaged-mask', 'damage', 'a mask does not fit its image or its row; build again'),
      ...empty.findings(
        'empty-mask',
        'warning',
        'a mask marks nothing: a target that was looked for and is absent',
      ),
      ...full.findings('full-mask', 'warning', 'a mask marks the whole image; look whether it is one'),
    ],
  };
}
