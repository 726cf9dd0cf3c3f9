import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRITERIA, type Judgement, perCriterion } from '../../src/review/criteria.js';
import { decide, type Tally } from '../../src/review/decision.js';

const tallyOf = (votes: readonly Judgement[]): Tally => ({
  votes: votes.length,
  yes: perCriterion((criterion) => votes.filter((vote) => vote[criterion]).length),
});

/** Votes as three letters, y or n: accuracy, relevance, plausibility. */
const decideOn = (panel: number, ...votes: string[]) =>
  decide(
    panel,
    tallyOf(
      votes.map((text) => {
        const [medicalAccuracy, positionalRelevance, clinicalPlausibility] = [...text].map((l) => l === 'y');
        return { medicalAccuracy, positionalRelevance, clinicalPlausibility } as Judgement;
      }),
    ),
  );

describe('decide', () => {
  it('accepts when a majority of the panel affirms every criterion', () => {
    expect(decideOn(3, 'yyy', 'yyy', 'nnn')).toEqual({ status: 'accepted' });
    expect(decideOn(1, 'yyy')).toEqual({ status: 'accepted' });
  });

  it('takes the majority of each criterion by itself', () => {
    expect(decideOn(3, 'nyy', 'yny', 'yyn')).toEqual({ status: 'accepted' });
  });

  it('rejects when a majority denies any criterion, and names it', () => {
    expect(decideOn(3, 'yny', 'yny', 'yyy')).toEqual({ status: 'rejected', failed: ['positionalRelevance'] });
    expect(decideOn(5, 'nnn', 'nnn', 'nyn')).toEqual({
      status: 'rejected',
      failed: ['medicalAccuracy', 'clinicalPlausibility'],
    });
  });

  it('decides before the last vote where it cannot change the outcome', () => {
    expect(decideOn(3, 'yyy', 'yyy')).toEqual({ status: 'accepted' });
    expect(decideOn(3, 'ynn', 'nnn')).toEqual({
      status: 'rejected',
      failed: ['positionalRelevance', 'clinicalPlausibility'],
    });
  });

  it('is undecided without votes, while votes are missing, and on a tie', () => {
    expect(decideOn(3)).toEqual({ status: 'undecided', reason: 'no-votes', open: CRITERIA, missing: 3 });
    expect(decideOn(3, 'yyy')).toEqual({
      status: 'undecided',
      reason: 'missing-votes',
      open: CRITERIA,
      missing: 2,
    });
    expect(decideOn(3, 'yyy', 'yny')).toEqual({
      status: 'undecided',
      reason: 'tie',
      open: ['positionalRelevance'],
      missing: 1,
    });
    expect(decideOn(5, 'yyy', 'yyy', 'yyy', 'nyy')).toEqual({ status: 'accepted' });
    expect(decideOn(5, 'yyy', 'yyy', 'nyy', 'nyy')).toMatchObject({
      reason: 'tie',
      open: ['medicalAccuracy'],
    });
  });

  it('refuses what is no panel', () => {
    expect(() => decideOn(2, 'yyy')).toThrow('must be odd');
    expect(() => decideOn(1, 'yyy', 'yyy')).toThrow('cannot cast 2 votes');
  });

  const vote: fc.Arbitrary<Judgement> = fc.record(perCriterion(() => fc.boolean()));

  it('always decides when the panel is complete, and no later vote changes what is decided', () => {
    const panel = fc.integer({ min: 0, max: 4 }).map((half) => 2 * half + 1);
    const cases = panel.chain((size) =>
      fc.record({ size: fc.constant(size), votes: fc.array(vote, { minLength: size, maxLength: size }) }),
    );
    fc.assert(
      fc.property(cases, ({ size, votes }) => {
        const last = decide(size, tallyOf(votes));
        expect(last.status).not.toBe('undecided');
        for (let cast = 0; cast < size; cast++) {
          const { status } = decide(size, tallyOf(votes.slice(0, cast)));
          if (status !== 'undecided') expect(status).toBe(last.status);
        }
      }),
    );
  });
});
