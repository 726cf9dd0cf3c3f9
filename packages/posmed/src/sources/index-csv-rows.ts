import { type CsvError, parse } from 'csv-parse/browser/esm/sync';
import { MODALITIES, type Modality, SourceError, SPLITS, type Split } from './source.js';

/** One row of `index.csv`: one target of one picture. */
export interface IndexRow {
  /** Line of the file, counted from 1, for messages. */
  line: number;
  dataset: string;
  modality: Modality;
  target: string;
  image: string;
  mask: string;
  group: string;
  split: Split;
  width: number;
  height: number;
}

/** A picture with every target that is marked in it; paths are relative to the index. */
export interface IndexPicture extends Omit<IndexRow, 'target' | 'mask'> {
  targets: { target: string; mask: string }[];
}

const TEXT_COLUMNS = ['dataset', 'modality', 'target', 'image', 'mask', 'group', 'split'] as const;
const COLUMNS = [...TEXT_COLUMNS, 'width', 'height'] as const;

type Column = (typeof COLUMNS)[number];
type Fields = Partial<Record<Column, string>>;

/**
 * Reads the text of an index; `file` names it in errors.
 * @throws SourceError naming the file and the row
 */
export function parseIndexCsv(text: string, file: string): IndexRow[] {
  const rows: IndexRow[] = [];
  for (const { record, info } of readRecords(text, file)) rows.push(toRow(record, info.lines, file));
  if (rows.length === 0)
    throw new SourceError(file, 'no rows after the header', 'add one row per image and target');
  return rows;
}

/**
 * Joins the rows of the same picture, in the order of their first ones, and checks what a single row cannot show:
 * duplicates, and rows of a picture that contradict each other.
 * @throws SourceError naming the file and the row
 */
export function joinRows(rows: readonly IndexRow[], file: string): IndexPicture[] {
  const pictures = new Map<string, IndexPicture>();
  for (const row of rows) {
    const picture = pictures.get(row.image);
    if (picture) addTarget(picture, row, file);
    else {
      const { target, mask, ...about } = row;
      pictures.set(row.image, { ...about, targets: [{ target, mask }] });
    }
  }
  return [...pictures.values()];
}

interface RecordWithInfo {
  record: Fields;
  info: { lines: number };
}

function readRecords(text: string, file: string): RecordWithInfo[] {
  try {
    // csv-parse types `info: true` as plain records.
    return parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
      columns: (header: string[]) => checkHeader(header, file),
    }) as unknown as RecordWithInfo[];
  } catch (error) {
    const { code, message } = error as CsvError;
    if (!code) throw error;
    throw new SourceError(file, `not a well-formed CSV file: ${message}`, 'mend that line', { cause: error });
  }
}

function checkHeader(header: string[], file: string): string[] {
  const missing = COLUMNS.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(', ');
    throw rowError(file, 1, `missing column ${names} in the header`, 'add it');
  }
  return header;
}

function toRow(fields: Fields, line: number, file: string): IndexRow {
  for (const column of TEXT_COLUMNS) {
    if (!fields[column]) throw rowError(file, line, `empty value in column "${column}"`, 'fill it in');
  }
  const split = SPLITS.find((name) => name === fields.split);
  if (!split) throw rowError(file, line, `unknown split "${fields.split}"`, 'use train, val or test');
  const modality = MODALITIES.find((name) => name === fields.modality);
  if (!modality) {
    const problem = `unknown modality "${fields.modality}"`;
    throw rowError(file, line, problem, `use one of ${MODALITIES.join(', ')}`);
  }
  return {
    line,
    dataset: fields.dataset!,
    modality,
    target: fields.target!,
    image: fields.image!,
    mask: fields.mask!,
    group: fields.group!,
    split,
    width: toSize(fields, 'width', line, file),
    height: toSize(fields, 'height', line, file),
  };
}

function toSize(fields: Fields, column: 'width' | 'height', line: number, file: string): number {
  const value = Number(fields[column] || Number.NaN);
  if (Number.isInteger(value) && value > 0) return value;
  const problem = `${column} "${fields[column]}" is not a positive whole number`;
  throw rowError(file, line, problem, 'give the pixels of the image');
}

function addTarget(picture: IndexPicture, row: IndexRow, file: string): void {
  for (const column of ['dataset', 'modality', 'group', 'split', 'width', 'height'] as const) {
    if (row[column] !== picture[column]) {
      throw rowError(
        file,
        row.line,
        `${column} of image "${row.image}" is "${row[column]}" here and "${picture[column]}" in row ${picture.line}`,
        'make them the same',
      );
    }
  }
  if (picture.targets.some(({ target }) => target === row.target)) {
    const problem = `duplicate of image "${row.image}" with target "${row.target}"`;
    throw rowError(file, row.line, problem, 'leave one row');
  }
  if (picture.targets.some(({ mask }) => mask === row.mask)) {
    const problem = `mask "${row.mask}" stands for two targets of image "${row.image}"`;
    throw rowError(file, row.line, problem, 'give each target a mask of its own');
  }
  picture.targets.push({ target: row.target, mask: row.mask });
}

function rowError(file: string, line: number, problem: string, remedy: string): SourceError {
  return new SourceError(`${file}: row ${line}`, problem, remedy);
}
