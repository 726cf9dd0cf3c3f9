import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../../src/dataset/dataset-error.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
import { ADDED_KINDS, PAIR_KINDS, type PairKind, PUBLISHED_KINDS } from '../../src/pair.js';
import { parseBank } from '../../src/questions/bank.js';

const QUESTIONS = 'id,kind,use,question\nw1,where,train,Where is {the target}?\n';
const ANSWERS = 'id,kind,answer\na1,where,"{the target} {is|are} {position}."\n';

describe('the shipped bank', () => {
  it('has 55 templates of the published kinds, 5 of them for tests and of several kinds', async () => {
    const { questions } = await readTemplateBank();
    const published = PUBLISHED_KINDS.flatMap((kind) => questions[kind]);
    expect(published.filter(({ use }) => use === 'train')).toHaveLength(50);
    const test = published.filter(({ use }) => use === 'test');
    expect(test).toHaveLength(5);
    expect(new Set(test.map(({ kind }) => kind)).size).toBeGreaterThan(3);
    expect(new Set(published.map(({ text }) => text)).size).toBe(55);
  });

  it('has at least 8 templates for training and 2 for tests of each added kind, and answers of all', async () => {
    const { questions, answers } = await readTemplateBank();
    for (const kind of ADDED_KINDS) {
      const uses = questions[kind].map(({ use }) => use);
      expect(uses.filter((use) => use === 'train').length, kind).toBeGreaterThanOrEqual(8);
      expect(uses.filter((use) => use === 'test').length, kind).toBeGreaterThanOrEqual(2);
    }
    for (const kind of PAIR_KINDS) expect(answers[kind].length, kind).toBeGreaterThanOrEqual(5);
  });

  it('asks for what is not there in the words for what is, so that no question gives its answer away', async () => {
    const { questions } = await readTemplateBank();
    const key = ({ use, text }: { use: string; text: string }) => `${use}: ${text}`;
    const of = (...kinds: PairKind[]) => kinds.flatMap((kind) => questions[kind].map(key));
    expect(of('absent-zone').sort()).toEqual(of('refer-zone').sort());
    expect(of('where', 'yes-and-where', 'segment', 'count', 'refer-side')).toEqual(
      expect.arrayContaining(of('absent-target')),
    );
  });

  it('never trains on the text of a test template', async () => {
    const { questions } = await readTemplateBank();
    const all = Object.values(questions).flat();
    const train = new Set(all.filter(({ use }) => use === 'train').map(({ text }) => text));
    expect(all.filter(({ use, text }) => use === 'test' && train.has(text))).toEqual([]);
  });
});

describe('parseBank', () => {
  it('reads rows in any order of columns, with a byte order mark and Windows line ends', () => {
    const questions = '\uFEFFuse,question,note,kind,id\r\ntest,Where is {the target}?,x,where,w1\r\n';
    const { questions: read, answers } = parseBank(questions, ANSWERS);
    expect(read.where).toMatchObject([
      { id: 'w1', kind: 'where', use: 'test', text: 'Where is {the target}?', slots: ['the target'] },
    ]);
    expect(answers.where).toMatchObject([{ id: 'a1', saysWhether: false, saysYesOrNo: false }]);
    expect(read.side).toEqual([]);
  });

  it.each([
    [
      'an unknown kind',
      `${QUESTIONS}w2,wher,train,Where?`,
      ANSWERS,
      /^questions\.csv: row 3: the kind "wher" is not known; use where, /,
    ],
    [
      'an unknown use',
      `${QUESTIONS}w2,where,val,Where?`,
      ANSWERS,
      /^questions\.csv: row 3: the use "val" is not known; write train or test$/,
    ],
    [
      'an unknown slot',
      `${QUESTIONS}w2,where,train,Where is {teh target}?`,
      ANSWERS,
      /^questions\.csv: row 3: .*no slot \{teh target\} in its question; use \{image\}, /,
    ],
    [
      'a slot of another kind',
      QUESTIONS,
      `${ANSWERS}a2,where,{count}.`,
      /^answers\.csv: row 3: .*no slot \{count\}/,
    ],
    [
      'a kind without answers',
      `${QUESTIONS}w2,side,train,Which side?`,
      ANSWERS,
      /^answers\.csv: the kind "side" has questions and no answer; add a row/,
    ],
    [
      'a duplicate id',
      `${QUESTIONS}w1,where,train,Where?`,
      ANSWERS,
      /^questions\.csv: row 3: the id "w1" is that of questions\.csv: row 2 too; /,
    ],
    [
      'an id in both files',
      QUESTIONS,
      `${ANSWERS}w1,where,There.`,
      /^answers\.csv: row 3: the id "w1" is that of questions\.csv: row 2 too; /,
    ],
    [
      'an empty cell',
      `${QUESTIONS}w2,where,train,`,
      ANSWERS,
      /^questions\.csv: row 3: the column "question" is empty; /,
    ],
    [
      'a missing column',
      'id,kind,question\nw1,where,Where?',
      ANSWERS,
      /^questions\.csv: row 1: the header lacks "use"; use id, kind, use, question$/,
    ],
    [
      'brackets that do not match',
      `${QUESTIONS}w2,where,train,[Where?`,
      ANSWERS,
      /^questions\.csv: row 3: "\[" at character 1 has no "\]"; /,
    ],
    [
      'a side',
      `${QUESTIONS}w2,where,train,Is it left or right?`,
      ANSWERS,
      /^questions\.csv: row 3: "left" stands there .*; use a slot/,
    ],
    [
      'a diagnosis',
      QUESTIONS,
      `${ANSWERS}a2,where,"A benign {target}."`,
      /^answers\.csv: row 3: the answer names a diagnosis, "benign"; /,
    ],
    ['no rows', 'id,kind,use,question\n', ANSWERS, /^questions\.csv: it has no rows after the header; /],
    [
      'broken quotes',
      `${QUESTIONS}w2,where,train,"Where`,
      ANSWERS,
      /^questions\.csv: it is no well-formed CSV: /,
    ],
    [
      'too many cells',
      `${QUESTIONS}w2,where,train,Where, oh where?`,
      ANSWERS,
      /^questions\.csv: it is no well-formed CSV: .*line 3/,
    ],
  ])('names file, row and fault of %s', (_, questions, answers, message) => {
    expect(() => parseBank(questions, answers)).toThrow(DatasetError);
    expect(() => parseBank(questions, answers)).toThrow(message);
  });

  it('counts rows by lines of the file, as a spreadsheet does, where a cell has two lines', () => {
    const questions = `${QUESTIONS}w2,where,train,"Where\nis {the target}?"\nw3,wher,train,Where?\n`;
    expect(() => parseBank(questions, ANSWERS)).toThrow(/row [45]: the kind "wher"/);
  });
});

describe('readTemplateBank', () => {
  it('names the folder’s file that is missing or wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bank-'));
    try {
      await writeFile(join(folder, 'questions.csv'), `${QUESTIONS}w1,where,train,Where?`);
      await expect(readTemplateBank(folder)).rejects.toThrow(join(folder, 'answers.csv'));
      await writeFile(join(folder, 'answers.csv'), ANSWERS);
      await expect(readTemplateBank(folder)).rejects.toThrow(`${join(folder, 'questions.csv')}: row 3: `);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
