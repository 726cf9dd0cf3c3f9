import { type CsvError, parse } from 'csv-parse/browser/esm/sync';
import { DatasetError } from '../dataset/dataset-error.js';
import { findDiagnosis } from '../language/diagnoses.js';
import { PAIR_KINDS, type PairKind } from '../pair.js';
import { parseTemplateText, TemplateSyntaxError, type TemplateText } from './template-text.js';

/** What a question template is used for: pairs to train on, or only pairs to test with. */
export type TemplateUse = 'train' | 'test';

export interface QuestionTemplate extends TemplateText {
  id: string;
  kind: PairKind;
  use: TemplateUse;
  text: string;
  /** Whether it asks if there is one, so that "yes" or "no" may begin the answer. */
  asksWhether: boolean;
}

export interface AnswerTemplate extends TemplateText {
  id: string;
  kind: PairKind;
  text: string;
  /** Whether it answers a question if there is one: by "Yes", "No" or "There", or by saying that there is none. */
  saysWhether: boolean;
  /** Whether it begins with "Yes," or "No,", and answers nothing else. */
  saysYesOrNo: boolean;
}

/** Templates by kind; a kind without one has none in its list. */
export interface TemplateBank {
  questions: Readonly<Record<PairKind, readonly QuestionTemplate[]>>;
  answers: Readonly<Record<PairKind, readonly AnswerTemplate[]>>;
}

/** What any template may hold. */
const COMMON_SLOTS: readonly string[] = ['image', 'target', 'targets'];

/** What question templates may hold beyond the common slots. */
export const QUESTION_SLOTS: Readonly<Record<PairKind, readonly string[]>> = {
  where: ['the target'],
  'which-region': ['the target'],
  'yes-and-where': ['the target', 'a target'],
  quadrant: ['the target'],
  side: ['the target', 'left or right'],
  'upper-or-lower': ['the target'],
  describe: ['the target'],
  pinpoint: ['the target'],
  precise: ['the target'],
  approximate: ['the target'],
  abnormal: ['a suspicion'],
  segment: ['the target'],
  'refer-zone': ['the target', 'a target', 'a suspicion', 'position', 'the position'],
  'refer-side': ['the sided target'],
  'refer-largest': ['largest'],
  'refer-all': ['all'],
  count: [],
  relation: ['comparison', 'same or opposite sides'],
  'multiple-choice': ['the target', 'options'],
  'absent-zone': ['the target', 'a target', 'a suspicion', 'position', 'the position'],
  'absent-target': ['the target', 'a target', 'the sided target'],
};

/** What answer templates may hold beyond the common slots. */
export const ANSWER_SLOTS: Readonly<Record<PairKind, readonly string[]>> = {
  where: ['the target', 'position'],
  'which-region': ['the target', 'position', 'the position'],
  'yes-and-where': ['the target', 'a target', 'position'],
  quadrant: ['the target', 'position', 'the position'],
  side: ['the target', 'position', 'the position'],
  'upper-or-lower': ['the target', 'position', 'the position'],
  describe: ['the target', 'position', 'count', 'area', 'width', 'height', 'places'],
  pinpoint: ['the target', 'position', 'the position'],
  precise: ['the target', 'position', 'the position', 'width', 'height'],
  approximate: ['the target', 'position', 'the position'],
  abnormal: ['the target', 'a target', 'position'],
  segment: ['the target', 'position'],
  'refer-zone': ['the target', 'a target', 'position'],
  'refer-side': ['the sided target', 'position'],
  'refer-largest': ['largest', 'position'],
  'refer-all': ['all', 'count', 'position', 'places'],
  count: ['count', 'position', 'places'],
  relation: ['comparison', 'position', 'sides'],
  'multiple-choice': ['the target', 'letter', 'position'],
  'absent-zone': ['the target', 'no target', 'position', 'the position', 'elsewhere'],
  'absent-target': ['no target'],
};

/** Slots of questions whether there is one. */
const WHETHER_SLOTS = ['a target', 'a suspicion'];
/** Kinds all of whose questions can be answered with yes or no, whatever their words. */
const YES_NO_KINDS: ReadonlySet<PairKind> = new Set(['yes-and-where', 'abnormal']);

/** How errors name the two files of a bank. */
export interface BankFiles {
  questions: string;
  answers: string;
}

/**
 * Reads the template bank from the texts of its two files.
 * @param questionsCsv columns id, kind, use, question
 * @param answersCsv columns id, kind, answer
 * @param files how errors name the two
 * @throws DatasetError that names the file, the row and what is wrong with it
 */
