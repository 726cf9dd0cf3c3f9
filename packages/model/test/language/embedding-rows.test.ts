import { float32ToBfloat16, float32ToFloat16, tensorEntry } from '@prs-med/nn';
import { expect, test } from 'vitest';
import { readRows } from '../../src/language/embedding-rows.js';

// Each of them is exact in 16 bits of either kind.
const values = Float32Array.of(0.5, -1.25, 3, 0, -0.0625, 96);

test.each([
  ['float32', values],
  ['float16', float32ToFloat16(values)],
  ['bfloat16', float32ToBfloat16(values)],
] as const)('rows of a table of %s', async (type, stored) => {
  const row = await readRows(tensorEntry('table', [2, 3], type, stored));
  expect([...row(1)]).toEqual([0, -0.0625, 96]);
  expect([...row(0)]).toEqual([0.5, -1.25, 3]);
});

test('are aligned wherever the bytes lie', async () => {
  const stored = new Uint8Array(float32ToFloat16(values).buffer);
  const shifted = new Uint8Array(13);
  shifted.set(stored, 1);
  const entry = tensorEntry('table', [2, 3], 'float16', float32ToFloat16(values));
  const row = await readRows({ ...entry, read: async () => shifted.subarray(1) });
  expect([...row(1)]).toEqual([0, -0.0625, 96]);
});
