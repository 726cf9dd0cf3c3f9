import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mask, Picture } from '@prs-med/imaging';
import { writeMask, writePicture } from '@prs-med/imaging/node';

const SIZE = 64;

/** A folder with an index.csv of drawn discs: `train` pictures to learn from and two for val. */
export async function makeData(train: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-data-'));
  await mkdir(join(folder, 'pictures'));
  const rows = ['dataset,modality,target,image,mask,group,split,width,height'];
  for (let i = 0; i < train + 2; i++) {
    const { picture, mask } = drawDisc(i);
    const [image, masked] = [`pictures/${i}.png`, `pictures/${i}.mask.png`];
    await writePicture(join(folder, image), picture);
    await writeMask(join(folder, masked), mask);
    const split = i < train ? 'train' : 'val';
    rows.push(`made,endoscopy,polyp,${image},${masked},g${i},${split},${SIZE},${SIZE}`);
  }
  await writeFile(join(folder, 'index.csv'), `${rows.join('\n')}\n`);
  return folder;
}

function drawDisc(index: number): { picture: Picture; mask: Mask } {
  const centre = [12 + ((index * 23) % 40), 12 + ((index * 37) % 40)] as const;
  const picture = { width: SIZE, height: SIZE, data: new Uint8Array(SIZE * SIZE * 3) };
  const mask = { width: SIZE, height: SIZE, data: new Uint8Array(SIZE * SIZE) };
  for (let i = 0; i < SIZE * SIZE; i++) {
    const inside = Math.hypot((i % SIZE) - centre[0], Math.floor(i / SIZE) - centre[1]) < 9;
    mask.data[i] = inside ? 1 : 0;
    picture.data.set(inside ? [220, 120, 90] : [90, 40, 40], i * 3);
  }
  return { picture, mask };
}