export function parseBank(
  questionsCsv: string,
  answersCsv: string,
  files: BankFiles = { questions: 'questions.csv', answers: 'answers.csv' },
): TemplateBank {
  const ids = new Map<string, string>();
  const questions = emptyLists<QuestionTemplate>();
  for (const row of readRows(questionsCsv, files.questions, ['id', 'kind', 'use', 'question'])) {
    const { id, kind, text, template } = readTemplate(row, 'question', QUESTION_SLOTS, ids);
    const { use } = row.fields;
    if (use !== 'train' && use !== 'test') {
      throw new DatasetError(row.where, `the use "${use}" is not known`, 'write train or test');
    }
    const asksWhether = YES_NO_KINDS.has(kind) || WHETHER_SLOTS.some((slot) => template.slots.includes(slot));
    questions[kind].push({ id, kind, use, text, asksWhether, ...template });
  }
  const answers = emptyLists<AnswerTemplate>();
  for (const row of readRows(answersCsv, files.answers, ['id', 'kind', 'answer'])) {
    const { id, kind, text, template } = readTemplate(row, 'answer', ANSWER_SLOTS, ids);
    const saysWhether = /^(?:yes|no|there)\b/i.test(text) || template.slots.includes('no target');
    const saysYesOrNo = /^(?:yes|no),/i.test(text);
    answers[kind].push({ id, kind, text, saysWhether, saysYesOrNo, ...template });
  }
  for (const kind of PAIR_KINDS) {
    if (questions[kind].length > 0 && answers[kind].length === 0) {
      throw new DatasetError(
        files.answers,
        `the kind "${kind}" has questions and no answer`,
        'add a row for it',
      );
    }
  }
  return { questions, answers };
}

interface Row {
  /** The file and the line. */
  where: string;
  fields: Readonly<Record<string, string>>;
}

function readRows(text: string, file: string, columns: readonly string[]): Row[] {
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    // csv-parse types `info: true` as plain records.
    records = parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
      columns: (header: string[]) => checkHeader(header, file, columns),
    }) as unknown as typeof records;
  } catch (error) {
    const { code, message } = error as CsvError;
    if (!code) throw error;
    throw new DatasetError(file, `it is no well-formed CSV: ${message}`, 'mend it in a spreadsheet', {
      cause: error,
    });
  }
  if (records.length === 0) {
    throw new DatasetError(file, 'it has no rows after the header', 'add one for each template');
  }
  return records.map(({ record, info }) => ({ where: `${file}: row ${info.lines}`, fields: record }));
}

function checkHeader(header: string[], file: string, columns: readonly string[]): string[] {
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const names = missing.map((column) => `"${column}"`).join(' and ');
    throw new DatasetError(`${file}: row 1`, `the header lacks ${names}`, `use ${columns.join(', ')}`);
  }
  return header;
}

interface ReadTemplate {
  id: string;
  kind: PairKind;
  text: string;
  template: TemplateText;
}

function readTemplate(
  { where, fields }: Row,
  column: 'question' | 'answer',
  slots: Readonly<Record<PairKind, readonly string[]>>,
  ids: Map<string, string>,
): ReadTemplate {
  for (const name of ['id', 'kind', column]) {
    if (!fields[name]) throw new DatasetError(where, `the column "${name}" is empty`, 'fill it in');
  }
  const id = fields.id!;
  const text = fields[column]!;
  const other = ids.get(id);
  if (other)
    throw new DatasetError(where, `the id "${id}" is that of ${other} too`, 'give it one of its own');
  ids.set(id, where);
  const kind = PAIR_KINDS.find((name) => name === fields.kind);
  if (!kind) {
    throw new DatasetError(where, `the kind "${fields.kind}" is not known`, `use ${PAIR_KINDS.join(', ')}`);
  }
  const template = readText(text, where);
  const side = /\b(?:left|right)\b/i.exec(text.replace(/\{[^}]*\}/g, ''));
  if (side) {
    const problem = `"${side[0]}" stands there and the template cannot say whose`;
    throw new DatasetError(where, problem, 'use a slot, as {position}');
  }
  const diagnosis = column === 'answer' ? findDiagnosis(text, '') : null;
  if (diagnosis) {
    throw new DatasetError(
      where,
      `the answer names a diagnosis, "${diagnosis}"`,
      'say only what a mask shows',
    );
  }
  const allowed = [...COMMON_SLOTS, ...slots[kind]];
  const unknown = template.slots.find((slot) => !allowed.includes(slot));
  if (unknown !== undefined) {
    const names = allowed.map((slot) => `{${slot}}`).join(', ');
    throw new DatasetError(
      where,
      `a template of the kind "${kind}" has no slot {${unknown}} in its ${column}`,
      `use ${names}`,
    );
  }
  return { id, kind, text, template };
}

function readText(text: string, where: string): TemplateText {
  try {
    return parseTemplateText(text);
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    throw new DatasetError(where, error.message, 'close each [ with ] and each { with }', { cause: error });
  }
}

function emptyLists<T>(): Record<PairKind, T[]> {
  return Object.fromEntries(PAIR_KINDS.map((kind) => [kind, [] as T[]])) as Record<PairKind, T[]>;
}
