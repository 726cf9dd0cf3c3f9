import { join } from 'node:path';
import { DatasetError } from '../dataset/dataset-error.js';
import type { DatasetImage } from '../dataset/dataset-image.js';
import { DATASET_FILES, readImages, readPairs, readTargets } from './dataset-files.js';

/**
 * The images of a PosMed folder with their targets and pairs, in the order of images.parquet. The three tables are
 * read side by side, so that memory holds one row group of each, however large the folder is.
 * @throws DatasetError when a table cannot be read, or its rows are not in the order of images.parquet
 */
export async function* readDatasetImages(folder: string): AsyncGenerator<DatasetImage> {
  const targets = new RowsByImage(readTargets(folder));
  const pairs = new RowsByImage(readPairs(folder));
  try {
    for await (const image of readImages(folder)) {
      yield { image, targets: await targets.of(image.id), pairs: await pairs.of(image.id) };
    }
    await targets.expectEnd(join(folder, DATASET_FILES.targets));
    await pairs.expectEnd(join(folder, DATASET_FILES.pairs));
  } finally {
    await targets.close();
    await pairs.close();
  }
}

/** Hands out rows image by image. */
class RowsByImage<Row extends { id: string; image: string }> {
  readonly #rows: AsyncIterator<Row>;
  #next: IteratorResult<Row> | null = null;

  constructor(rows: AsyncIterator<Row>) {
    this.#rows = rows;
  }

  async of(image: string): Promise<Row[]> {
    const found: Row[] = [];
    this.#next ??= await this.#rows.next();
    while (!this.#next.done && this.#next.value.image === image) {
      found.push(this.#next.value);
      this.#next = await this.#rows.next();
    }
    return found;
  }

  async expectEnd(path: string): Promise<void> {
    this.#next ??= await this.#rows.next();
    if (this.#next.done) return;
    const { id, image } = this.#next.value;
    throw new DatasetError(
      path,
      `${DATASET_FILES.images} has no image "${image}" at the place of row "${id}"`,
      `sort its rows as the images are in ${DATASET_FILES.images}, or build the data set again`,
    );
  }

  async close(): Promise<void> {
    await this.#rows.return?.();
  }
}
