import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarizeJudgements } from '../../src/answers/judge.js';
import { judgePrompt, readJudgement } from '../../src/answers/judge-prompt.js';

describe('what a judge is told', () => {
  const row = {
    id: 'secret',
    modality: 'ct',
    group: 'patient 7',
    answer: 'In the center.',
    prediction: 'Top "left".',
  };

  it('is the question, the reference and the answer, and nothing else of the row', () => {
    const { user } = judgePrompt({ ...row, question: 'Where?' });
    expect(JSON.parse(user)).toEqual({ question: 'Where?', reference: row.answer, answer: row.prediction });
  });

  it('has no question where none is known', () => {
    expect(JSON.parse(judgePrompt(row).user)).toEqual({ reference: row.answer, answer: row.prediction });
  });
});

describe('what a judge replies', () => {
  it('is read whatever stands around it', () => {
    const words = fc.string().filter((text) => !/[{}]/.test(text));
    fc.assert(
      fc.property(
        words,
        words,
        fc.integer({ min: 0, max: 10 }),
        fc.boolean(),
        (before, after, score, right) => {
          const reply = `${before}${JSON.stringify({ score, right })}${after}`;
          expect(readJudgement(reply)).toEqual({ score: score / 10, right });
        },
      ),
    );
  });

  it.each([
    ['{"score": 0, "right": false} No: {"right": true, "score": 9}', { score: 0.9, right: true }],
    ['{"right": true, "score": 9} {"score": 11, "right": true} {"note": 1}', { score: 0.9, right: true }],
    ['```json\n{"score": 5, "right": false, "why": "half"}\n```', { score: 0.5, right: false }],
    ['{"score": "9", "right": true}', null],
    ['{"score": 9}', null],
    ['{"score": -1, "right": true}', null],
    ['It is right.', null],
    ['', null],
  ])('of %j', (reply, expected) => {
    expect(readJudgement(reply)).toEqual(expected);
  });
});

describe('the figures of a judge', () => {
  const say = (...rights: readonly (0 | 1)[]) =>
    rights.map((right) => ({ score: right === 1 ? 0.8 : 0.2, right: right === 1 }));

  it('are the mean score and the share that a majority judged right', () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));
    const judgements = new Map([
      ['a', say(1, 1, 1)],
      ['b', say(1, 1, 0)],
      ['c', say(0, 0, 1)],
      ['d', say(0, 0)],
    ]);
    const figures = summarizeJudgements(rows, judgements, { resamples: 500 });
    expect(figures).toMatchObject({ rows: 3, unjudged: 2 });
    expect(figures.score).toBeCloseTo((0.8 + 0.6 + 0.4) / 3);
    expect(figures.right).toBeCloseTo(2 / 3);
    expect(figures.agreement.unanimous).toBeCloseTo(1 / 3);
    // Pairs that agree: 3, 1 and 1 of 3 each; categories 6 / 9 and 3 / 9: (5/9 - 5/9) / (1 - 5/9).
    expect(figures.agreement.kappa).toBeCloseTo(0);
    const [low, high] = figures.confidenceInterval.right!;
    expect([low, high]).toEqual([0, 1]);
  });

  it('take three judgements of a row and no more', () => {
    const figures = summarizeJudgements([{ id: 'a' }], new Map([['a', say(1, 1, 0, 0, 0)]]));
    expect(figures).toMatchObject({ right: 1, confidenceInterval: { right: null, score: null } });
  });

  it('are null where nothing was judged', () => {
    expect(summarizeJudgements([{ id: 'a' }], new Map())).toEqual({
      rows: 0,
      unjudged: 1,
      score: null,
      right: null,
      agreement: { unanimous: null, kappa: null },
      confidenceInterval: { score: null, right: null },
    });
  });
});
