import { describe, expect, it } from 'vitest';
import * as ag from '../src/index.js';
import { nodeRuntime } from '../src/node/index.js';
import { expectClose } from './golden.js';

const runtime = nodeRuntime();
const floats = (shape: ag.Shape, each: (i: number) => number): ag.TensorValue => ({
  type: 'float32',
  shape,
  data: Float32Array.from({ length: ag.elementCount(shape) }, (_, i) => each(i)),
});
const feeds = {
  x: floats([3, 4], (i) => Math.sin(i + 1)),
  weight: floats([4], (i) => 1 + i / 4),
  matrix: floats([4, 2], (i) => Math.cos(3 * i)),
};

function norm() {
  const x = ag.input('x', [3, 4]);
  const weight = ag.input('weight', [4]);
  return { x, weight, normed: ag.rmsNorm(x, weight) };
}

describe('RecomputedPart', () => {
  it('gives through two parts the gradients of one graph', async () => {
    const whole = norm();
    const matrix = ag.input('matrix', [4, 2]);
    const product = ag.matmul(whole.normed, matrix);
    const all = ag.gradients(ag.sum(ag.multiply(product, product)), [whole.x, whole.weight, matrix]);
    const session = await runtime.load(ag.compile({ dx: all[0]!, dWeight: all[1]!, dMatrix: all[2]! }));
    const expected = await session.run(feeds);

    const { x, weight, normed } = norm();
    const first = await ag.RecomputedPart.open(
      { outputs: { normed }, from: ['normed'], wanted: { x, weight } },
      runtime,
    );
    const given = ag.input('given', [3, 4]);
    const own = ag.input('matrix', [4, 2]);
    const result = ag.matmul(given, own);
    const loss = ag.sum(ag.multiply(result, result));
    const second = await ag.RecomputedPart.open(
      { outputs: { loss }, from: ['loss'], wanted: { given, matrix: own } },
      runtime,
    );
    const between = await first.forward(feeds);
    const inputs = { given: between.normed!, matrix: feeds.matrix };
    const back = await second.backward(inputs, { loss: floats([], () => 1) });
    const begun = await first.backward(feeds, { normed: back.given! });
    expectClose(back.matrix!, expected.dMatrix!, 'matrix');
    expectClose(begun.x!, expected.dx!, 'x');
    expectClose(begun.weight!, expected.dWeight!, 'weight');
    expect(first.shapes).toEqual(
      new Map([
        ['x', [3, 4]],
        ['weight', [4]],
      ]),
    );
    for (const part of [first, second]) await part.release();
    await session.release();
  });

  it('asks for the gradient of each of its outputs, and names an output that it does not have', async () => {
    const { x, normed } = norm();
    const part = await ag.RecomputedPart.open(
      { outputs: { normed }, from: ['normed'], wanted: { x } },
      runtime,
    );
    await expect(part.backward(feeds, {})).rejects.toThrow(
      'input gradient at normed float32[3, 4] is missing',
    );
    await part.release();
    await expect(
      ag.RecomputedPart.open({ outputs: { normed }, from: ['other'], wanted: { x } }, runtime),
    ).rejects.toThrow('has no output other');
  });

  it('computes ahead alone where no gradients are wanted', async () => {
    const { normed } = norm();
    const part = await ag.RecomputedPart.open({ outputs: { normed }, from: ['normed'], wanted: {} }, runtime);
    expect((await part.forward(feeds)).normed!.shape).toEqual([3, 4]);
    await expect(part.backward(feeds, {})).rejects.toThrow('no gradients are wanted of this part');
    await part.release();
  });
});
