import * as ortWeb from 'onnxruntime-web';
import { expect, it } from 'vitest';
import * as ag from '../src/index.js';
import { nodeRuntime } from '../src/node/index.js';

// One thread: more would need a worker, and what is compared here are numbers.
ortWeb.env.wasm.numThreads = 1;

const runtimes = [nodeRuntime(), ag.createRuntime(ortWeb, 'onnxruntime-web', ['wasm'])] as const;

const HEADS = 4;
const KEY_HEADS = 2;
const WIDTH = 8;

const parameterShapes = {
  kernel: [8, 3, 3, 3],
  scale: [8],
  shift: [8],
  queries: [HEADS * WIDTH, 64],
  keys: [KEY_HEADS * WIDTH, 64],
  values: [KEY_HEADS * WIDTH, 64],
  scaleLast: [HEADS * WIDTH],
  shiftLast: [HEADS * WIDTH],
} satisfies Record<string, ag.Shape>;

/** Smooth numbers between -0.5 and 0.5, others for each seed. */
const numbers = (shape: ag.Shape, seed: number): Float32Array =>
  Float32Array.from({ length: ag.elementCount(shape) }, (_, i) => 0.5 * Math.sin(i * 1.37 + seed * 2.1));

const parameterValues = new Map<string, Float32Array>(
  Object.entries(parameterShapes).map(([name, shape], index) => [name, numbers(shape, index)]),
);

const value = (shape: ag.Shape, data: Float32Array): ag.TensorValue => ({ type: 'float32', shape, data });
const pictures = { pictures: value([2, 3, 8, 8], numbers([2, 3, 8, 8], 9)) };

/** Convolution, every kind of norm, rotary embedding, causal grouped attention, FusedMatMul and external weights. */
function build(parameters: ReadonlyMap<string, ag.Tensor>): ag.Tensor {
  const of = (name: keyof typeof parameterShapes): ag.Tensor => parameters.get(name)!;
  const picture = ag.convolution(ag.input('pictures', [2, 3, 8, 8]), of('kernel'), undefined, { padding: 1 });
  const seen = ag.relu(ag.groupNorm(picture, 2, of('scale'), of('shift')));
  const rows = ag.reshape(ag.maxPool(ag.instanceNorm(seen), 2), [2, 8, 16]);
  const wide = ag.constant(numbers([64, 16], 20), [64, 16]);
  const tokens = ag.rmsNorm(ag.linear(rows, wide), ag.constant(new Float32Array(64).fill(1), [64]));
  const positions = ag.constant(
    BigInt64Array.from({ length: 16 }, (_, i) => BigInt(i % 8)),
    [2, 8],
    'int64',
  );
  const tables = ag.rotaryTables(8, WIDTH, 10000);
  const heads = (weight: ag.Tensor, count: number): ag.Tensor =>
    ag.transpose(ag.reshape(ag.linear(tokens, weight), [2, 8, count, WIDTH]), [0, 2, 1, 3]);
  const turned = (x: ag.Tensor): ag.Tensor => ag.rotaryEmbedding(x, positions, tables);
  const seenTokens = ag.attention(
    turned(heads(of('queries'), HEADS)),
    turned(heads(of('keys'), KEY_HEADS)),
    heads(of('values'), KEY_HEADS),
    { causal: true },
  );
  const joined = ag.reshape(ag.transpose(seenTokens, [0, 2, 1, 3]), [2, 8, HEADS * WIDTH]);
  const out = ag.silu(ag.layerNorm(joined, of('scaleLast'), of('shiftLast')));
  const weights = ag.constant(numbers([2, 8, HEADS * WIDTH], 30), [2, 8, HEADS * WIDTH]);
  return ag.sum(ag.multiply(out, weights));
}

function expectSame(actual: ag.TensorValue, expected: ag.TensorValue, label: string): void {
  expect(actual.shape, `shape of ${label}`).toEqual(expected.shape);
  const differences = Array.from(expected.data as Float32Array, (want, i) =>
    Math.abs(want - Number(actual.data[i])),
  );
  const worst = Math.max(...differences);
  expect(worst, `largest difference of ${label}`).toBeLessThan(1e-4);
}

it('gives the same loss and gradients in the WebAssembly build', async () => {
  const inputs = new Map(
    Object.entries(parameterShapes).map(([name, shape]) => [name, ag.input(name, shape)] as const),
  );
  const loss = build(inputs);
  const derived = ag.gradients(loss, [...inputs.values()]);
  const outputs = Object.fromEntries(
    [...inputs.keys()].map((name, index) => [`to.${name}`, derived[index]!]),
  );
  const graph = ag.compile({ loss, ...outputs });
  expect(graph.externalData.length, 'weights outside the model').toBeGreaterThan(0);
  const feeds = { ...pictures };
  for (const [name, shape] of Object.entries(parameterShapes)) {
    Object.assign(feeds, { [name]: value(shape, parameterValues.get(name)!) });
  }
  const [inNode, inWeb] = await Promise.all(
    runtimes.map(async (runtime) => {
      const session = await runtime.load(graph, { threads: 1 });
      const results = await session.run(feeds);
      await session.release();
      return results;
    }),
  );
  expect(Object.keys(inWeb!)).toEqual(Object.keys(inNode!));
  for (const [name, expected] of Object.entries(inNode!)) {
    expect(
      expected.data.some((number) => number !== 0),
      `${name} is not all zeros`,
    ).toBe(true);
    expectSame(inWeb![name]!, expected, name);
  }
});

it('makes the same AdamW steps in the WebAssembly build', async () => {
  const parameters = Object.entries(parameterShapes).map(([name, shape]) => ({ name, shape }));
  const training = ag.trainingGraph(
    [{ name: 'all', parameters, weightDecay: 0.01 }],
    (byName) => ({ loss: build(byName) }),
    // With the usual epsilon a gradient that is rounding alone makes a whole step, in either direction.
    { epsilon: 1e-3 },
  );
  const [inNode, inWeb] = await Promise.all(
    runtimes.map(async (runtime) => {
      const trainer = await ag.Trainer.create(training, parameterValues, runtime, { threads: 1 });
      const losses: number[] = [];
      for (let step = 0; step < 3; step++) {
        losses.push((await trainer.step(pictures, { learningRates: { all: 1e-3 } })).loss);
      }
      const after = trainer.save().arrays;
      await trainer.close();
      return { losses, after };
    }),
  );
  inNode!.losses.forEach((loss, step) => {
    expect(inWeb!.losses[step], `loss of step ${step}`).toBeCloseTo(loss, 4);
  });
  expect(inWeb!.losses[2]).toBeLessThan(inWeb!.losses[0]!);
  for (const [name, data] of Object.entries(inNode!.after)) {
    expectSame(value([data.length], inWeb!.after[name]!), value([data.length], data), name);
  }
});

it('writes outputs into given arrays in the WebAssembly build', async () => {
  const session = await runtimes[1].load(ag.compile({ out: ag.multiply(ag.input('x', [2]), 2) }));
  const data = new Float32Array(2);
  const { out } = await session.run({ x: value([2], Float32Array.of(3, 4)) }, { out: value([2], data) });
  expect([...data]).toEqual([6, 8]);
  expect(out!.data).toBe(data);
  const short = { out: value([1], new Float32Array(1)) };
  await expect(session.run({ x: value([2], Float32Array.of(3, 4)) }, short)).rejects.toThrow(/output out/);
});
