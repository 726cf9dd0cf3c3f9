import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Mask } from '@prs-med/imaging';
import { readMask } from '@prs-med/imaging/node';
import sharp from 'sharp';
import type { Prediction } from '../src/segmentation/prediction.js';

const path = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** Figures that the published evaluation code gave for the pictures in fixtures/segmentation. */
export function goldenSegmentation(): {
  dataset: Record<string, number>;
  per_image: Record<string, number>[];
} {
  return JSON.parse(readFileSync(path('segmentation.expected.json'), 'utf8'));
}

/** The 24 maps and masks that they are of. */
export async function goldenPairs(): Promise<{ prediction: Prediction; truth: Mask }[]> {
  return Promise.all(
    Array.from({ length: 24 }, async (_, i) => {
      const name = `${String(i).padStart(2, '0')}.png`;
      const bytes = await readFile(path(`segmentation/pred/${name}`));
      const { data, info } = await sharp(bytes)
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const prediction = { width: info.width, height: info.height, data: new Uint8Array(data) };
      return { prediction, truth: await readMask(path(`segmentation/gt/${name}`)) };
    }),
  );
}
