import { expect, it } from 'vitest';
import { WeightAverage } from '../src/weight-average.js';

const groups = [
  {
    name: 'fusion',
    parameters: [
      { name: 'a', shape: [2] },
      { name: 'b', shape: [1] },
    ],
  },
];
const weights = (a: readonly number[], b: number) =>
  new Map([
    ['a', Float32Array.from(a)],
    ['b', Float32Array.of(b)],
  ]);

it('follows the weights, at once in the beginning and slowly later', () => {
  const average = new WeightAverage(groups, weights([0, 0], 0));
  average.update(weights([1, 2], 3), 1);
  const early = average.parameters().get('a')!;
  expect(early[0]).toBeCloseTo(10 / 11, 6);
  expect(early[1]).toBeCloseTo(20 / 11, 6);
  average.update(weights([1, 2], 1000), 1_000_000);
  expect(average.parameters().get('b')![0]).toBeCloseTo((30 / 11) * 0.999 + 1, 4);
});

it('goes on from what it saved', () => {
  const average = new WeightAverage(groups, weights([1, 2], 3));
  const other = new WeightAverage(groups, weights([0, 0], 0));
  other.restore(average.save());
  expect(other.parameters()).toEqual(average.parameters());
  expect(other.arrays).toEqual({ 'fusion.parameters': Float32Array.of(1, 2, 3) });
});

it('names an array that a checkpoint lacks or that does not fit', () => {
  const average = new WeightAverage(groups, weights([1, 2], 3));
  expect(() => average.restore({})).toThrow('fusion.average has no elements, not 3');
  expect(() => average.restore({ 'fusion.average': new Float32Array(2) })).toThrow('has 2 elements, not 3');
});
