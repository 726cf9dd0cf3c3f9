import { type Grouping, groupPictures, type UngroupedPicture } from '../dataset/group-pictures.js';
import type { ImageRow } from '../dataset/schema.js';
import type { Journal } from './build-journal.js';
import type { ReadableItem, StoredItem } from './build-measure.js';

/** The rows of images.parquet, in the order of the items, and what grouping changed. */
export interface GroupedImages extends Omit<Grouping, 'places'> {
  readonly images: readonly ImageRow[];
}

/** Groups and splits what was measured. */
export async function groupItems(
  items: readonly ReadableItem[],
  journal: Journal<StoredItem>,
  seed: number,
): Promise<GroupedImages> {
  const measured: StoredItem['image'][] = [];
  const pictures: UngroupedPicture[] = [];
  for (const { listed, key } of items) {
    const { image, thumbnail } = await journal.get(key);
    const { dataset, group, split } = listed.item;
    measured.push(image);
    pictures.push({ ...image, dataset, group, split, thumbnail: Buffer.from(thumbnail, 'base64') });
  }
  const { places, ...changes } = groupPictures(pictures, seed);
  const images = measured.map((image, index) => ({ ...image, ...places[index]! }));
  return { images, ...changes };
}
