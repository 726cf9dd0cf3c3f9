import fc from 'fast-check';
import { describeTarget } from '../../src/position/describe-target.js';
import type { Scene } from '../../src/scene.js';
import { maskOf, type Rectangle } from '../made-mask.js';

export const SIZE = 64;

/** A scene of 64 x 64 pixels with rectangles for masks. */
export function sceneOf(modality: string, targets: Readonly<Record<string, readonly Rectangle[]>>): Scene {
  return {
    modality,
    width: SIZE,
    height: SIZE,
    targets: Object.entries(targets).map(([target, rectangles]) =>
      describeTarget(`made:${target}`, target, maskOf(SIZE, SIZE, rectangles)),
    ),
  };
}

/** Two lungs, one on each side. */
export const LUNGS: readonly Rectangle[] = [
  [6, 10, 20, 40],
  [38, 12, 20, 36],
];

/** Pictures as the sources have them, and targets that no vocabulary knows. */
const PICTURES: readonly { modality: string; targets: readonly string[] }[] = [
  { modality: 'endoscopy', targets: ['polyp'] },
  { modality: 'dermoscopy', targets: ['skin lesion'] },
  { modality: 'ultrasound', targets: ['breast tumour'] },
  { modality: 'mri', targets: ['brain tumour'] },
  { modality: 'x-ray', targets: ['lung'] },
  { modality: 'x-ray', targets: ['lung', 'heart', 'clavicle'] },
  { modality: 'ct', targets: ['lung', 'lung infection'] },
  { modality: 'ct', targets: ['heart', 'spinal cord', 'oesophagus', 'lung'] },
  { modality: 'oct', targets: ['unheard-of thing', 'odd focus'] },
];

const rectangle = fc
  .tuple(fc.nat(SIZE - 3), fc.nat(SIZE - 3), fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 }))
  .map((numbers): Rectangle => numbers);
const lung = fc
  .tuple(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 30 }), fc.integer({ min: 8, max: 30 }))
  .map(([x, y, height]): Rectangle => [x, y, 20, height]);

/** Masks of a target: none, one or several regions; paired organs more often as they are. */
function masks(target: string): fc.Arbitrary<readonly Rectangle[]> {
  const any = fc.array(rectangle, { maxLength: 4 });
  if (target !== 'lung' && target !== 'clavicle') return any;
  const pair = fc.tuple(lung, lung).map(([one, [x, ...rest]]): Rectangle[] => [one, [x + 32, ...rest]]);
  return fc.oneof({ weight: 3, arbitrary: pair }, { weight: 1, arbitrary: any });
}

/** Random scenes of all modalities. */
export const scenes: fc.Arbitrary<Scene> = fc
  .constantFrom(...PICTURES)
  .chain(({ modality, targets }) =>
    fc
      .tuple(...targets.map(masks))
      .map((drawn) => sceneOf(modality, Object.fromEntries(targets.map((name, at) => [name, drawn[at]!])))),
  );
