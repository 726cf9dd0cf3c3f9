import { createHash } from 'node:crypto';
import type { Zone } from '@prs-med/imaging';
import {
  type DatasetImage,
  describeTarget,
  encodeRle,
  type ImageRow,
  type PairRow,
  rowOfTarget,
  type Split,
} from '../../src/index.js';
import { maskOf, type Rectangle } from '../made-mask.js';

const SIDE = 40;

/** A small square in a zone of a picture of 40 x 40. */
export const SQUARES: Readonly<Record<Zone, Rectangle>> = {
  'top-left': [4, 4, 6, 6],
  'top-right': [30, 4, 6, 6],
  'bottom-left': [4, 30, 6, 6],
  'bottom-right': [30, 30, 6, 6],
  center: [17, 17, 6, 6],
};

/** An image with a polyp in a zone, or with none, and a true pair about it. */
export function madeImage(
  number: number,
  zone: Zone | null,
  rest: Partial<ImageRow> & { split: Split } = { split: 'train' },
): DatasetImage {
  const id = `made/${number}`;
  const image: ImageRow = {
    id,
    source: 'made',
    modality: 'endoscopy',
    group: `group-${number}`,
    file: `${number}.png`,
    width: SIDE,
    height: SIDE,
    sha256: createHash('sha256').update(id).digest('hex'),
    perceptualHash: createHash('md5').update(id).digest('hex').slice(0, 16),
    ...rest,
  };
  const mask = maskOf(SIDE, SIDE, zone ? [SQUARES[zone]] : []);
  const target = rowOfTarget(describeTarget(`${id}:polyp`, 'polyp', mask), {
    image: id,
    maskFile: null,
    rle: encodeRle(mask),
  });
  return { image, targets: [target], pairs: [madePair(id, 0, zone)] };
}

const WORDS: Readonly<Record<Zone, string>> = {
  'top-left': 'top left',
  'top-right': 'top right',
  'bottom-left': 'bottom left',
  'bottom-right': 'bottom right',
  center: 'center',
};

/** "Where is the polyp?", answered by a zone, or by there being none. */
export function madePair(
  image: string,
  number: number,
  zone: Zone | null,
  rest: Partial<PairRow> = {},
): PairRow {
  return {
    id: `${image}?${number}`,
    image,
    kind: zone ? 'where' : 'absent-target',
    template: 'where-1',
    question: 'Where is the polyp?',
    answer: zone ? `The polyp is in the ${WORDS[zone]} of the image.` : 'There is no polyp.',
    laterality: 'image',
    target: 'polyp',
    askedZones: [],
    askedSide: null,
    askedAll: true,
    zones: zone ? [zone] : [],
    targets: zone ? [`${image}:polyp`] : [],
    generator: 'template',
    status: 'checked',
    ...rest,
  };
}
