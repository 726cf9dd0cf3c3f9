import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePicture } from '@prs-med/imaging/node';
import { type DatasetImage, type DatasetRecord, greyThumbnail, perceptualHash } from '../../src/index.js';
import { createImageWriter, createPairWriter, createTargetWriter } from '../../src/node/index.js';

/** A picture of coarse noise: the same seed gives the same, only brighter or darker. */
export interface Noise {
  seed: number;
  /** -20 to 20 */
  brightness?: number;
}

/**
 * Writes a PosMed folder of these images, each with a picture in `pictures`.
 * @param noiseOf the picture of an image, by its place in the list; each another one by default
 */
export async function writeFolder(
  folder: string,
  images: readonly DatasetImage[],
  noiseOf: (place: number) => Noise = (place) => ({ seed: place }),
): Promise<void> {
  await mkdir(join(folder, 'pictures'), { recursive: true });
  const writers = await Promise.all([
    createImageWriter(folder),
    createTargetWriter(folder),
    createPairWriter(folder),
  ]);
  for (const [place, { image, targets, pairs }] of images.entries()) {
    const { width, height } = image;
    const picture = { width, height, data: noise(width, height, noiseOf(place)) };
    const file = `pictures/${image.file}`;
    await writePicture(join(folder, file), picture);
    const sha256 = createHash('sha256')
      .update(await readFile(join(folder, file)))
      .digest('hex');
    await writers[0].write({
      ...image,
      file,
      sha256,
      perceptualHash: perceptualHash(greyThumbnail(picture)),
    });
    for (const row of targets) await writers[1].write(row);
    for (const row of pairs) await writers[2].write(row);
  }
  for (const writer of writers) await writer.close();
  await writeFile(join(folder, 'dataset.json'), JSON.stringify(recordOf(images)));
}

/** Blocks of 5 x 5 pixels in random greys. */
function noise(width: number, height: number, { seed, brightness = 0 }: Noise): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const block = Math.floor((i % width) / 5) + 97 * Math.floor(i / width / 5);
    const grey = createHash('md5').update(`${seed}:${block}`).digest()[0]! % 200;
    data.fill(grey + 20 + brightness, i * 3, i * 3 + 3);
  }
  return data;
}

function recordOf(images: readonly DatasetImage[]): DatasetRecord {
  const count = (of: (image: DatasetImage) => number) => images.reduce((sum, image) => sum + of(image), 0);
  return {
    schemaVersion: 1,
    generator: { name: 'template' },
    seed: 7,
    perImage: 1,
    laterality: 'image',
    zoneRule: 'box',
    sources: [
      {
        kind: 'made',
        title: 'Made pictures <of noise>',
        folder: 'pictures',
        licence: 'CC0-1.0',
        origin: 'the tests',
        images: images.length,
      },
    ],
    movedGroups: [],
    joinedGroups: [],
    problems: [],
    parser: { sentences: 0, coverage: 0, pairs: 0, agreement: 0 },
    counts: {
      images: images.length,
      targets: count(({ targets }) => targets.length),
      pairs: count(({ pairs }) => pairs.length),
      rejected: 0,
      splits: {},
      modalities: {},
      kinds: {},
      reasons: {},
    },
  };
}
