import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { listParameters, type Scope } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { constantScope } from '../../src/segment/parameter-constants.js';
import { windowAttention } from '../../src/vision/window-attention.js';
import { expectDifferences } from '../decoder/differences.js';
import { worstError } from '../language/reference.js';

const runtime = nodeRuntime();

type Values = ReadonlyMap<string, Float32Array>;

/** Numbers between -1 and 1 in which no two windows, heads or offsets are alike. */
const numbers = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + seed + Math.sin(0.9 * i * seed)));

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** weight [outputs, inputs] times x, plus bias. */
const linear = (x: readonly number[], weight: Float32Array, bias: Float32Array): number[] =>
  Array.from(
    bias,
    (shift, row) => shift + dot(x, [...weight.subarray(row * x.length, (row + 1) * x.length)]),
  );

function layerNorm(x: readonly number[], weight: Float32Array, bias: Float32Array): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[i]! + bias[i]!);
}

/** TinyViT's attention position by position: what each sees of its own window, padded positions among it. */
function attendPlainly(
  map: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  heads: number,
  window: number,
  values: Values,
): number[] {
  const each = channels / heads;
  const parameter = (name: string) => values.get(name)!;
  const project = (row: number, column: number): number[] => {
    const start = (row * width + column) * channels;
    const inside = row < height && column < width;
    const x = inside ? [...map.subarray(start, start + channels)] : new Array<number>(channels).fill(0);
    const normed = layerNorm(x, parameter('norm.weight'), parameter('norm.bias'));
    return linear(normed, parameter('qkv.weight'), parameter('qkv.bias'));
  };
  const part = (qkv: readonly number[], head: number, index: number): number[] =>
    qkv.slice((3 * head + index) * each, (3 * head + index + 1) * each);
  const result: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const own = project(row, column);
      const seen: number[] = [];
      for (let head = 0; head < heads; head++) {
        const scores: number[] = [];
        const shown: number[][] = [];
        for (let i = 0; i < window * window; i++) {
          const otherRow = row - (row % window) + Math.floor(i / window);
          const otherColumn = column - (column % window) + (i % window);
          const other = project(otherRow, otherColumn);
          const offset = Math.abs(otherRow - row) * window + Math.abs(otherColumn - column);
          const bias = parameter('attention_biases')[head * window * window + offset]!;
          scores.push(dot(part(own, head, 0), part(other, head, 1)) / Math.sqrt(each) + bias);
          shown.push(part(other, head, 2));
        }
        const weights = scores.map(Math.exp);
        const total = weights.reduce((a, b) => a + b, 0);
        for (let i = 0; i < each; i++) {
          const column = shown.map((value) => value[i]!);
          seen.push(dot(weights, column) / total);
        }
      }
      result.push(...linear(seen, parameter('proj.weight'), parameter('proj.bias')));
    }
  }
  return result;
}

describe('attention in windows', () => {
  it.each([
    ['maps that are padded to whole windows', [4, 5, 6], 2, 3],
    ['maps that divide into windows', [4, 6, 4], 1, 2],
    ['a map that is smaller than its window', [2, 1, 6], 3, 4],
  ] as const)('sees what TinyViT sees: %s', async (_, shape, heads, window) => {
    const input = ag.input('x', [1, ...shape]);
    const shapes = listParameters((scope) => windowAttention(scope, input, heads, window));
    const values = new Map(
      [...shapes].map(([name, size], i) => [name, numbers(ag.elementCount(size), i + 2)]),
    );
    const parameters = new Map(
      [...shapes].map(([name, size]) => [name, { shape: size, data: values.get(name)! }]),
    );
    const data = numbers(shape[0] * shape[1] * shape[2], 1);
    const out = windowAttention(constantScope(parameters), input, heads, window);
    const session = await runtime.load(ag.compile({ out }), { threads: 1 });
    const found = await session.run({ x: { type: 'float32', shape: [1, ...shape], data } });
    await session.release();
    expect(found.out!.shape).toEqual([1, ...shape]);
    const expected = attendPlainly(data, shape, heads, window, values);
    expect(worstError(found.out!.data as Float32Array, expected)).toBeLessThan(1e-5);
  });

  it('has gradients that agree with differences', async () => {
    const x = ag.constant(numbers(4 * 2 * 6, 1), [1, 4, 2, 6]);
    const build = (scope: Scope) => windowAttention(scope, x, 2, 3);
    await expectDifferences(runtime, listParameters(build), build);
  });

  it('refuses channels that do not divide into heads', () => {
    const x = ag.input('x', [1, 4, 4, 6]);
    expect(() => listParameters((scope) => windowAttention(scope, x, 4, 2))).toThrow(
      /windowAttention: 6 channels do not divide into 4 heads/,
    );
  });
});
