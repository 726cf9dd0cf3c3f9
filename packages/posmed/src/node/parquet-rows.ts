import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { DatasetError } from '../dataset/dataset-error.js';
import { temporaryName, writeFailure } from './write-beside.js';

/** What a column holds. A whole number has 32 bits, a number 64; `nullable` columns may hold null. */
export type ColumnType = { nullable?: boolean } & (
  | { type: 'text' | 'whole' | 'number' | 'flag' | 'bytes' }
  | { type: 'list'; of: ColumnType }
  | { type: 'struct'; fields: Columns }
);

/** The columns of a file, or the fields of a struct, by name and in order. */
export type Columns = Readonly<Record<string, ColumnType>>;

const LEAVES = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  whole: { type: 'INT32' },
  number: { type: 'DOUBLE' },
  flag: { type: 'BOOLEAN' },
  bytes: { type: 'BYTE_ARRAY' },
} as const satisfies Record<string, Partial<SchemaElement>>;

/** The Parquet schema elements of a column, parents first; lists have the three levels that the format asks for. */
function elementsOf(name: string, column: ColumnType): SchemaElement[] {
  const repetition_type = column.nullable ? 'OPTIONAL' : 'REQUIRED';
  switch (column.type) {
    case 'list':
      return [
        { name, repetition_type, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elementsOf('element', column.of),
      ];
    case 'struct': {
      const fields = Object.entries(column.fields);
      return [
        { name, repetition_type, num_children: fields.length },
        ...fields.flatMap(([field, type]) => elementsOf(field, type)),
      ];
    }
    default:
      return [{ name, repetition_type, ...LEAVES[column.type] }];
  }
}

/** Hands each row group to the file, so that no more than one is in memory. */
class FileBytes extends ByteWriter {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    super(1 << 16);
    this.#file = file;
  }

  async flush(): Promise<void> {
    await this.#file.writeFile(this.getBytes());
    this.index = 0;
  }

  override async finish(): Promise<void> {
    await this.flush();
  }
}

/** How a Parquet file is written. */
export interface ParquetOptions {
  /** Rows that are kept in memory and written as one row group. */
  rowGroupSize: number;
  /** Key-value pairs for the file's footer. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes rows to a Parquet file (Snappy) in row groups of a fixed size. The bytes depend on rows and options alone.
 * The file is written beside and gets its name in `close`; after `abort`, or a kill, there is none of that name.
 */
export class ParquetRowWriter<Row extends object> {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #writer: ParquetWriter;
  readonly #names: readonly string[];
  readonly #rowGroupSize: number;
  #rows: Row[] = [];
  #bytes = 0;

  private constructor(
    path: string,
    temporary: string,
    file: FileHandle,
    columns: Columns,
    options: ParquetOptions,
  ) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#names = Object.keys(columns);
    this.#rowGroupSize = options.rowGroupSize;
    this.#writer = new ParquetWriter({
      writer: new FileBytes(file),
      schema: elementsOf('schema', { type: 'struct', fields: columns }).map((element, at) =>
        at === 0 ? { name: element.name, num_children: this.#names.length } : element,
      ),
      kvMetadata: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
      createdBy: 'prs-med',
    });
  }

  /** @throws DatasetError when the file cannot be made */
  static async create<Row extends object>(
    path: string,
    columns: Columns,
    options: ParquetOptions,
  ): Promise<ParquetRowWriter<Row>> {
    const temporary = temporaryName(path);
    try {
      return new ParquetRowWriter<Row>(path, temporary, await open(temporary, 'wx'), columns, options);
    } catch (error) {
      throw writeFailure(path, error);
    }
  }

  /** Bytes of the row groups that are written, without the one in memory. */
  get bytesWritten(): number {
    return this.#bytes;
  }

  /** @throws DatasetError when the disk refuses; the half-written file is then gone */
  async write(row: Row): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= this.#rowGroupSize) await this.#orAbort(() => this.#writeGroup());
  }

  /** Ends the row group before it is full, where rows are large. @throws DatasetError as `write` does */
  async flush(): Promise<void> {
    await this.#orAbort(() => this.#writeGroup());
  }

  /** Writes what is left and gives the file its name. @throws DatasetError as `write` does */
  async close(): Promise<void> {
    await this.#orAbort(async () => {
      await this.#writeGroup();
      await this.#writer.finish();
      await this.#file.close();
      await rename(this.#temporary, this.#path);
    });
  }

  /** Takes away what was written. May be called after a failure and more than once. */
  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  async #writeGroup(): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    await this.#writer.write({
      columnData: this.#names.map((name) => ({ name, data: rows.map((row) => row[name as keyof Row]) })),
      rowGroupSize: rows.length,
    });
    this.#bytes = this.#writer.writer.offset;
  }

  async #orAbort(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.abort();
      throw writeFailure(this.#path, error);
    }
  }
}

