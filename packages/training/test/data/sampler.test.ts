import { createRandom, type Pair } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import type { Example } from '../../src/data/example.js';
import { createSampler } from '../../src/data/sampler.js';

function pairAbout(target: string, id: string): Pair {
  return {
    kind: 'where',
    template: 'made',
    question: 'Where is it?',
    answer: 'In the center of the image.',
    laterality: 'image',
    target,
    asked: { zones: [], side: null, all: true },
    zones: ['center'],
    truth: [id],
  };
}

function examplesOf(counts: Record<string, number>): Example[] {
  return Object.entries(counts).flatMap(([target, count]) =>
    Array.from({ length: count }, (_, number): Example => {
      const id = `${target}${number}`;
      return {
        id,
        image: id,
        modality: 'made',
        group: id,
        split: 'train',
        width: 8,
        height: 8,
        targets: [{ id, target, rle: '' }],
        pairs: [pairAbout(target, id)],
        zoneRule: 'box',
      };
    }),
  );
}

describe('createRandom', () => {
  it('is the same for the same key and differs in seed, stream and index', () => {
    const values = (seed: number, stream: string, index: number) => {
      const random = createRandom(seed, stream, index);
      return Array.from({ length: 8 }, () => random.next());
    };
    expect(values(1, 'a', 2)).toEqual(values(1, 'a', 2));
    const keys: [number, string, number][] = [
      [1, 'a', 2],
      [2, 'a', 2],
      [1, 'b', 2],
      [1, 'a', 3],
      [1, 'a', 2 + 2 ** 32],
      [0, '', 0],
    ];
    expect(new Set(keys.map((key) => values(...key).join())).size).toBe(keys.length);
  });

  it('is spread evenly over the first values of many indices', () => {
    const buckets = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      buckets[Math.floor(createRandom(7, 'draw', index).next() * 10)]!++;
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('draws a standard normal', () => {
    const random = createRandom(1, 'normal', 0);
    const values = Array.from({ length: 20_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length - mean ** 2;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});

describe('createSampler', () => {
  it('balances groups by the root of their counts', () => {
    const examples = examplesOf({ polyp: 400, lung: 100, tumour: 4 });
    const sampler = createSampler(examples, { seed: 1 });
    expect(sampler.groups.map(({ probability }) => probability)).toEqual([20 / 32, 10 / 32, 2 / 32]);
    const seen: Record<string, number> = { polyp: 0, lung: 0, tumour: 0 };
    for (let index = 0; index < 8000; index++) {
      const { example, pair } = sampler.draw(index);
      seen[examples[example]!.pairs[pair]!.target]!++;
    }
    expect(seen.polyp! / 8000).toBeCloseTo(20 / 32, 1);
    expect(seen.tumour! / 8000).toBeCloseTo(2 / 32, 1);
  });

  it('weighs targets by name', () => {
    const examples = examplesOf({ polyp: 400, lung: 100, tumour: 4 });
    const { groups } = createSampler(examples, { seed: 1, targetWeights: { lung: 0.5, tumour: 5 } });
    expect(groups.map(({ probability }) => probability)).toEqual([20 / 35, 5 / 35, 10 / 35]);
  });

  it('counts what is not there to what is', () => {
    const [example] = examplesOf({ lung: 1 });
    const absent = { ...pairAbout('polyp', 'none'), truth: [] };
    const { groups } = createSampler([{ ...example!, pairs: [...example!.pairs, absent] }], { seed: 1 });
    expect(groups.map(({ target, count }) => [target, count])).toEqual([['lung', 2]]);
  });

  it('draws the same whatever was drawn before', () => {
    const examples = examplesOf({ polyp: 40, lung: 10 });
    const one = createSampler(examples, { seed: 5 });
    const other = createSampler(examples, { seed: 5 });
    const forwards = Array.from({ length: 50 }, (_, index) => one.draw(index));
    const backwards = Array.from({ length: 50 }, (_, index) => other.draw(49 - index)).reverse();
    expect(forwards).toEqual(backwards);
    expect(() => createSampler([], { seed: 1 })).toThrow('no pairs');
  });
});
