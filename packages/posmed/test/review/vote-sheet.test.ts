import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { perCriterion } from '../../src/review/criteria.js';
import {
  formatSheetRows,
  isSameText,
  parseVoteSheet,
  SHEET_COLUMNS,
  SHEET_START,
  type SheetRow,
  tidyComment,
} from '../../src/review/vote-sheet.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const HEADER =
  'item,reviewer,question,answer,medical_accuracy,positional_relevance,clinical_plausibility,comment';

/** Rows after the header of a small file. */
const read = (...rows: string[]) => parseVoteSheet('votes.csv', encode([HEADER, ...rows].join('\n')));

const judgementOf = (cells: string) => read(`7,Anna,Where?,There.,${cells},`)[0]?.judgement;

const text = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => value.replaceAll('\0', '').trim());
const row: fc.Arbitrary<SheetRow> = fc.record({
  item: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  batch: fc.integer({ min: 1, max: 999 }),
  reviewer: text,
  modality: fc.constantFrom('ct', 'x-ray'),
  imageFile: text,
  zones: fc.array(fc.constantFrom('top-left', 'center')),
  question: fc.oneof(text, fc.constantFrom('=1+1', '-2', '+3', '@a', "'=b", "''-c", '\ta')),
  answer: text,
  judgement: fc.record(perCriterion(() => fc.boolean())),
  comment: fc.oneof(text, fc.constantFrom('=cmd|"x"!A0', "'@", ' x ', 'a\r\nb\rc')).map(tidyComment),
});

