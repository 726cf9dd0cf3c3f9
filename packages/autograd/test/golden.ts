import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DataType, TensorValue } from '../src/index.js';

const folder = new URL('./fixtures/', import.meta.url);

export interface GoldenCase {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly grads: readonly string[];
}

export interface AdamWSettings {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
  readonly clip_norm: number;
  readonly steps: number;
}

export const golden: { cases: GoldenCase[]; adamw: AdamWSettings } = JSON.parse(
  readFileSync(new URL('operations.json', folder), 'utf8'),
);

const file = readFileSync(new URL('operations.safetensors', folder));
const headerLength = Number(file.readBigUInt64LE(0));
const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
  file.subarray(8, 8 + headerLength).toString(),
);

/** A tensor of the golden file. */
export function goldenTensor(name: string): TensorValue {
  const entry = header[name];
  if (entry === undefined) throw new Error(`no golden tensor ${name}`);
  const [start, end] = entry.data_offsets.map((offset) => offset + 8 + headerLength) as [number, number];
  const bytes = new Uint8Array(file.subarray(start, end)).buffer;
  const type: DataType = entry.dtype === 'I64' ? 'int64' : 'float32';
  return {
    type,
    shape: entry.shape,
    data: type === 'int64' ? new BigInt64Array(bytes) : new Float32Array(bytes),
  };
}

/** Fails unless every element agrees within 1e-5 absolute plus 1e-4 relative. */
export function expectClose(actual: TensorValue, expected: TensorValue, label: string): void {
  expect(actual.shape, `shape of ${label}`).toEqual(expected.shape);
  let worst = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const want = Number(expected.data[i]);
    const excess = Math.abs(Number(actual.data[i]) - want) / (1e-5 + 1e-4 * Math.abs(want));
    worst = Math.max(worst, Number.isNaN(excess) ? Infinity : excess);
  }
  expect(worst, `${label}: error as a multiple of the tolerance`).toBeLessThanOrEqual(1);
}
