import { describe, expect, it } from 'vitest';
import type { Tensor, TensorValue, Values } from '../src/index.js';
import * as ag from '../src/index.js';
import { nodeRuntime } from '../src/node/index.js';
import { operations } from './cases.js';
import { expectClose, golden, goldenTensor } from './golden.js';

const runtime = nodeRuntime();

interface Built {
  readonly run: (feeds: Values) => Promise<Record<string, TensorValue>>;
  readonly feeds: Record<string, TensorValue>;
  readonly grads: readonly string[];
}

/** The operation, sum(out x cotangent) and its gradients as one graph. */
async function build(name: string): Promise<Built> {
  const golden_ = golden.cases.find((item) => item.name === name)!;
  const feeds: Record<string, TensorValue> = {};
  const inputs = golden_.inputs.map((argument) => {
    const value = goldenTensor(`${name}.in.${argument}`);
    feeds[argument] = value;
    return ag.input(argument, value.shape, value.type);
  });
  const out = operations[name]!(...inputs);
  const cotangent = goldenTensor(`${name}.cotangent.0`);
  feeds.cotangent = cotangent;
  const loss = ag.sum(ag.multiply(out, ag.input('cotangent', cotangent.shape)));
  const wanted = golden_.grads.map((argument) => inputs[golden_.inputs.indexOf(argument)]!);
  const outputs: Record<string, Tensor> = { out, loss };
  ag.gradients(loss, wanted).forEach((gradient, index) => {
    outputs[`grad.${golden_.grads[index]}`] = gradient;
  });
  const session = await runtime.load(ag.compile(outputs), { threads: 1 });
  return { run: (values) => session.run(values), feeds, grads: golden_.grads };
}

describe('operations', () => {
  it('has all 52 golden cases', () => {
    expect(golden.cases.map((item) => item.name).sort()).toEqual(Object.keys(operations).sort());
    expect(golden.cases.length).toBe(52);
  });

  it.each(golden.cases.map((item) => item.name))(
    '%s agrees with PyTorch, forwards and backwards',
    async (name) => {
      const { run, feeds, grads } = await build(name);
      const results = await run(feeds);
      expectClose(results.out!, goldenTensor(`${name}.out.0`), `${name} out`);
      for (const argument of grads) {
        expectClose(
          results[`grad.${argument}`]!,
          goldenTensor(`${name}.grad.${argument}`),
          `${name} grad ${argument}`,
        );
      }
    },
  );

  it.each(golden.cases.map((item) => item.name))(
    'the gradient of %s agrees with finite differences',
    async (name) => {
      const { run, feeds, grads } = await build(name);
      const results = await run(feeds);
      const step = 1e-2;
      for (const argument of grads) {
        const value = feeds[argument]!;
        const gradient = results[`grad.${argument}`]!.data as Float32Array;
        // One random direction tests every element at once.
        const direction = Float32Array.from(gradient, (_, i) => Math.sin(i * 1.7 + 0.3));
        const lossAt = async (sign: number): Promise<number> => {
          const data = (value.data as Float32Array).map((x, i) => x + sign * step * direction[i]!);
          return (await run({ ...feeds, [argument]: { ...value, data } })).loss!.data[0] as number;
        };
        const numeric = (await lossAt(1)) - (await lossAt(-1));
        const analytic = gradient.reduce((total, g, i) => total + g * direction[i]!, 0) * 2 * step;
        const size = Math.sqrt(gradient.reduce((total, g) => total + g * g, 0)) * 2 * step;
        expect(Math.abs(numeric - analytic), `${name} grad ${argument}`).toBeLessThan(0.03 * size + 2e-4);
      }
    },
  );
});
