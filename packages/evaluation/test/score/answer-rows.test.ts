import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAnswerRows, readTrainingAnswers } from '../../src/node/answer-rows.js';
import { RUN_FILES } from '../../src/run/schema.js';
import { madeRun } from '../run/made-run.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-rows-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(...lines: readonly string[]): Promise<string> {
  const path = join(folder, 'rows.jsonl');
  await writeFile(path, lines.join('\n'));
  return path;
}

const row = { id: 'a', modality: 'ct', answer: 'In the center.', prediction: '' };
const line = (changes: object = {}) => JSON.stringify({ ...row, ...changes });

describe('rows of answers', () => {
  it('are read line by line, with what is known besides, and without a last line end', async () => {
    const more = { id: 'b', zones: ['center'], group: 'p', question: 'Where?' };
    const path = await file(line(), '', line({ ...more, other: 1 }));
    expect(await readAnswerRows(path)).toEqual([row, { ...row, ...more }]);
  });

  it('are those of a run too', async () => {
    const run = await madeRun([{ id: 'a', prediction: 'In the middle.', group: 'p' }]);
    expect(await readAnswerRows(join(run, RUN_FILES.predictions))).toEqual([
      {
        id: 'a',
        modality: 'endoscopy',
        answer: 'The polyp is in the center of the image.',
        prediction: 'In the middle.',
        zones: ['center'],
        group: 'p',
        question: 'Where is the polyp?',
      },
    ]);
  });

  it.each([
    ['a field that lacks', [line(), '{"id":"b"}'], 'rows.jsonl:2: this is no row of answers: modality: '],
    ['a field of another kind', [line({ id: 7 })], 'rows.jsonl:1: this is no row of answers: id: '],
    [
      'a zone that is none',
      [line({ zones: ['middle'] })],
      'rows.jsonl:1: this is no row of answers: zones.0: ',
    ],
    [
      'half a line',
      [line(), line().slice(0, 20)],
      'rows.jsonl:2: this is no row of answers but no JSON at all; ',
    ],
    ['the same id twice', [line(), line()], 'rows.jsonl: two rows have the id a; give each an id of its own'],
    ['nothing', [''], 'rows.jsonl: it has no rows; put one JSON document on each line'],
  ])('are refused for %s', async (_, lines, message) => {
    await expect(readAnswerRows(await file(...lines))).rejects.toThrow(message);
  });

  it('are refused where there is no file', async () => {
    await expect(readAnswerRows(join(folder, 'none.jsonl'))).rejects.toThrow(
      'none.jsonl: there is no such file; ',
    );
  });
});

describe('training answers', () => {
  it('are read, and refused where they are none', async () => {
    const answer = { modality: 'ct', answer: 'In the center.' };
    expect(await readTrainingAnswers(await file(JSON.stringify(answer)))).toEqual([answer]);
    await expect(readTrainingAnswers(await file('{"answer":"a"}'))).rejects.toThrow(
      'rows.jsonl:1: this is no training answer: modality: ',
    );
  });
});
