import { forEach } from '../dataset/for-each.js';
import { type MadePairs, makePairs } from '../dataset/make-pairs.js';
import type { ImageRow } from '../dataset/schema.js';
import type { BuildOptions } from './build-dataset.js';
import type { Journal } from './build-journal.js';
import { keyOf, type ReadableItem, type StoredItem } from './build-measure.js';

/** Pictures whose pairs are made at once; a generator that asks an endpoint bounds its requests itself. */
const GENERATED_AT_ONCE = 64;

/**
 * Makes the pairs of all images that the journal does not have yet, several images at once. Each image's are kept as
 * soon as they are there, for they may have cost money.
 * @param images of the items, in their order
 * @returns the keys of the pairs in the journal, in the order of the items
 */
export async function generatePairs(
  items: readonly ReadableItem[],
  images: readonly ImageRow[],
  measured: Journal<StoredItem>,
  generated: Journal<MadePairs>,
  options: BuildOptions,
): Promise<string[]> {
  const keys = new Array<string>(items.length);
  // A bank that was changed makes other pairs of the same rows.
  const bank = keyOf(options.bank);
  let done = 0;
  const generate = async ({ key: itemKey }: ReadableItem, index: number): Promise<void> => {
    const image = images[index]!;
    const { targets } = await measured.get(itemKey);
    const key = keyOf([image, targets, bank]);
    keys[index] = key;
    if (!generated.has(key))
      await generated.add(key, await makePairs(image, targets, options, options.signal));
    options.onProgress?.('generate', ++done, items.length);
  };
  await forEach(items, GENERATED_AT_ONCE, generate, options.signal);
  return keys;
}
