import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ImageRow, PairRow } from '../../src/dataset/schema.js';
import { createImageWriter, createPairWriter } from '../../src/node/dataset-files.js';

const MODALITIES = ['ct', 'endoscopy', 'ultrasound'] as const;
const KINDS = ['where', 'quadrant', 'absent-zone', 'count'] as const;
const ZONES = ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'center'] as const;

/** The id of a pair of a made folder. */
export const pairId = (index: number): string => `pair-${String(index).padStart(6, '0')}`;

/** A pair of a made folder: four to an image, of one modality in turn. */
export const madePair = (index: number): PairRow => {
  const zone = ZONES[index % 5]!;
  return {
    id: pairId(index),
    image: `image-${Math.floor(index / 4)}`,
    kind: KINDS[index % 4]!,
    template: 'where-01',
    question: `Where is finding ${index}, "roughly"?`,
    answer: `It lies in the ${zone} zone, as finding ${index} does.`,
    laterality: 'image',
    target: 'finding',
    askedZones: [],
    askedSide: null,
    askedAll: false,
    zones: [zone],
    targets: [`image-${Math.floor(index / 4)}/finding`],
    generator: 'template',
    status: 'checked',
  };
};

const madeImage = (index: number): ImageRow => ({
  id: `image-${index}`,
  source: 'made',
  modality: MODALITIES[index % 3]!,
  group: `group-${index}`,
  split: 'train',
  file: `images/${index}.png`,
  width: 64,
  height: 48,
  sha256: '0'.repeat(64),
  perceptualHash: '0'.repeat(16),
});

/** Writes images.parquet and qa.parquet with so many pairs. */
export async function writePairs(folder: string, pairs: Iterable<PairRow>): Promise<void> {
  const writer = await createPairWriter(folder);
  for (const pair of pairs) await writer.write(pair);
  await writer.close();
}

/** A folder, removed after the tests of this file, with images and so many pairs: what a review needs of a data set. */
export async function madeFolder(pairs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'posmed-review-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const images = await createImageWriter(folder);
  for (let index = 0; index < Math.ceil(pairs / 4); index++) await images.write(madeImage(index));
  await images.close();
  await writePairs(
    folder,
    Array.from({ length: pairs }, (_, index) => madePair(index)),
  );
  return folder;
}
