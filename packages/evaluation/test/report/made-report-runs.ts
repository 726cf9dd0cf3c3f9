import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writePicture } from '@prs-med/imaging/node';
import type { RunRecord } from '../../src/run/schema.js';
import { drawn, EMPTY, type MadeRow, madeRun, mapOf, SIDE } from '../run/made-run.js';

export const CORNER = drawn('##', '##');
export const OTHER_CORNER = drawn('', '', '', '', '', '', '      ##', '      ##');

const inCorner = {
  truth: CORNER,
  answer: 'The polyp is in the top-left of the image.',
  zones: ['top-left' as const],
};

/**
 * Two whole polyps in the top left, found exactly and not at all; one answer names the right zone and one a wrong one. Then
 * a referring question whose mask has the other part, and an absent target that is denied with an empty mask.
 */
export const ROWS: readonly MadeRow[] = [
  {
    id: 'a:1',
    image: 'a',
    group: 'a',
    file: '../pictures/a.png',
    whole: true,
    ...inCorner,
    map: mapOf(CORNER),
    prediction: 'It is in the top-left of the image.',
    predictedPresent: true,
    presence: 0.9,
  },
  {
    id: 'b:1',
    image: 'b',
    group: 'b',
    file: '../pictures/b.png',
    whole: true,
    ...inCorner,
    map: mapOf(EMPTY),
    prediction: 'It is in the bottom-right | of the <image>.',
    predictedPresent: true,
    presence: 0.3,
  },
  {
    id: 'a:2',
    image: 'a',
    group: 'a',
    file: '../pictures/a.png',
    kind: 'refer-zone',
    question: 'Segment the polyp in the top-left.',
    ...inCorner,
    rest: OTHER_CORNER,
    map: mapOf(OTHER_CORNER),
    prediction: 'It is in the bottom-right of the image.',
    predictedPresent: true,
    presence: 0.8,
  },
  {
    id: 'b:2',
    image: 'b',
    group: 'b',
    file: '../pictures/b.png',
    kind: 'absent-target',
    target: 'lung',
    question: 'Where is the lung?',
    answer: 'There is no lung.',
    zones: [],
    map: mapOf(EMPTY),
    prediction: 'There is no lung.',
    predictedPresent: false,
    presence: 0.1,
  },
];

export const TRAINING = [
  { modality: 'endoscopy', answer: 'It is in the top-left of the image.', zones: ['top-left' as const] },
];

/** A run of the rows above. */
export const polypRun = (record: Partial<RunRecord> = {}, rows: readonly MadeRow[] = ROWS): Promise<string> =>
  madeRun(rows, { record, training: TRAINING });

/** A grey picture where rows of a run say that it lies. */
export async function writeGrey(run: string, file: string): Promise<void> {
  const path = join(run, file);
  await mkdir(dirname(path), { recursive: true });
  await writePicture(path, { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3).fill(120) });
}
