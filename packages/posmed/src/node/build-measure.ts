import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePicture } from '@prs-med/imaging/node';
import { forEach } from '../dataset/for-each.js';
import type { ListedItem, ListedProblem } from '../dataset/list-sources.js';
import { type FileNames, faultOf, type MeasuredItem, measureItem } from '../dataset/measure-item.js';
import type { BuildOptions } from './build-dataset.js';
import { writeWhole } from './build-folder.js';
import type { Journal } from './build-journal.js';
import { relativeName } from './build-sources.js';

/** A measured item as JSON, with the thumbnail in base 64. */
export type StoredItem = Omit<MeasuredItem, 'thumbnail'> & { readonly thumbnail: string };

/** An item that could be read, and where the journal has what was measured. */
export interface ReadableItem {
  readonly listed: ListedItem;
  readonly key: string;
}

/** Pictures that are read at once: as many threads decode, and a decoded one may take 200 MB. */
const READ_AT_ONCE = 4;

/**
 * Measures all items that the journal does not have yet, several at once.
 * @returns the items that could be read and what is wrong with the others, both in the order given
 */
export async function measureItems(
  items: readonly ListedItem[],
  journal: Journal<StoredItem>,
  work: string,
  options: Pick<BuildOptions, 'out' | 'zoneRule' | 'signal' | 'onProgress'>,
): Promise<{ readable: ReadableItem[]; faults: ListedProblem[] }> {
  const { out, zoneRule, signal, onProgress } = options;
  const files = fileNames(out, work);
  const results = new Array<ReadableItem | ListedProblem>(items.length);
  let done = 0;
  const measure = async (listed: ListedItem, index: number): Promise<void> => {
    try {
      const key = await keyOfItem(listed);
      if (!journal.has(key)) {
        const { thumbnail, ...rest } = await measureItem(listed, files, zoneRule);
        await journal.add(key, { ...rest, thumbnail: Buffer.from(thumbnail).toString('base64') });
      }
      results[index] = { listed, key };
    } catch (error) {
      results[index] = faultOf(error, listed);
    }
    onProgress?.('measure', ++done, items.length);
  };
  await forEach(items, READ_AT_ONCE, measure, signal);
  return {
    readable: results.filter((result) => 'key' in result),
    faults: results.filter((result) => 'problem' in result),
  };
}

/** Changes when a file of the item does, or the item itself. */
async function keyOfItem({ id, item, source }: ListedItem): Promise<string> {
  const files = [item.picture.file, ...item.targets.flatMap((target) => target.files)];
  const states = await Promise.all(
    files.map(async (file) => {
      // A file that is gone is told of when it is read.
      const about = await stat(join(source.folder.name, file)).catch(() => undefined);
      return about && [about.size, about.mtimeMs];
    }),
  );
  const { dataset, modality, targets } = item;
  const names = targets.map((target) => [target.target, target.files]);
  return keyOf([id, dataset, modality, item.picture.file, names, states]);
}

/** A key of a journal for what a value depends on. */
export const keyOf = (dependence: unknown): string =>
  createHash('sha256').update(JSON.stringify(dependence)).digest('hex').slice(0, 32);

function fileNames(out: string, work: string): FileNames {
  return {
    nameOf: ({ source }, file) => relativeName(out, join(source.folder.name, file)),
    async keepPicture({ id }, picture) {
      const file = `images/${id.split('/').map(encodeURIComponent).join('/')}.png`;
      const bytes = await encodePicture(picture);
      await writeWhole(join(out, file), bytes, work);
      return { file, bytes };
    },
  };
}
