import { bytesSource, readSafetensors, tensorEntry, writeSafetensors } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import {
  initialParameters,
  type Parameter,
  readTrained,
  small,
  tiny,
  trainedShapes,
  writeTrained,
} from '../../src/index.js';

const source = (bytes: Uint8Array) => bytesSource('trained.safetensors', bytes);

const wave = (shape: number[]): Parameter => ({
  shape,
  data: Float32Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => Math.sin(i) * (1 + (i % 97)),
  ),
});

describe('trained parameters', () => {
  const parameters = new Map<string, Parameter>([
    ['large.weight', wave([32, 4, 3, 3])],
    ['small.weight', wave([4, 5])],
    ['long.bias', wave([2000])],
    ['zeros.weight', { shape: [64, 32], data: new Float32Array(2048) }],
  ]);
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]));

  it('stores large matrices as int8 by rows and the rest exactly', async () => {
    const bytes = await writeTrained(parameters);
    const file = await readSafetensors(source(bytes));
    expect(file.entries.get('large.weight')?.type).toBe('int8');
    expect(file.entries.get('large.weight.scale')?.shape).toEqual([32]);
    expect(file.entries.get('small.weight')?.type).toBe('float32');
    const read = await readTrained(source(bytes), shapes);
    expect(read.get('small.weight')).toEqual(parameters.get('small.weight'));
    expect(read.get('long.bias')).toEqual(parameters.get('long.bias'));
    expect(read.get('zeros.weight')).toEqual(parameters.get('zeros.weight'));
    const before = parameters.get('large.weight')!.data;
    const after = read.get('large.weight')!.data;
    for (let row = 0; row < 32; row++) {
      const part = before.subarray(row * 36, (row + 1) * 36);
      const half = Math.max(...part.map(Math.abs)) / 127 / 2;
      part.forEach((value, i) => {
        expect(Math.abs(value - after[row * 36 + i]!)).toBeLessThanOrEqual(half * 1.0001);
      });
    }
  });

  it('is the same after being read and written again', async () => {
    const once = await writeTrained(parameters);
    const twice = await writeTrained(await readTrained(source(once), shapes));
    expect(Buffer.from(twice).equals(Buffer.from(once))).toBe(true);
  });

  it('reads a file of plain float32 too', async () => {
    const plain = await writeSafetensors(
      [...parameters].map(([name, { shape, data }]) => tensorEntry(name, shape, 'float32', data)),
    );
    expect(await readTrained(source(plain), shapes)).toEqual(parameters);
  });

  it('lists everything that is missing, unexpected or of another shape', async () => {
    const bytes = await writeTrained(parameters);
    const wanted = new Map([...shapes, ['new.weight', [2, 2]] as const, ['small.weight', [5, 4]] as const]);
    wanted.delete('long.bias');
    await expect(readTrained(source(bytes), wanted)).rejects.toThrow(
      /1 missing: new\.weight.*1 unexpected: long\.bias.*small\.weight is \[4, 5\] and should be \[5, 4\]/,
    );
  });

  it('refuses numbers that are not finite', async () => {
    const bad = new Map([['x', { shape: [3], data: Float32Array.of(1, Number.NaN, 2) }]]);
    await expect(writeTrained(bad)).rejects.toThrow('parameter x holds NaN at element 1');
  });
});

describe('the parameters of a preset', () => {
  it('are all but the base of the language model', () => {
    const shapes = trainedShapes(tiny);
    const parts = new Set([...shapes.keys()].map((name) => name.split('.')[0]));
    expect([...parts].sort()).toEqual(
      ['decoder', 'fusion', 'language', 'neck', 'presence', 'projector', 'regions', 'vision_encoder'].sort(),
    );
    expect(shapes.get('language.model.layers.2.self_attn.q_proj.lora_A.weight')).toEqual([4, 64]);
    const language = [...shapes.keys()].filter((name) => name.startsWith('language.'));
    expect(language.every((name) => /\.lora_[AB]\.weight$/.test(name))).toBe(true);
    expect(language).toHaveLength(3 * 4 * 2);
  });

  it('fit below 25 MB for preset small', async () => {
    const bytes = await writeTrained(await initialParameters(small, 1));
    expect(bytes.byteLength).toBeLessThan(25e6);
  });
});
