import { describe, expect, it } from 'vitest';
import * as ag from '../src/index.js';
import { nodeRuntime } from '../src/node/index.js';

const runtime = nodeRuntime();

describe('errors', () => {
  const x = ag.input('x', [2, 3]);
  const y = ag.input('y', [4, 5]);
  it.each([
    ['Add', () => ag.add(x, y)],
    ['matmul', () => ag.matmul(x, y)],
    ['linear', () => ag.linear(x, y)],
    ['convolution', () => ag.convolution(x, y)],
    ['concatenate', () => ag.concatenate([x, y], 0)],
    ['where', () => ag.where(x, x, y)],
    ['attention', () => ag.attention(x, y, y)],
    ['layerNorm', () => ag.layerNorm(x, y, y)],
  ])('%s names the operation and both shapes', (name, run) => {
    expect(run).toThrow(ag.GraphError);
    expect(run).toThrow(new RegExp(`^${name}: .*x float32\\[2, 3\\].*y float32\\[4, 5\\]`));
  });

  it.each([
    ['reshape', () => ag.reshape(x, [4])],
    ['transpose', () => ag.transpose(x, [0, 0])],
    ['slice', () => ag.slice(x, 1, 0, 9)],
    ['sum', () => ag.sum(x, { axes: [2] })],
    [
      'pad',
      () =>
        ag.pad(x, [
          [0, 0],
          [-2, -1],
        ]),
    ],
    ['split', () => ag.split(x, 1, [1, 1])],
    ['expand', () => ag.expand(x, [2, 4])],
    ['constant', () => ag.constant(new Float32Array(3), [2])],
    ['gradients', () => ag.gradients(x, [x])],
  ])('%s refuses what does not fit', (name, run) => {
    expect(run).toThrow(new RegExp(`^${name}: `));
  });

  it('refuses two inputs of one name and misshapen feeds', async () => {
    expect(() => ag.compile({ out: ag.add(ag.input('a', [1]), ag.input('a', [1])) })).toThrow(
      /two inputs are named a/,
    );
    const session = await runtime.load(ag.compile({ out: ag.add(x, 1) }));
    await expect(session.run({})).rejects.toThrow(/input x float32\[2, 3\] is missing/);
    const wrong: ag.TensorValue = { type: 'float32', shape: [2], data: new Float32Array(2) };
    await expect(session.run({ x: wrong })).rejects.toThrow(/input x is float32\[2\]/);
  });
});

describe('gradients', () => {
  it('adds up several uses, gives zeros where nothing depends, and stops where told', async () => {
    const a = ag.input('a', [3]);
    const unused = ag.input('unused', [2]);
    const loss = ag.sum(ag.add(ag.multiply(a, a), ag.multiply(ag.stopGradient(a), a)));
    const [toA, toUnused] = ag.gradients(loss, [a, unused]);
    const session = await runtime.load(ag.compile({ toA: toA!, toUnused: toUnused! }));
    const result = await session.run({ a: { type: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) } });
    expect([...result.toA!.data]).toEqual([3, 6, 9]);
    expect([...result.toUnused!.data]).toEqual([0, 0]);
  });
});

describe('compile', () => {
  it('leaves out what no output needs and writes equal constants once', () => {
    const x = ag.input('x', [600]);
    const one = () => ag.constant(new Float32Array(600).fill(7), [600]);
    ag.multiply(x, ag.input('never', [600]));
    const graph = ag.compile({ out: ag.add(ag.add(x, one()), one()) });
    expect(graph.inputs.map((value) => value.name)).toEqual(['x']);
    expect(graph.externalData.length).toBe(1);
  });

  it('runs one graph at several sizes of a dynamic axis', async () => {
    const x = ag.input('x', [1, 4, 6]);
    const weight = ag.constant(new Float32Array(12).fill(0.5), [2, 6]);
    const scaled = ag.rmsNorm(x, ag.constant(new Float32Array(6).fill(1), [6]));
    const graph = ag.compile(
      { out: ag.matmul(scaled, ag.expand(weight, [1, 2, 6]), { transposeB: true }) },
      {
        dynamicAxes: { x: { 1: 'length' } },
      },
    );
    const session = await runtime.load(graph);
    for (const length of [1, 4, 9]) {
      const data = new Float32Array(length * 6).fill(3);
      const { out } = await session.run({ x: { type: 'float32', shape: [1, length, 6], data } });
      expect(out!.shape).toEqual([1, length, 2]);
      expect(out!.data[0]).toBeCloseTo(3, 4);
    }
  });

  it('writes outputs in place where arrays are given', async () => {
    const session = await runtime.load(ag.compile({ out: ag.multiply(ag.input('x', [2]), 2) }));
    const data = new Float32Array(2);
    const into = { out: { type: 'float32', shape: [2], data } as const };
    await session.run({ x: { type: 'float32', shape: [2], data: Float32Array.of(3, 4) } }, into);
    expect([...data]).toEqual([6, 8]);
  });
});
