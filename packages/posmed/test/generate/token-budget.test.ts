import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens, TokenBudget } from '../../src/generate/token-budget.js';

describe('TokenBudget', () => {
  it('lets requests through until the next could pass it', async () => {
    const budget = new TokenBudget(1000, 100, null, 'http://made/v1');
    (await budget.reserve(500))(500);
    (await budget.reserve(400))(300);
    expect(budget.spent).toBe(900);
    await expect(budget.reserve(101)).rejects.toThrow(
      'http://made/v1: the budget is 1,000 tokens, 900 are used and the next request may take 101; ' +
        'go on with --resume and a larger --budget',
    );
    (await budget.reserve(100))(100);
    expect(budget.spent).toBe(1000);
  });

  it('learns how far estimates are off, from the dearest answer', async () => {
    const budget = new TokenBudget(1000, 0, null, 'x');
    (await budget.reserve(400))(100);
    (await budget.reserve(400))(200);
    // Half of 1,400 is what is left.
    (await budget.reserve(1400))(null);
    await expect(budget.reserve(1402)).rejects.toThrow('may take 701');
    await expect(new TokenBudget(1000, 0, 2, 'x').reserve(501)).rejects.toThrow('may take 1,002');
  });

  it('waits for what is under way, which may leave room', async () => {
    const budget = new TokenBudget(1000, 0, null, 'x');
    const first = await budget.reserve(800);
    let isThrough = false;
    const second = budget.reserve(800).then((settle) => {
      isThrough = true;
      return settle;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isThrough).toBe(false);
    first(200);
    (await second)(200);
    expect(budget.spent).toBe(400);
  });

  it('is never passed by answers that cost no more than estimated, however many at once', async () => {
    const requests = fc.array(
      fc.record({
        estimate: fc.integer({ min: 1, max: 500 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(3000), requests, fc.scheduler(), async (limit, all, scheduler) => {
        const budget = new TokenBudget(limit, 0, null, 'x');
        let answered = 0;
        let cost = 0;
        await Promise.all(
          all
            .map(async ({ estimate, share }) => {
              const settle = await budget.reserve(estimate).catch(() => null);
              if (!settle) return;
              await scheduler.schedule(Promise.resolve());
              const tokens = Math.floor(answered++ === 0 ? estimate : estimate * share);
              cost += tokens;
              settle(tokens);
            })
            .concat(scheduler.waitIdle()),
        );
        expect(budget.spent).toBe(cost);
        expect(cost).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('estimateTokens', () => {
  it('counts bytes', () => {
    expect([estimateTokens(''), estimateTokens('polyp'), estimateTokens('é'.repeat(30))]).toEqual([0, 2, 20]);
  });
});
