import { dirname, join, relative, resolve, sep } from 'node:path';
import { stringify } from 'csv-stringify/browser/esm/sync';
import { DatasetError } from '../dataset/dataset-error.js';
import type { PairStatus } from '../dataset/schema.js';
import { type ExportRow, exportRows, RELEASED_COLUMNS, releasedRow } from '../export/export-row.js';
import { IMAGE_COLUMNS, openPosMed, PAIR_COLUMNS } from './dataset-files.js';
import { readDatasetImages } from './dataset-images.js';
import { type Columns, ParquetRowWriter } from './parquet-rows.js';
import { TextWriter } from './text-writer.js';

/** A file that holds a data set's pairs. */
export type ExportFormat = 'csv' | 'jsonl' | 'parquet';

/** What is exported, and how. */
export interface ExportOptions {
  /** Pairs of these statuses. */
  statuses: ReadonlySet<PairStatus>;
  /** Called after each image. */
  onImage?(): void;
  signal?: AbortSignal;
}

/** What an export holds. */
export interface ExportCounts {
  /** Images with pairs in it. */
  images: number;
  pairs: number;
}

const { id: _, ...JOINED_IMAGE_COLUMNS } = IMAGE_COLUMNS;

/** The columns of a Parquet export: those of qa.parquet and images.parquet, and the truth's mask. */
const EXPORT_COLUMNS = {
  ...PAIR_COLUMNS,
  ...JOINED_IMAGE_COLUMNS,
  mask: { type: 'text' },
} as const satisfies Record<keyof ExportRow, Columns[string]>;

/** Something that rows are written to, and that may be given up. */
interface RowSink {
  write(row: ExportRow): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * Writes the pairs of a PosMed folder to one file, in the order of qa.parquet: CSV with the released columns, or JSON
 * lines or Parquet with all that is known of a pair and its image. Paths of pictures are relative to the file's folder.
 * @throws DatasetError when the folder cannot be read or the file not written; there is no half-written file then
 */
export async function exportFile(
  folder: string,
  format: ExportFormat,
  path: string,
  options: ExportOptions,
): Promise<ExportCounts> {
  await openPosMed(folder);
  const sink = await openSink(format, path);
  const counts: ExportCounts = { images: 0, pairs: 0 };
  const from = dirname(resolve(path));
  const fileOf = (file: string): string => relative(from, resolve(join(folder, file))).replaceAll(sep, '/');
  try {
    for await (const entry of readDatasetImages(folder)) {
      options.signal?.throwIfAborted();
      const rows = exportRows(entry, options.statuses, fileOf);
      for (const row of rows) await sink.write(row);
      if (rows.length > 0) counts.images++;
      counts.pairs += rows.length;
      options.onImage?.();
    }
    checkNotEmpty(folder, counts, options.statuses);
    await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  }
  return counts;
}

/** @throws DatasetError when nothing was exported, which nobody asks for */
export function checkNotEmpty(
  folder: string,
  { pairs }: ExportCounts,
  statuses: ReadonlySet<PairStatus>,
): void {
  if (pairs > 0) return;
  throw new DatasetError(
    folder,
    `none of its pairs is ${[...statuses].join(' or ')}`,
    'take pairs of another status with --status, or import votes first',
  );
}

async function openSink(format: ExportFormat, path: string): Promise<RowSink> {
  if (format === 'parquet')
    return ParquetRowWriter.create<ExportRow>(path, EXPORT_COLUMNS, { rowGroupSize: 5_000 });
  const writer = await TextWriter.create(path);
  if (format === 'csv') await writer.write(stringify([RELEASED_COLUMNS]));
  const line =
    format === 'csv'
      ? (row: ExportRow) => stringify([releasedRow(row)], { columns: [...RELEASED_COLUMNS] })
      : (row: ExportRow) => `${JSON.stringify(row)}\n`;
  return {
    write: (row) => writer.write(line(row)),
    close: () => writer.close(),
    abort: () => writer.abort(),
  };
}
