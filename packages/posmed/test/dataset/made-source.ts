import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mask, Picture } from '@prs-med/imaging';
import { writeMask, writePicture } from '@prs-med/imaging/node';
import { createRandom } from '../../src/random.js';

const WIDTH = 48;
const HEIGHT = 40;

/** A picture of coloured noise, unlike that of any other number. */
export function madePicture(number: number, width = WIDTH, height = HEIGHT): Picture {
  const random = createRandom(number, 'picture', 0);
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => random.integer(256)) };
}

/** A mask with one or two rectangles; every seventh is empty. */
export function madeRectangles(number: number, width = WIDTH, height = HEIGHT): Mask {
  const random = createRandom(number, 'mask', 0);
  const data = new Uint8Array(width * height);
  for (let part = number % 7 === 0 ? 2 : random.integer(2); part < 2; part++) {
    const left = random.integer(width - 12);
    const top = random.integer(height - 12);
    for (let y = top; y < top + 10; y++) data.fill(1, y * width + left, y * width + left + 10);
  }
  return { width, height, data };
}

/**
 * Makes a folder of the kind index-csv: pictures of two sets, `scans` with groups and official splits, and every third
 * one of `others`, with two targets.
 * @returns the folder
 */
export async function makeIndexSource(folder: string, count: number): Promise<string> {
  const rows = ['dataset,modality,target,image,mask,group,split,width,height'];
  await Promise.all(['images', 'masks'].map((name) => mkdir(join(folder, name), { recursive: true })));
  for (let i = 0; i < count; i++) {
    const image = `images/${i}.png`;
    await writePicture(join(folder, image), madePicture(i));
    const isOther = i % 3 === 2;
    for (const [number, target] of (isOther ? ['lung', 'lung infection'] : ['brain tumour']).entries()) {
      const mask = `masks/${i}-${number}.png`;
      await writeMask(join(folder, mask), madeRectangles(i + 1000 * number));
      const group = `${isOther ? 'others' : 'scans'}:g${Math.floor(i / 6)}`;
      const split = ['train', 'train', 'val', 'test'][Math.floor(i / 6) % 4];
      const set = isOther ? 'others,ct' : 'scans,mri';
      rows.push(`${set},${target},${image},${mask},${group},${split},${WIDTH},${HEIGHT}`);
    }
  }
  await writeFile(join(folder, 'index.csv'), `${rows.join('\n')}\n`);
  return folder;
}

/**
 * Makes a folder of the kind folder-pair, without groups and splits.
 * @returns the folder
 */
export async function makeFolderPair(folder: string, count: number, name = 'polyps'): Promise<string> {
  await Promise.all(['images', 'masks'].map((part) => mkdir(join(folder, part), { recursive: true })));
  const about = { modality: 'endoscopy', target: 'polyp', name };
  await writeFile(join(folder, 'source.json'), JSON.stringify(about));
  for (let i = 0; i < count; i++) {
    await writePicture(join(folder, `images/${i}.png`), madePicture(5000 + i));
    await writeMask(join(folder, `masks/${i}.png`), madeRectangles(5001 + i));
  }
  return folder;
}
