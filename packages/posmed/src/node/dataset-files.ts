import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { DatasetError } from '../dataset/dataset-error.js';
import {
  type DatasetRecord,
  datasetRecord,
  type ImageRow,
  imageRow,
  type PairRow,
  pairRow,
  SCHEMA_VERSION,
  type TargetRow,
  targetRow,
} from '../dataset/schema.js';
import { type Columns, checkParquetFile, ParquetRowWriter, readParquetRows } from './parquet-rows.js';

/** The files of a PosMed folder. */
export const DATASET_FILES = {
  record: 'dataset.json',
  images: 'images.parquet',
  targets: 'targets.parquet',
  pairs: 'qa.parquet',
  rejected: 'rejected.jsonl',
} as const;

const text = { type: 'text' } as const;
const optionalText = { type: 'text', nullable: true } as const;
const whole = { type: 'whole' } as const;
const flag = { type: 'flag' } as const;
const texts = { type: 'list', of: text } as const;
const box = { type: 'list', of: whole } as const;
const numbers = { type: 'list', of: { type: 'number' } } as const;

/** The columns of images.parquet, in order. */
export const IMAGE_COLUMNS = {
  id: text,
  source: text,
  modality: text,
  group: text,
  split: text,
  file: text,
  width: whole,
  height: whole,
  sha256: text,
  perceptualHash: text,
} as const satisfies Record<keyof ImageRow, Columns[string]>;

/** The columns of targets.parquet, in order; regions are a list of structs. */
export const TARGET_COLUMNS = {
  id: text,
  image: text,
  target: text,
  maskFile: optionalText,
  rle: text,
  zone: optionalText,
  nearCenter: flag,
  box: { ...box, nullable: true },
  area: whole,
  quarters: numbers,
  regions: {
    type: 'list',
    of: { type: 'struct', fields: { zone: text, nearCenter: flag, box, centroid: numbers, area: whole } },
  },
} as const satisfies Record<keyof TargetRow, Columns[string]>;

/** The columns of qa.parquet, in order. */
export const PAIR_COLUMNS = {
  id: text,
  image: text,
  kind: text,
  template: text,
  question: text,
  answer: text,
  laterality: text,
  target: text,
  askedZones: texts,
  askedSide: optionalText,
  askedAll: flag,
  zones: texts,
  targets: texts,
  generator: text,
  status: text,
} as const satisfies Record<keyof PairRow, Columns[string]>;

/**
 * Writes images.parquet of a folder that exists: `write(row)`, then `close()`, which gives the file its name, or
 * `abort()`. Rows are in an order that the other files keep: targets and pairs of an image stand together, and the
 * images in both files follow each other as here.
 * @throws DatasetError when the file cannot be made
 */
export const createImageWriter = (folder: string): Promise<ParquetRowWriter<ImageRow>> =>
  ParquetRowWriter.create(join(folder, DATASET_FILES.images), IMAGE_COLUMNS, { rowGroupSize: 10_000 });

/** Writes targets.parquet as {@link createImageWriter} does images.parquet. */
export const createTargetWriter = (folder: string): Promise<ParquetRowWriter<TargetRow>> =>
  ParquetRowWriter.create(join(folder, DATASET_FILES.targets), TARGET_COLUMNS, { rowGroupSize: 2_000 });

/** Writes qa.parquet as {@link createImageWriter} does images.parquet. */
export const createPairWriter = (folder: string): Promise<ParquetRowWriter<PairRow>> =>
  ParquetRowWriter.create(join(folder, DATASET_FILES.pairs), PAIR_COLUMNS, { rowGroupSize: 20_000 });

/**
 * The rows of images.parquet, checked, one row group in memory at a time.
 * @throws DatasetError naming file, row and column when the file cannot be read or a value is not of the schema
 */
export const readImages = (folder: string): AsyncGenerator<ImageRow> =>
  readRows(join(folder, DATASET_FILES.images), IMAGE_COLUMNS, imageRow);

/** The rows of targets.parquet, as {@link readImages}. */
export const readTargets = (folder: string): AsyncGenerator<TargetRow> =>
  readRows(join(folder, DATASET_FILES.targets), TARGET_COLUMNS, targetRow);

/** The rows of qa.parquet, as {@link readImages}. */
export const readPairs = (folder: string): AsyncGenerator<PairRow> =>
  readRows(join(folder, DATASET_FILES.pairs), PAIR_COLUMNS, pairRow);

async function* readRows<Row>(path: string, columns: Columns, schema: z.ZodType<Row>): AsyncGenerator<Row> {
  let line = 0;
  for await (const row of readParquetRows(path, Object.keys(columns))) {
    line++;
    const checked = schema.safeParse(row);
    if (!checked.success) {
      const { path: where, message } = checked.error.issues[0]!;
      throw new DatasetError(
        path,
        `row ${line}, column "${where.join('.')}": ${message}`,
        'mend the row or build the data set again',
      );
    }
    yield checked.data;
  }
}

/**
 * Reads dataset.json of a PosMed folder and checks that its three tables are there, whole and with all columns.
 * @returns what dataset.json says
 * @throws DatasetError when there is no such folder, its build is not finished, a newer version wrote it, or a table
 * is missing, cut or lacks a column
 */
export async function openPosMed(folder: string): Promise<DatasetRecord> {
  const record = await readRecord(folder);
  const tables = [
    [DATASET_FILES.images, IMAGE_COLUMNS],
    [DATASET_FILES.targets, TARGET_COLUMNS],
    [DATASET_FILES.pairs, PAIR_COLUMNS],
  ] as const;
  for (const [file, columns] of tables) await checkParquetFile(join(folder, file), Object.keys(columns));
  return record;
}

async function readRecord(folder: string): Promise<DatasetRecord> {
  const path = join(folder, DATASET_FILES.record);
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new DatasetError(
      folder,
      `this is no finished PosMed folder: it has no ${DATASET_FILES.record}`,
      'name another folder, or finish the build with prs-med dataset build --resume',
      { cause: error },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new DatasetError(path, 'it is not JSON', 'build the data set again', { cause: error });
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > SCHEMA_VERSION) {
    throw new DatasetError(
      path,
      `a newer version wrote it (schema ${version}; this one reads ${SCHEMA_VERSION})`,
      'update prs-med',
    );
  }
  const checked = datasetRecord.safeParse(value);
  if (checked.success) return checked.data;
  const { path: where, message } = checked.error.issues[0]!;
  throw new DatasetError(path, `"${where.join('.')}": ${message}`, 'build the data set again');
}

/**
 * Writes qa.parquet again with what `update` makes of each row, for statuses that a review decided. The file is
 * replaced at the end, at once; a reader that is at work goes on with the old one.
 * @returns how many rows changed, which is how often `update` returned another object than it got
 * @throws DatasetError when the file cannot be read or written; it is then as it was
 */
export async function rewritePairs(folder: string, update: (row: PairRow) => PairRow): Promise<number> {
  const writer = await createPairWriter(folder);
  let changed = 0;
  try {
    for await (const row of readPairs(folder)) {
      const updated = update(row);
      if (updated !== row) changed++;
      await writer.write(updated);
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return changed;
}
