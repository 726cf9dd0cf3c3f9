import { type CsvError, parse } from 'csv-parse/browser/esm/sync';
import { stringify } from 'csv-stringify/browser/esm/sync';
import { CRITERIA, type Criterion, type Judgement, perCriterion } from './criteria.js';
import { ReviewError } from './review-error.js';

/** The columns in which experts vote. */
const CRITERION_COLUMNS: Readonly<Record<Criterion, string>> = {
  medicalAccuracy: 'medical_accuracy',
  positionalRelevance: 'positional_relevance',
  clinicalPlausibility: 'clinical_plausibility',
};

/** The columns of a votes file, in order. What is read back finds them by name. */
export const SHEET_COLUMNS = [
  'item',
  'batch',
  'reviewer',
  'modality',
  'image_file',
  'zones',
  'question',
  'answer',
  ...Object.values(CRITERION_COLUMNS),
  'comment',
] as const;

/** What a votes file must have: enough to know that a row is of this review and not of another. */
const NEEDED_COLUMNS = ['item', 'reviewer', 'question', 'answer', ...Object.values(CRITERION_COLUMNS)];

/** A row that is written: an item to judge, and the vote if it is cast. */
export interface SheetRow {
  item: number;
  batch: number;
  reviewer: string;
  modality: string;
  imageFile: string;
  zones: readonly string[];
  question: string;
  answer: string;
  judgement: Judgement | null;
  comment: string | null;
}

/** A vote that was read from a votes file. */
export interface SheetVote {
  /** As a spreadsheet counts: the header is row 1. */
  row: number;
  item: number;
  reviewer: string;
  question: string;
  answer: string;
  judgement: Judgement;
  comment: string | null;
}

/** The start of a votes file: a byte order mark, by which Excel knows UTF-8, and the header. */
export const SHEET_START = `\ufeff${SHEET_COLUMNS.join(',')}\r\n`;

/**
 * Rows of a votes file, with line ends. Criteria are "yes", "no" or empty. A text that a spreadsheet would take for a
 * formula (it begins with =, +, -, @, a tab or a line break) gets an apostrophe in front, which `parseVoteSheet` takes
 * away.
 */
