import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mask, Picture } from '@prs-med/imaging';
import { writeMask, writePicture } from '@prs-med/imaging/node';

/** `[x, y, width, height]` of a rectangle that is the target. */
export type Rectangle = [number, number, number, number];

export function maskOf(width: number, height: number, rectangles: readonly Rectangle[]): Mask {
  const data = new Uint8Array(width * height);
  for (const [left, top, across, down] of rectangles) {
    for (let y = top; y < Math.min(height, top + down); y++) {
      data.fill(1, y * width + left, y * width + Math.min(width, left + across));
    }
  }
  return { width, height, data };
}

/** Shows a mask as bright red on dark gray, so that a picture tells where its target is. */
export function pictureOf({ width, height, data }: Mask, gray = false): Picture {
  const rgb = new Uint8Array(width * height * 3);
  data.forEach((value, at) => {
    rgb.set(value === 0 ? [40, 40, 40] : gray ? [220, 220, 220] : [220, 60, 60], at * 3);
  });
  return { width, height, data: rgb };
}

interface MadeExample {
  name: string;
  modality: string;
  split: string;
  targets: Record<string, Rectangle[]>;
}

/** Twelve small pictures of three modalities, one with two targets, in a new temporary folder. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-data-'));
  await mkdir(join(folder, 'images'));
  await mkdir(join(folder, 'masks'));
  const rows = ['dataset,modality,target,image,mask,group,split,width,height'];
  for (const example of madeExamples()) {
    const [width, height] = [80, 64];
    const image = `images/${example.name}.png`;
    const all = maskOf(width, height, Object.values(example.targets).flat());
    await writePicture(join(folder, image), pictureOf(all, example.modality !== 'endoscopy'));
    for (const [target, rectangles] of Object.entries(example.targets)) {
      const mask = `masks/${example.name}-${target.replace(' ', '-')}.png`;
      await writeMask(join(folder, mask), maskOf(width, height, rectangles));
      rows.push(
        `made,${example.modality},${target},${image},${mask},made:${example.name},${example.split},${width},${height}`,
      );
    }
  }
  await writeFile(join(folder, 'index.csv'), `${rows.join('\n')}\n`);
  return folder;
}

function madeExamples(): MadeExample[] {
  const examples: MadeExample[] = [];
  for (let number = 0; number < 6; number++) {
    examples.push({
      name: `polyp${number}`,
      modality: 'endoscopy',
      split: number < 4 ? 'train' : 'val',
      targets: { polyp: [[4 + 9 * number, 6 + 5 * number, 18, 14]] },
    });
  }
  for (let number = 0; number < 3; number++) {
    examples.push({
      name: `lungs${number}`,
      modality: 'x-ray',
      split: 'train',
      targets: {
        lung: [
          [8, 10 + number, 24, 40],
          [48, 12, 22, 40],
        ],
      },
    });
    examples.push({
      name: `ct${number}`,
      modality: 'ct',
      split: number === 2 ? 'val' : 'train',
      targets: {
        lung: [
          [8, 16, 24, 36],
          [48, 16, 24, 36],
        ],
        'lung infection': [[10, 20 + 4 * number, 9, 9]],
      },
    });
  }
  return examples;
}
