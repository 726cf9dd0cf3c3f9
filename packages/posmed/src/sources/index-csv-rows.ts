import { type CsvError, parse } from 'csv-parse/browser/esm/sync';
import { SourceError, SPLITS, type Split } from './source.js';

/** One row of `index.csv`: one target of one picture. */
export interface IndexRow {
  /** Line of the file, counted from 1, for messages. */
  line: number;
  dataset: string;
  modality: string;
  target: string;
  image: string;
  mask: string;
  group: string;
  split: Split;
  width: number;
  height: number;
}

/** A target of a picture, and the mask that marks it. */
export interface ExampleTarget {
  target: string;
  mask: string;
}

/** A picture with every target that is marked in it; paths are relative to the data folder. */
export interface Example {
  /** The picture's path, which is unique in a folder. */
  id: string;
  image: string;
  dataset: string;
  modality: string;
  group: string;
  split: Split;
  width: number;
  height: number;
  targets: ExampleTarget[];
}

const TEXT_COLUMNS = ['dataset', 'modality', 'target', 'image', 'mask', 'group', 'split'] as const;
const COLUMNS = [...TEXT_COLUMNS, 'width', 'height'] as const;

type Column = (typeof COLUMNS)[number];
type Fields = Partial<Record<Column, string>>;

/**
 * Reads the text of an index; `file` names it in errors.
 * @throws SourceError naming the file and the row
 */
export function parseIndexCsv(text: string, file = 'index.csv'): IndexRow[] {
  const rows: IndexRow[] = [];
  for (const { record, info } of readRecords(text, file)) rows.push(toRow(record, info.lines, file));
  if (rows.length === 0)
    throw new SourceError(file, 'no rows after the header', 'add one row per image and target');
  return rows;
}

/** A group with rows in several splits, so that what is learnt in one is known in another. */
export interface GroupLeak {
  group: string;
  /** The most protected of its splits: test, then val, then train. */
  kept: Split;
  /** First row in the kept split, and in another. */
  keptLine: number;
  otherLine: number;
  /** Rows that are in other splits. */
  dropped: number;
  /** Every split that it is in. */
  splits: Split[];
}

/** How an index is joined. */
export interface JoinOptions {
  /** Names the index in errors. */
  file?: string;
  /**
   * A group in two splits is an error. With this, it is told instead: on 'drop' only the group's rows in its most
   * protected split stay, on 'keep' all do. No row changes its split.
   */
  onLeak?: (leak: GroupLeak) => 'drop' | 'keep';
}

/**
 * Joins the rows of the same picture, and checks what a single row cannot show: duplicates, rows of a picture
 * that contradict each other, and groups that are in two splits (a leak).
 * @throws SourceError naming the file and the row
 */
export function joinExamples(rows: readonly IndexRow[], options: JoinOptions = {}): Example[] {
  const { file = 'index.csv', onLeak } = options;
  const examples = new Map<string, Example>();
  const firstRows = new Map<string, IndexRow>();
  for (const row of rows) {
    const example = examples.get(row.image);
    if (example) {
      addTarget(example, row, firstRows.get(row.image)!, file);
    } else {
      firstRows.set(row.image, row);
      examples.set(row.image, newExample(row));
    }
  }
  const kept = new Map<string, Split>();
  for (const leak of findLeaks(rows)) {
    if (!onLeak) throw leakError(leak, rows, file);
    if (onLeak(leak) === 'drop') kept.set(leak.group, leak.kept);
  }
  return [...examples.values()].filter(({ group, split }) => (kept.get(group) ?? split) === split);
}

/** The groups that are in more than one split. */
export function findLeaks(rows: readonly IndexRow[]): GroupLeak[] {
  const groups = new Map<string, IndexRow[]>();
  for (const row of rows) {
    const members = groups.get(row.group);
    if (members) members.push(row);
    else groups.set(row.group, [row]);
  }
  const leaks: GroupLeak[] = [];
  for (const [group, members] of groups) {
    const kept = (['test', 'val', 'train'] as const).find((name) =>
      members.some(({ split }) => split === name),
    )!;
    const others = members.filter(({ split }) => split !== kept);
    if (others.length === 0) continue;
    const keptLine = members.find(({ split }) => split === kept)!.line;
    const splits = [...new Set(members.map(({ split }) => split))];
    leaks.push({ group, kept, keptLine, otherLine: others[0]!.line, dropped: others.length, splits });
  }
  return leaks;
}

/** `parseIndexCsv` and `joinExamples` in one. */
export function parseExamples(text: string, options: JoinOptions = {}): Example[] {
  return joinExamples(parseIndexCsv(text, options.file), options);
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
  return {
    line,
    dataset: fields.dataset!,
    modality: fields.modality!,
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

function newExample(row: IndexRow): Example {
  const { image, dataset, modality, group, split, width, height, target, mask } = row;
  return {
    id: image,
    image,
    dataset,
    modality,
    group,
    split,
    width,
    height,
    targets: [{ target, mask }],
  };
}

function addTarget(example: Example, row: IndexRow, first: IndexRow, file: string): void {
  for (const column of ['dataset', 'modality', 'group', 'split', 'width', 'height'] as const) {
    if (row[column] !== first[column]) {
      throw rowError(
        file,
        row.line,
        `${column} of image "${row.image}" is "${row[column]}" here and "${first[column]}" in row ${first.line}`,
        'make them the same',
      );
    }
  }
  if (example.targets.some(({ target }) => target === row.target)) {
    const problem = `duplicate of image "${row.image}" with target "${row.target}"`;
    throw rowError(file, row.line, problem, 'leave one row');
  }
  if (example.targets.some(({ mask }) => mask === row.mask)) {
    const problem = `mask "${row.mask}" stands for two targets of image "${row.image}"`;
    throw rowError(file, row.line, problem, 'give each target a mask of its own');
  }
  example.targets.push({ target: row.target, mask: row.mask });
}

function leakError(leak: GroupLeak, rows: readonly IndexRow[], file: string): Error {
  const [first, second] = [leak.keptLine, leak.otherLine].sort((a, b) => a - b);
  const splitOf = (line?: number) => rows.find((row) => row.line === line)!.split;
  return rowError(
    file,
    second!,
    `group "${leak.group}" is in split "${splitOf(second)}" here and in "${splitOf(first)}" in row ${first}, ` +
      'which leaks',
    'keep a group in one split',
  );
}

function rowError(file: string, line: number, problem: string, remedy: string): SourceError {
  return new SourceError(`${file}: row ${line}`, problem, remedy);
}