export function formatSheetRows(rows: readonly SheetRow[]): string {
  const cells = rows.map(({ judgement, ...row }) => [
    row.item,
    row.batch,
    ...[row.reviewer, row.modality, row.imageFile, row.zones.join(', '), row.question, row.answer].map(guard),
    ...CRITERIA.map((criterion) => (judgement === null ? '' : judgement[criterion] ? 'yes' : 'no')),
    guard(row.comment ?? ''),
  ]);
  // Of itself it quotes the line end of records alone, and not each half of it.
  return stringify(cells, { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
}

/**
 * Reads a votes file as spreadsheets save it: UTF-8 or UTF-16, with or without a byte order mark, commas, semicolons or
 * tabs, any line ends, columns in any order and more of them, empty rows. Yes is "yes", "y", "true", "1" or "x", no is
 * "no", "n", "false" or "0", also as German and French spreadsheets say it, in capitals or not. A row without any vote
 * is left out.
 * @param file how errors call it
 * @throws ReviewError naming file, row and column: a row with some votes and not all, with a comment and no votes,
 * another word than yes or no, an item twice, no item number, a missing column, a file that is no CSV
 */
export function parseVoteSheet(file: string, bytes: Uint8Array): SheetVote[] {
  const [header, ...records] = readRecords(file, decodeText(file, bytes));
  const columns = findColumns(file, header ?? []);
  const problems: { row: number; column: string; problem: string; remedy: string }[] = [];
  const rowOfItem = new Map<number, number>();
  const votes: SheetVote[] = [];
  for (const [index, record] of records.entries()) {
    const row = index + 2;
    const cell = (column: string): string => record[columns.get(column) ?? -1]?.trim() ?? '';
    const refuse = (column: string, problem: string, remedy: string): void => {
      problems.push({ row, column, problem, remedy });
    };
    const judgement = readJudgement(cell, refuse);
    const comment = tidyComment(unguard(cell('comment')));
    if (judgement === 'none') {
      if (comment)
        refuse('comment', 'it has a comment and no votes', 'fill in the votes or clear the comment');
      continue;
    }
    const item = Number(cell('item'));
    if (!/^\d+$/.test(cell('item')) || item >= 2 ** 31) {
      refuse('item', `"${cell('item')}" is no item number`, 'put the number back that was exported');
      continue;
    }
    const earlier = rowOfItem.get(item);
    if (earlier !== undefined) {
      refuse('item', `item ${item} is in row ${earlier} too`, 'leave one of the rows');
    }
    rowOfItem.set(item, row);
    if (judgement === 'wrong') continue;
    const [reviewer, question, answer] = ['reviewer', 'question', 'answer'].map((name) =>
      unguard(cell(name)),
    );
    votes.push({ row, item, reviewer: reviewer!, question: question!, answer: answer!, judgement, comment });
  }
  const first = problems[0];
  if (!first) return votes;
  throw sheetError(
    file,
    first,
    problems.slice(1).map(({ row }) => row),
  );
}

/** An error in a votes file, with the rows of other errors. */
export function sheetError(
  file: string,
  { row, column, problem, remedy }: { row: number; column: string; problem: string; remedy: string },
  otherRows: readonly number[] = [],
): ReviewError {
  const rows = [...new Set(otherRows)].filter((other) => other !== row);
  const named = rows.slice(0, 10).join(', ');
  const more = rows.length > 10 ? ` and ${rows.length - 10} more` : '';
  const others = rows.length === 0 ? '' : ` (there are errors in rows ${named}${more} too)`;
  return new ReviewError(`${file}, row ${row}, column "${column}"`, `${problem}${others}`, remedy);
}

/** A comment as it is kept: without white space around it, line ends as one character; null when nothing is left. */
export const tidyComment = (text: string): string | null => text.replace(/\r\n?/g, '\n').trim() || null;

/** Whether two texts are the same apart from white space, which spreadsheets change. */
export const isSameText = (a: string, b: string): boolean => squeeze(a) === squeeze(b);

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

const YES = new Set(['yes', 'y', 'true', 't', '1', 'x', 'ja', 'wahr', 'oui', 'vrai']);
const NO = new Set(['no', 'n', 'false', 'f', '0', 'nein', 'falsch', 'non', 'faux']);

/** The votes of a row; "none" where all three are empty, "wrong" after `refuse` was told why. */
function readJudgement(
  cell: (column: string) => string,
  refuse: (column: string, problem: string, remedy: string) => void,
): Judgement | 'none' | 'wrong' {
  const answers = perCriterion((criterion) => cell(CRITERION_COLUMNS[criterion]).toLowerCase());
  if (CRITERIA.every((criterion) => answers[criterion] === '')) return 'none';
  let isWrong = false;
  for (const criterion of CRITERIA) {
    const answer = answers[criterion];
    if (YES.has(answer) || NO.has(answer)) continue;
    isWrong = true;
    const column = CRITERION_COLUMNS[criterion];
    if (answer === '') refuse(column, 'it is empty and other votes of the row are not', 'write yes or no');
    else refuse(column, `"${cell(column)}" is neither yes nor no`, 'write yes or no');
  }
  return isWrong ? 'wrong' : perCriterion((criterion) => YES.has(answers[criterion]));
}

/** A text that a spreadsheet takes for a formula, or one that already has the apostrophe. */
const FORMULA = /^'*[=+\-@\t\r\n]/;

const guard = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

const unguard = (text: string): string => (text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text);

function decodeText(file: string, bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ReviewError(file, 'it is not UTF-8', 'save it as "CSV UTF-8"', { cause: error });
  }
}

function readRecords(file: string, text: string): string[][] {
  try {
    return parse(text, {
      delimiter: delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
    });
  } catch (error) {
    const { code, message } = error as CsvError;
    if (!code) throw error;
    throw new ReviewError(
      file,
      `it is no well-formed CSV file (${message})`,
      'save it as "CSV UTF-8" again',
      {
        cause: error,
      },
    );
  }
}

/** By the header, whose names hold none of them. */
function delimiterOf(text: string): string {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const delimiters = [',', ';', '\t'].map((delimiter) => ({
    delimiter,
    parts: header.split(delimiter).length,
  }));
  return delimiters.reduce((best, next) => (next.parts > best.parts ? next : best)).delimiter;
}

/** Where each column is, by its name in small letters with "_" for spaces and dashes. */
function findColumns(file: string, header: readonly string[]): Map<string, number> {
  const columns = new Map<string, number>();
  for (const [index, title] of header.entries()) {
    const name = title
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, '_');
    if (columns.has(name) && (SHEET_COLUMNS as readonly string[]).includes(name)) {
      throw new ReviewError(`${file}, row 1`, `there are two columns "${name}"`, 'leave one of them');
    }
    columns.set(name, index);
  }
  const missing = NEEDED_COLUMNS.filter((name) => !columns.has(name));
  if (missing.length === 0) return columns;
  throw new ReviewError(
    `${file}, row 1`,
    `it has no column ${missing.map((name) => `"${name}"`).join(', ')}`,
    'keep the header that was exported',
  );
}