/**
 * The rows of a Parquet file, one row group in memory at a time, with the named columns only. Whole numbers come as
 * numbers, whatever the width in which another program wrote them.
 * @throws DatasetError when the file is missing, cut, no Parquet, lacks a column or is compressed otherwise than by Snappy
 */
export async function* readParquetRows(
  path: string,
  names: readonly string[],
): AsyncGenerator<Record<string, unknown>> {
  const { file, handle } = await openForReading(path);
  try {
    const metadata = await readMetadata(path, file);
    checkColumns(path, metadata, names);
    const wide = metadata.schema.some(({ type }) => type === 'INT64');
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      if (rowEnd === rowStart) continue;
      const rows = await parquetReadObjects({
        file,
        metadata,
        columns: [...names],
        rowStart,
        rowEnd,
        utf8: false,
      }).catch((error: unknown) => Promise.reject(readFailure(path, error)));
      for (const row of rows) {
        // hyparquet gives undefined for a list that is null.
        for (const name of names) row[name] ??= null;
        yield wide ? (narrowed(row) as Record<string, unknown>) : row;
      }
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

/** Checks that a Parquet file is whole as far as its footer tells, and has these columns. @throws DatasetError as {@link readParquetRows} */
export async function checkParquetFile(path: string, names: readonly string[]): Promise<void> {
  const { file, handle } = await openForReading(path);
  try {
    checkColumns(path, await readMetadata(path, file), names);
  } finally {
    await handle.close();
  }
}

async function openForReading(path: string): Promise<{ file: AsyncBuffer; handle: FileHandle }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const opened = handle;
    const { size } = await opened.stat();
    const slice = async (start: number, end: number = size): Promise<ArrayBuffer> => {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await opened.read(bytes, 0, bytes.length, start);
      if (bytesRead !== bytes.length) throw new Error('the file ends too early');
      return bytes.buffer;
    };
    return { file: { byteLength: size, slice }, handle };
  } catch (error) {
    await handle?.close();
    throw readFailure(path, error);
  }
}

async function readMetadata(path: string, file: AsyncBuffer): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(file);
  } catch (error) {
    throw readFailure(path, error);
  }
}

function checkColumns(path: string, metadata: FileMetaData, names: readonly string[]): void {
  const present = new Set(metadata.schema.map(({ name }) => name));
  const missing = names.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  throw new DatasetError(
    path,
    `it has no column ${missing.map((name) => `"${name}"`).join(', ')}`,
    'build the data set again, or write all its columns',
  );
}

/** A value with 64-bit whole numbers as numbers. */
function narrowed(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value) || value instanceof BigInt64Array) return Array.from(value, narrowed);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, narrowed(field)]));
}

function readFailure(path: string, error: unknown): DatasetError {
  const options = { cause: error };
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new DatasetError(path, 'there is no such file', 'build the data set again', options);
  }
  if (code !== undefined) {
    return new DatasetError(path, `it cannot be read (${code})`, 'check the file and the disk', options);
  }
  if (/unsupported compression codec/i.test(reason)) {
    return new DatasetError(path, reason.replace(/^parquet /, ''), 'write it with Snappy', options);
  }
  return new DatasetError(
    path,
    `it is damaged, cut short or no Parquet file (${reason})`,
    'copy it again or build the data set again',
    options,
  );
}
