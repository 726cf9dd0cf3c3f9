import * as ag from '@prs-med/autograd';
import { expect, it } from 'vitest';
import { executedOperations, neededOperations } from '../src/count-operations.js';

it('counts a product once forward and once for each input that needs a gradient', () => {
  const x = ag.input('x', [2, 3]);
  const weight = ag.input('weight', [3, 5]);
  const product = ag.matmul(x, weight);
  const forward = 2 * 2 * 3 * 5;
  expect(executedOperations([product])).toBe(forward);
  expect(neededOperations([product], [weight])).toBe(2 * forward);
  expect(neededOperations([ag.matmul(ag.relu(x), weight)], [x, weight])).toBe(3 * forward);
  expect(neededOperations([product], [])).toBe(forward);
});

it('counts transposed products by the axis that is summed', () => {
  const product = ag.matmul(ag.input('a', [4, 3]), ag.input('b', [5, 4]), {
    transposeA: true,
    transposeB: true,
  });
  expect(product.node.operator).toBe('FusedMatMul');
  expect(executedOperations([product])).toBe(2 * 3 * 5 * 4);
});

it('counts what a grouped convolution reads, and a shared node once', () => {
  const x = ag.input('x', [2, 4, 8, 8]);
  const weight = ag.input('weight', [6, 2, 3, 3]);
  const bias = ag.input('bias', [6]);
  const out = ag.convolution(x, weight, bias, { groups: 2, padding: 1 });
  const forward = 2 * (2 * 6 * 8 * 8) * (2 * 3 * 3);
  expect(executedOperations([out, ag.add(out, out)])).toBe(forward);
  expect(neededOperations([out], [x, weight, bias])).toBe(3 * forward);
});