describe('a votes file', () => {
  it('comes back as it was written, whatever the texts are', () => {
    const rows = fc.uniqueArray(row, { selector: ({ item }) => item, maxLength: 6 });
    fc.assert(
      fc.property(rows, (written) => {
        const back = parseVoteSheet('votes.csv', encode(SHEET_START + formatSheetRows(written)));
        expect(back.map(({ item, judgement, comment }) => ({ item, judgement, comment }))).toEqual(
          written.map(({ item, judgement, comment }) => ({ item, judgement, comment })),
        );
        for (const [at, vote] of back.entries()) {
          for (const column of ['reviewer', 'question', 'answer'] as const) {
            expect(isSameText(vote[column], written[at]![column])).toBe(true);
          }
        }
      }),
    );
  });

  it('has no cell that a spreadsheet takes for a formula', () => {
    fc.assert(
      fc.property(row, (written) => {
        const [cells] = parse(formatSheetRows([written]), { relax_column_count: true }) as string[][];
        expect(cells).toHaveLength(SHEET_COLUMNS.length);
        for (const cell of cells!) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it('leaves the columns to fill empty where there is no vote', () => {
    const empty: SheetRow = {
      item: 1,
      batch: 2,
      reviewer: 'Anna',
      modality: 'ct',
      imageFile: 'images/1.png',
      zones: ['top-left', 'center'],
      question: 'Where is it?',
      answer: 'Top left, I think.',
      judgement: null,
      comment: null,
    };
    expect(formatSheetRows([empty])).toBe(
      '1,2,Anna,ct,images/1.png,"top-left, center",Where is it?,"Top left, I think.",,,,\r\n',
    );
    expect(parseVoteSheet('votes.csv', encode(SHEET_START + formatSheetRows([empty])))).toEqual([]);
  });
});

describe('parseVoteSheet', () => {
  it.each(['yes', 'Yes', 'YES', 'y', 'TRUE', 'true', '1', 'x', 'X', ' x ', 'WAHR', 'vrai'])(
    'takes "%s" for yes',
    (word) => {
      expect(judgementOf(`${word},no,no`)).toEqual({
        medicalAccuracy: true,
        positionalRelevance: false,
        clinicalPlausibility: false,
      });
    },
  );

  it.each(['no', 'No', 'n', 'FALSE', 'false', '0', 'FALSCH', 'faux'])('takes "%s" for no', (word) => {
    expect(judgementOf(`${word},x,1`)).toEqual({
      medicalAccuracy: false,
      positionalRelevance: true,
      clinicalPlausibility: true,
    });
  });

  const saved = [
    '\ufeff"Item";"Reviewer";"Modality";"Question";"Answer";"Medical accuracy";"Positional-relevance";"CLINICAL PLAUSIBILITY";"Comment";"My notes"',
    '"12";"Anna";"ct";"Where; roughly?";"There, on\n the left.";"x";"1";"ja";"so, so; yes";"aside"',
    ';;;;;;;;;',
    '"13";"Anna";"ct";"Where?";"There.";;;;;',
    '"14";"Anna";"ct";"Where?";"There.";"FALSCH";"no";"0"',
    '',
  ];
  const votes = [
    {
      row: 2,
      item: 12,
      reviewer: 'Anna',
      question: 'Where; roughly?',
      answer: 'There, on\n the left.',
      judgement: { medicalAccuracy: true, positionalRelevance: true, clinicalPlausibility: true },
      comment: 'so, so; yes',
    },
    {
      row: 5,
      item: 14,
      reviewer: 'Anna',
      question: 'Where?',
      answer: 'There.',
      judgement: { medicalAccuracy: false, positionalRelevance: false, clinicalPlausibility: false },
      comment: null,
    },
  ];

  it.each([
    ['CRLF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
  ])('reads what a spreadsheet saves with semicolons, a byte order mark and %s', (_, end) => {
    expect(parseVoteSheet('votes.csv', encode(saved.join(end)))).toEqual(votes);
  });

  it('reads UTF-16 with tabs, as Excel saves "Unicode text"', () => {
    const tabs = saved
      .join('\r\n')
      .replaceAll('";"', '"\t"')
      .replaceAll(/;(?=;|\r|"|$)|(?<=");/gm, '\t');
    const bytes = new Uint8Array(Buffer.from(tabs, 'utf16le'));
    expect([bytes[0], bytes[1]]).toEqual([0xff, 0xfe]);
    expect(parseVoteSheet('votes.csv', bytes)).toEqual(votes);
  });

  it.each([
    [
      'another word',
      '7,Anna,a,b,yes,perhaps,no,',
      'row 2, column "positional_relevance": "perhaps" is neither yes nor no;',
    ],
    [
      'votes that are missing',
      '7,Anna,a,b,x,,x,',
      'row 2, column "positional_relevance": it is empty and other votes',
    ],
    ['a comment alone', '7,Anna,a,b,,,,dark', 'row 2, column "comment": it has a comment and no votes;'],
    ['no item', ',Anna,a,b,x,x,x,', 'row 2, column "item": "" is no item number;'],
    ['another item', 'seven,Anna,a,b,x,x,x,', 'row 2, column "item": "seven" is no item number;'],
    [
      'too large an item',
      '2147483648,Anna,a,b,x,x,x,',
      'row 2, column "item": "2147483648" is no item number;',
    ],
  ])('refuses %s, naming row and column', (_, line, message) => {
    expect(() => read(line)).toThrow(`votes.csv, ${message}`);
  });

  it('refuses an item that is there twice', () => {
    expect(() => read('7,Anna,a,b,x,x,x,', '', '7,Anna,a,b,x,x,x,')).toThrow(
      'votes.csv, row 4, column "item": item 7 is in row 2 too; leave one of the rows',
    );
  });

  it('names the first error and the rows of the others', () => {
    const wrong = Array.from({ length: 14 }, (_, at) => `${at + 1},Anna,a,b,maybe,maybe,x,`);
    expect(() => read('99,Anna,a,b,x,x,x,', ...wrong)).toThrow(
      'votes.csv, row 3, column "medical_accuracy": "maybe" is neither yes nor no ' +
        '(there are errors in rows 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 3 more too); write yes or no',
    );
  });

  it('refuses files that are no votes files', () => {
    const parseText = (content: string) => () => parseVoteSheet('votes.csv', encode(content));
    expect(parseText('')).toThrow('votes.csv, row 1: it has no column "item"');
    expect(parseText('item,reviewer,question,medical_accuracy,medical accuracy\n')).toThrow(
      'votes.csv, row 1: there are two columns "medical_accuracy"; leave one of them',
    );
    expect(parseText(`${HEADER}\n7,Anna,"a,b,x,x,x,`)).toThrow('votes.csv: it is no well-formed CSV file');
    expect(() => parseVoteSheet('votes.csv', new Uint8Array([...encode(HEADER), 0xe9]))).toThrow(
      'votes.csv: it is not UTF-8; save it as "CSV UTF-8"',
    );
  });
});
