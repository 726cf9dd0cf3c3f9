import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as nn from '../src/index.js';

const runtime = nodeRuntime();
const numbers = (size: number, seed: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.3 + seed));

/** Constants by name, and a scope over them. */
function filled(
  shapes: ReadonlyMap<string, ag.Shape>,
  adjust: (name: string, data: Float32Array) => Float32Array,
) {
  const values = new Map(
    [...shapes].map(([name, shape], i) => [name, adjust(name, numbers(ag.elementCount(shape), i))]),
  );
  return { values, scope: nn.rootScope((name, shape) => ag.constant(values.get(name)!, shape)) };
}

async function run(out: ag.Tensor): Promise<Float32Array> {
  const session = await runtime.load(ag.compile({ out }), { threads: 1 });
  return (await session.run({})).out!.data as Float32Array;
}

const expectClose = (actual: Float32Array, expected: Float32Array) => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * (1 + Math.abs(expected[i]!)));
  });
};

describe('scopes', () => {
  it('name parameters as PyTorch does', () => {
    const shapes = nn.listParameters((scope) => {
      const x = ag.input('x', [1, 4, 8, 8]);
      nn.convolution(scope.at('blocks').at(0).at('conv'), x, 6, 3, { padding: 1 });
      nn.linear(scope.at('q_proj'), ag.input('y', [2, 4]), 5, { bias: false, lora: { rank: 2, alpha: 4 } });
    });
    expect([...shapes]).toEqual([
      ['blocks.0.conv.weight', [6, 4, 3, 3]],
      ['blocks.0.conv.bias', [6]],
      ['q_proj.weight', [5, 4]],
      ['q_proj.lora_A.weight', [2, 4]],
      ['q_proj.lora_B.weight', [5, 2]],
    ]);
  });
});

describe('LoRA', () => {
  it('beside a layer is the same as merged into it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (inputs, outputs, rank) => {
          const lora = { rank, alpha: 3 };
          const x = ag.constant(numbers(2 * inputs, 9), [2, inputs]);
          const build = (scope: nn.Scope) => nn.linear(scope, x, outputs, { bias: false, lora });
          const { values, scope } = filled(nn.listParameters(build), (_, data) => data);
          const [weight, a, b] = ['weight', 'lora_A.weight', 'lora_B.weight'].map(
            (name) => values.get(name)!,
          );
          const merged = nn.mergeLora(weight!, a!, b!, outputs, inputs, lora);
          expectClose(
            await run(build(scope)),
            await run(ag.linear(x, ag.constant(merged, [outputs, inputs]))),
          );
        },
      ),
      { numRuns: 15, seed: 4 },
    );
  });

  it('refuses matrices of other sizes', () => {
    const empty = new Float32Array(4);
    expect(() => nn.mergeLora(empty, empty, empty, 2, 3, { rank: 1, alpha: 1 })).toThrow(
      /mergeLora: sizes do not fit/,
    );
  });
});

describe('convolutionBatchNorm', () => {
  it('is the convolution and then the norm with its stored statistics', async () => {
    const x = ag.constant(numbers(2 * 3 * 5 * 5, 2), [2, 3, 5, 5]);
    const options = { padding: 1, epsilon: 1e-3 };
    const build = (scope: nn.Scope) =>
      nn.convolutionBatchNorm(scope.at('conv'), scope.at('bn'), x, 4, 3, options);
    const { values, scope } = filled(nn.listParameters(build), (name, data) =>
      name.endsWith('running_var') ? data.map((value) => 0.5 + value * value) : data,
    );
    const vector = (name: string) => ag.constant(values.get(`bn.${name}`)!, [1, 4, 1, 1]);
    const plain = ag.convolution(x, ag.constant(values.get('conv.weight')!, [4, 3, 3, 3]), undefined, {
      padding: 1,
    });
    const deviation = ag.squareRoot(ag.add(vector('running_var'), 1e-3));
    const normed = ag.divide(ag.subtract(plain, vector('running_mean')), deviation);
    expectClose(
      await run(build(scope)),
      await run(ag.add(ag.multiply(normed, vector('weight')), vector('bias'))),
    );
  });
});
