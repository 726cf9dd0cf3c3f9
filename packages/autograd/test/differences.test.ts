import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Shape, Tensor } from '../src/index.js';
import * as ag from '../src/index.js';
import { nodeRuntime } from '../src/node/index.js';

const runtime = nodeRuntime();

type Build = (...inputs: Tensor[]) => Tensor;

/** Numbers from 0 to 1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 4294967296;
  };
}

/** Evenly spaced numbers in random order: none equals another, so that a maximum stays where it is when one moves. */
function apart(shape: Shape, seed: number, low: number, high: number): Float32Array {
  const count = ag.elementCount(shape);
  const random = randomNumbers(seed);
  const order = Array.from({ length: count }, (_, i) => ({ i, key: random() })).sort((a, b) => a.key - b.key);
  return Float32Array.from(order, ({ i }) => low + ((high - low) * (i + 0.37)) / count);
}

const whole = (shape: Shape, seed: number): Float32Array => {
  const random = randomNumbers(seed + 77);
  return Float32Array.from({ length: ag.elementCount(shape) }, () => Math.floor(random() * 5) - 2);
};

/** One graph for an operation's output and, for a fixed cotangent, the gradients of its inputs. */
async function open(build: Build, shapes: readonly Shape[], cotangentOf: (shape: Shape) => Float32Array) {
  const inputs = shapes.map((shape, index) => ag.input(`x${index}`, shape));
  const out = build(...inputs);
  const cotangent = cotangentOf(out.shape);
  const derived = ag.gradients(ag.sum(ag.multiply(out, ag.constant(cotangent, out.shape))), inputs);
  const gradients = Object.fromEntries(derived.map((gradient, index) => [`to.${index}`, gradient]));
  const feeds = (values: readonly Float32Array[]): ag.Values =>
    Object.fromEntries(
      shapes.map((shape, index) => [`x${index}`, { type: 'float32', shape, data: values[index]! }]),
    );
  const session = await runtime.load(ag.compile({ out, ...gradients }), { threads: 1 });
  // The differences need the output alone, and are taken of each of its elements, in double precision.
  const forward = await runtime.load(ag.compile({ out }), { threads: 1 });
  return {
    shape: out.shape,
    run: (values: readonly Float32Array[]) => session.run(feeds(values)),
    async lossOf(values: readonly Float32Array[]): Promise<number> {
      const data = (await forward.run(feeds(values))).out!.data as Float32Array;
      return data.reduce((total, value, i) => total + value * cotangent[i]!, 0);
    },
    async close(): Promise<void> {
      await session.release();
      await forward.release();
    },
  };
}

/** The same values with one element of one input moved. */
const moved = (values: readonly Float32Array[], index: number, element: number, by: number) =>
  values.map((data, i) =>
    i === index ? data.map((value, k) => (k === element ? value + by : value)) : data,
  );

/** Checks shapes, and every element of every gradient against differences of fourth order. */
async function expectDifferences(
  build: Build,
  shapes: readonly Shape[],
  values: readonly Float32Array[],
): Promise<void> {
  const opened = await open(build, shapes, (shape) => apart(shape, 99, -1, 1));
  const results = await opened.run(values);
  expect(results.out!.shape).toEqual(opened.shape);
  const step = 1e-2;
  for (let index = 0; index < shapes.length; index++) {
    const gradient = results[`to.${index}`]!;
    expect(gradient.shape, `shape of gradient ${index}`).toEqual(shapes[index]);
    for (let element = 0; element < gradient.data.length; element++) {
      const difference = async (by: number): Promise<number> =>
        (await opened.lossOf(moved(values, index, element, by))) -
        (await opened.lossOf(moved(values, index, element, -by)));
      const numeric = (8 * (await difference(step)) - (await difference(2 * step))) / (12 * step);
      const analytic = gradient.data[element] as number;
      const allowed = 3e-3 + 5e-3 * Math.abs(numeric);
      expect(
        Math.abs(analytic - numeric),
        `input ${index} element ${element}: gradient ${analytic}, by differences ${numeric}`,
      ).toBeLessThan(allowed);
    }
  }
  await opened.close();
}

/** For maps that are linear in each input, at whole numbers, where float32 is exact: gradients equal differences. */
async function expectExact(
  build: Build,
  shapes: readonly Shape[],
  values: readonly Float32Array[],
): Promise<void> {
  const opened = await open(build, shapes, (shape) => whole(shape, 5));
  const results = await opened.run(values);
  expect(results.out!.shape).toEqual(opened.shape);
  const before = await opened.lossOf(values);
  for (let index = 0; index < shapes.length; index++) {
    const gradient = results[`to.${index}`]!;
    expect(gradient.shape).toEqual(shapes[index]);
    const numeric = new Float32Array(gradient.data.length);
    for (let element = 0; element < numeric.length; element++)
      numeric[element] = (await opened.lossOf(moved(values, index, element, 1))) - before;
    // Adding 0 makes -0 and 0 the same.
    expect(Array.from(gradient.data as Float32Array, (g) => g + 0)).toEqual(
      Array.from(numeric, (g) => g + 0),
    );
  }
  await opened.close();
}

interface Case {
  readonly shapes: readonly Shape[];
  readonly build: (...inputs: [Tensor, Tensor, Tensor, Tensor]) => Tensor;
  readonly low?: number;
  readonly high?: number;
}

const condition = (shape: Shape): Tensor => ag.greater(ag.constant(apart(shape, 3, -1, 1), shape), 0);
const indices = (values: readonly number[], shape: Shape): Tensor =>
  ag.constant(BigInt64Array.from(values, BigInt), shape, 'int64');
const normInputs = (shape: Shape, size: number): Shape[] => [shape, [size], [size]];

const elementwise: Record<string, Case> = {
  subtract: { shapes: [[2, 3], [3]], build: (a, b) => ag.subtract(a, b) },
  'subtract from a number': { shapes: [[4]], build: (a) => ag.subtract(2, a) },
  'divide, both ways broadcast': {
    shapes: [[2, 1], [3]],
    build: (a, b) => ag.divide(a, b),
    low: 0.8,
    high: 3,
  },
  maximum: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (a, b) => ag.maximum(a, b),
  },
  minimum: {
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    build: (a, b) => ag.minimum(a, b),
  },
  'minimum with a number': { shapes: [[7]], build: (a) => ag.minimum(a, 0.6) },
  where: {
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: (a, b) => ag.where(condition([2, 3]), a, b),
  },
  'where, all broadcast': { shapes: [[3, 1], []], build: (a, b) => ag.where(condition([2, 1, 4]), a, b) },
  clip: { shapes: [[4, 3]], build: (a) => ag.clip(a, -1, 0.5) },
  negate: { shapes: [[3]], build: (a) => ag.negate(a) },
  logarithm: { shapes: [[2, 4]], build: (a) => ag.logarithm(a), low: 0.4, high: 3 },
  reciprocal: { shapes: [[2, 4]], build: (a) => ag.reciprocal(a), low: 0.5, high: 3 },
  absolute: { shapes: [[3, 4]], build: (a) => ag.absolute(a) },
  errorFunction: { shapes: [[9]], build: (a) => ag.errorFunction(a) },
  sigmoidLinearUnit: { shapes: [[9]], build: (a) => ag.sigmoidLinearUnit(a, 0.5) },
  gelu: { shapes: [[9]], build: (a) => ag.gelu(a), low: -4, high: 4 },
};

const layout: Record<string, Case> = {
  expand: { shapes: [[3, 1]], build: (a) => ag.expand(a, [2, 3, 4]) },
  'expand a scalar': { shapes: [[]], build: (a) => ag.expand(a, [2, 3]) },
  sumTo: { shapes: [[2, 3, 4]], build: (a) => ag.sumTo(a, [3, 1]) },
  unbroadcast: {
    shapes: [
      [2, 3],
      [1, 3],
    ],
    build: (a, b) => ag.unbroadcast(ag.multiply(a, b), b),
  },
  split: {
    shapes: [[2, 7]],
    // The middle part is not used: its gradient is zeros.
    build: (a) => {
      const [left, , right] = ag.split(a, -1, [3, 1, 3]);
      return ag.multiply(left!, ag.exponential(right!));
    },
  },
  reverse: { shapes: [[2, 1, 3]], build: (a) => ag.reverse(a, [0, 1, 2]) },
  'pad with negative amounts': {
    shapes: [[4, 5]],
    build: (a) =>
      ag.pad(a, [
        [-1, -1],
        [0, -2],
      ]),
  },
  'pad and cut at once': {
    shapes: [[3, 4]],
    build: (a) =>
      ag.pad(a, [
        [2, -1],
        [-3, 1],
      ]),
  },
  'slice with step 2': { shapes: [[2, 7]], build: (a) => ag.slice(a, 1, 1, 7, 2) },
  'slice with step 2 from an even size': { shapes: [[8, 2]], build: (a) => ag.slice(a, 0, 0, 8, 2) },
  'slice with step 3, end left out': { shapes: [[9]], build: (a) => ag.slice(a, -1, 2, 7, 3) },
  insertZeros: { shapes: [[2, 3, 2]], build: (a) => ag.insertZeros(a, 1, 3) },
  concatenate: {
    shapes: [
      [2, 1],
      [2, 3],
    ],
    build: (a, b) => ag.concatenate([a, ag.constant(Float32Array.of(1, 2), [2, 1]), b], -1),
  },
  depthToSpace: { shapes: [[1, 18, 2, 3]], build: (a) => ag.depthToSpace(a, 3) },
};

const reductions: Record<string, Case> = {
  'max of all': { shapes: [[2, 3, 4]], build: (a) => ag.max(a) },
  'max, axes kept': { shapes: [[2, 3, 4]], build: (a) => ag.max(a, { axes: [0, -1], keepDimensions: true }) },
  'max, axes dropped': { shapes: [[2, 3, 4]], build: (a) => ag.max(a, { axes: [1] }) },
  'sum, axes kept': { shapes: [[2, 3, 4]], build: (a) => ag.sum(a, { axes: [1, 2], keepDimensions: true }) },
  'sum, last axis dropped': { shapes: [[2, 3]], build: (a) => ag.sum(a, { axes: [-1] }) },
  'mean of all': { shapes: [[3, 5]], build: (a) => ag.mean(a) },
  'mean, axes kept': { shapes: [[3, 5]], build: (a) => ag.mean(a, { axes: [0], keepDimensions: true }) },
  softmax: { shapes: [[3, 1, 5]], build: (a) => ag.softmax(a) },
};

const indexing: Record<string, Case> = {
  takeLast: { shapes: [[2, 3, 4]], build: (a) => ag.takeLast(a, indices([0, 3, 1, 2, 2, 0], [2, 3])) },
  'embedding, rows repeated': {
    shapes: [[4, 3]],
    build: (a) => ag.embedding(a, indices([2, 2, 0, 2], [2, 2])),
  },
  'gatherRows, rows repeated': {
    shapes: [[2, 3, 2, 2]],
    build: (a) => ag.gatherRows(a, indices([2, 2, 0, 1], [2, 2])),
  },
  crossEntropy: {
    shapes: [[2, 3, 5]],
    build: (a) => ag.crossEntropy(a, indices([0, -100, 4, 2, -100, 1], [2, 3])),
  },
  'crossEntropy with nothing to learn': {
    shapes: [[2, 3]],
    build: (a) => ag.crossEntropy(a, indices([-100, -100], [2])),
  },
  'binaryCrossEntropy, weighed': {
    shapes: [[2, 3]],
    build: (a) => {
      const targets = ag.constant(Float32Array.of(0, 1, 1, 0, 1, 0), [2, 3]);
      return ag.binaryCrossEntropy(a, targets, ag.constant(Float32Array.of(1, 3), [2, 1]));
    },
  },
};

const products: Record<string, Case> = {
  'matmul, first transposed': {
    shapes: [
      [4, 3],
      [4, 2],
    ],
    build: (a, b) => ag.matmul(a, b, { transposeA: true, alpha: 0.5 }),
  },
  'matmul, both transposed, batches broadcast': {
    shapes: [
      [2, 1, 4, 3],
      [3, 2, 4],
    ],
    build: (a, b) => ag.matmul(a, b, { transposeA: true, transposeB: true }),
  },
  'matmul, batch against one table': {
    shapes: [
      [2, 4, 3],
      [4, 5],
    ],
    build: (a, b) => ag.matmul(a, b, { transposeA: true, alpha: 2 }),
  },
  'matmul, one table against a batch': {
    shapes: [
      [2, 3],
      [2, 3, 4],
    ],
    build: (a, b) => ag.matmul(a, b),
  },
  'linear of a vector': { shapes: [[3], [2, 3], [2]], build: (x, w, b) => ag.linear(x, w, b) },
  'attention, keys shared, bias, causal': {
    shapes: [
      [2, 4, 3, 2],
      [2, 2, 5, 2],
      [2, 2, 5, 3],
      [1, 4, 1, 5],
    ],
    build: (q, k, v, bias) => ag.attention(q, k, v, { bias, causal: true }),
  },
  'attention, one key head': {
    shapes: [
      [1, 3, 2, 4],
      [1, 1, 3, 4],
      [1, 1, 3, 4],
    ],
    build: (q, k, v) => ag.attention(q, k, v),
  },
  'rotaryEmbedding, positions apart': {
    shapes: [[2, 3, 3, 6]],
    build: (x) => ag.rotaryEmbedding(x, indices([0, 4, 9, 7, 1, 2], [2, 3]), ag.rotaryTables(10, 6, 100)),
  },
};

const norms: Record<string, Case> = {
  layerNorm: { shapes: normInputs([3, 7], 7), build: (x, w, b) => ag.layerNorm(x, w, b) },
  'layerNorm of a vector': { shapes: normInputs([5], 5), build: (x, w, b) => ag.layerNorm(x, w, b) },
  layerNormChannels: {
    shapes: normInputs([2, 3, 3, 1], 3),
    build: (x, w, b) => ag.layerNormChannels(x, w, b),
  },
  rmsNorm: { shapes: [[2, 3, 5], [5]], build: (x, w) => ag.rmsNorm(x, w) },
  instanceNorm: { shapes: [[2, 3, 5, 3]], build: (x) => ag.instanceNorm(x) },
  'instanceNorm of one axis': { shapes: [[3, 2, 7]], build: (x) => ag.instanceNorm(x) },
  groupNorm: { shapes: normInputs([2, 6, 3, 5], 6), build: (x, w, b) => ag.groupNorm(x, 3, w, b) },
  batchNormTraining: {
    shapes: normInputs([3, 3, 3, 1], 3),
    build: (x, w, b) => ag.batchNormTraining(x, w, b),
  },
};

const pictures: Record<string, Case> = {
  'resizeBilinear, smaller': { shapes: [[1, 2, 7, 6]], build: (x) => ag.resizeBilinear(x, 3, 5) },
  'resizeBilinear, corners aligned, odd': {
    shapes: [[1, 2, 5, 3]],
    build: (x) => ag.resizeBilinear(x, 7, 2, true),
  },
  'resizeBilinear to one pixel': { shapes: [[1, 1, 5, 4]], build: (x) => ag.resizeBilinear(x, 1, 1, true) },
  'resizeNearest, smaller': { shapes: [[1, 2, 7, 6]], build: (x) => ag.resizeNearest(x, 3, 4) },
  'adaptiveAveragePool that does not divide': {
    shapes: [[2, 1, 7, 5]],
    build: (x) => ag.adaptiveAveragePool(x, 3, 4),
  },
  'adaptiveAveragePool to more': { shapes: [[1, 1, 3, 2]], build: (x) => ag.adaptiveAveragePool(x, 5, 3) },
  'maxPool with stride and padding': { shapes: [[1, 2, 7, 6]], build: (x) => ag.maxPool(x, 3, 2, 1) },
  'maxPool with windows that overlap': { shapes: [[2, 1, 5, 4]], build: (x) => ag.maxPool(x, 3, 1) },
};

describe.each(Object.entries({ elementwise, layout, reductions, indexing, products, norms, pictures }))(
  '%s: gradients agree with differences',
  (_, cases) => {
    it.each(Object.entries(cases))('%s', async (_name, { shapes, build, low = -2, high = 2 }) => {
      const values = shapes.map((shape, index) => apart(shape, index + 1, low + index * 0.003, high));
      await expectDifferences((...inputs) => build(...(inputs as Parameters<typeof build>)), shapes, values);
    });
  },
);

const convolutions: Record<string, [x: Shape, weight: Shape, options: ag.ConvolutionOptions]> = {
  'stride 2, uneven padding, odd sizes': [[2, 2, 7, 5], [3, 2, 3, 3], { stride: 2, padding: [0, 1, 2, 1] }],
  'stride 3, last rows not reached': [[1, 2, 9, 10], [2, 2, 2, 2], { stride: 3 }],
  'kernel 1, stride 2, last row not reached': [[2, 2, 6, 6], [3, 2, 1, 1], { stride: 2 }],
  'more padding than the kernel reaches': [[1, 1, 3, 4], [2, 1, 2, 3], { padding: [3, 0, 1, 4] }],
  'padding around kernel 1': [[1, 2, 3, 3], [2, 2, 1, 1], { padding: 1, stride: 2 }],
  'long kernels': [[1, 2, 5, 6], [2, 2, 1, 5], { padding: [0, 2, 0, 2] }],
  'grouped, stride 2': [[2, 4, 7, 6], [6, 2, 3, 3], { stride: 2, padding: 1, groups: 2 }],
  'depthwise, stride 2, odd sizes': [[2, 3, 7, 5], [3, 1, 5, 5], { stride: 2, padding: 2, groups: 3 }],
  'depthwise, last rows not reached': [[1, 3, 8, 9], [3, 1, 3, 3], { stride: 3, groups: 3 }],
  'two outputs a channel': [[1, 3, 5, 5], [6, 1, 3, 3], { padding: 1, groups: 3, stride: 2 }],
};

describe('convolution: gradients equal differences', () => {
  it.each(Object.entries(convolutions))('%s', async (_, [x, weight, options]) => {
    const shapes = [x, weight, [weight[0]!]];
    const values = shapes.map((shape, index) => whole(shape, index));
    await expectExact((a, b, c) => ag.convolution(a!, b!, c!, options), shapes, values);
  });
});

/** What ONNX Runtime itself gives for the same inputs. */
async function expectSameAs(build: Build, reference: Build, shapes: readonly Shape[], digits: number) {
  const inputs = shapes.map((shape, index) => ag.input(`x${index}`, shape));
  const own = build(...inputs);
  const other = reference(...inputs);
  const session = await runtime.load(ag.compile({ own, other }), { threads: 1 });
  const feeds = shapes.map((shape, index) => [
    `x${index}`,
    { type: 'float32', shape, data: whole(shape, index + 10) },
  ]);
  const results = await session.run(Object.fromEntries(feeds));
  expect(results.own!.shape).toEqual(results.other!.shape);
  expect(results.own!.shape).toEqual(own.shape);
  results.other!.data.forEach((value, i) => {
    expect(results.own!.data[i]).toBeCloseTo(Number(value), digits);
  });
  await session.release();
}

const convTranspose = (x: Tensor, weight: Tensor, stride: number, padding: number, shape: Shape): Tensor =>
  ag.addNode('ConvTranspose', [x, weight], {
    attributes: { strides: [stride, stride], pads: [padding, padding, padding, padding] },
    outputs: [{ shape }],
  })[0]!;

const resizeOperator = (x: Tensor, height: number, width: number, mode: string, coordinates: string) => {
  const shape = [x.shape[0]!, x.shape[1]!, height, width];
  return ag.addNode('Resize', [x, undefined, undefined, ag.integers(shape)], {
    attributes: { mode, coordinate_transformation_mode: coordinates, nearest_mode: 'floor' },
    outputs: [{ shape }],
  })[0]!;
};

describe('resizes and transposed convolutions', () => {
  it.each([
    [3, 5],
    [11, 4],
    [1, 9],
  ])('resize to %i x %i as ONNX Runtime does', async (height, width) => {
    const shapes = [[1, 2, 7, 6]];
    await expectSameAs(
      (x) => ag.resizeBilinear(x!, height, width),
      (x) => resizeOperator(x!, height, width, 'linear', 'half_pixel'),
      shapes,
      4,
    );
    await expectSameAs(
      (x) => ag.resizeBilinear(x!, height, width, true),
      (x) => resizeOperator(x!, height, width, 'linear', 'align_corners'),
      shapes,
      4,
    );
    await expectSameAs(
      (x) => ag.resizeNearest(x!, height, width),
      (x) => resizeOperator(x!, height, width, 'nearest', 'asymmetric'),
      shapes,
      6,
    );
  });

  it.each([
    { kernel: [3, 3], stride: 1, padding: 0 },
    { kernel: [3, 3], stride: 2, padding: 1 },
    { kernel: [5, 4], stride: 3, padding: 2 },
    { kernel: [2, 1], stride: 3, padding: 0 },
    { kernel: [3, 3], stride: 3, padding: 0 },
    { kernel: [2, 2], stride: 2, padding: 1 },
  ])('transposed: kernel $kernel, stride $stride, padding $padding', async ({ kernel, stride, padding }) => {
    const shapes = [
      [2, 2, 3, 4],
      [2, 3, ...kernel],
    ];
    const build: Build = (x, w) => ag.transposedConvolution(x!, w!, undefined, { stride, padding });
    await expectSameAs(
      build,
      (x, w) => convTranspose(x!, w!, stride, padding, build(x!, w!).shape),
      shapes,
      6,
    );
    const values = [...shapes, [3]].map((shape, index) => whole(shape, index));
    await expectExact(
      (x, w, b) => ag.transposedConvolution(x!, w!, b!, { stride, padding }),
      [...shapes, [3]],
      values,
    );
  });
});

/** Smooth operations, tame enough that a chain of them can be followed by differences. */
const smooth: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  ag.add,
  ag.subtract,
  (a, b) => ag.multiply(a, ag.sigmoid(b)),
  (a, b) => ag.divide(a, ag.add(ag.softplus(b), 0.5)),
  (a) => ag.hyperbolicTangent(a),
  (a) => ag.exponential(ag.negate(ag.multiply(a, a))),
  (a) => ag.logarithm(ag.add(ag.multiply(a, a), 1)),
  (a) => ag.squareRoot(ag.add(ag.multiply(a, a), 1)),
  (a) => ag.errorFunction(a),
  (a) => ag.silu(a),
  (a) => ag.geluTanh(a),
  (a) => ag.reciprocal(ag.add(ag.exponential(ag.hyperbolicTangent(a)), 0.5)),
];

/** A full shape and, for each input, which of its leading axes are left out and which have size 1. */
const broadcastShapes = fc
  .record({
    full: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    inputs: fc.array(fc.record({ drop: fc.nat(3), ones: fc.nat(7) }), { minLength: 2, maxLength: 3 }),
  })
  .map(({ full, inputs }) =>
    inputs.map(({ drop, ones }) => full.map((size, axis) => ((ones >> axis) & 1 ? 1 : size)).slice(drop)),
  );

describe('properties', () => {
  it('the gradient of any chain of elementwise operations agrees with differences', async () => {
    await fc.assert(
      fc.asyncProperty(
        broadcastShapes,
        fc.array(fc.tuple(fc.nat(smooth.length - 1), fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 6 }),
        async (shapes, steps) => {
          const values = shapes.map((shape, index) => apart(shape, index + 40, -1.5, 1.5));
          const build: Build = (...inputs) => {
            const known = [...inputs];
            for (const [operation, a, b] of steps) {
              // The newest value goes in, so that chains grow long.
              const left = known[known.length - 1 - (a % Math.min(known.length, 2))]!;
              known.push(smooth[operation]!(left, known[b % known.length]!));
            }
            return known.at(-1)!;
          };
          await expectDifferences(build, shapes, values);
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  it('convolutions of any geometry have the shape that ONNX Runtime gives, and exact gradients', async () => {
    const side = fc.integer({ min: 1, max: 8 });
    const edge = fc.integer({ min: 0, max: 3 });
    const kernel = fc.integer({ min: 1, max: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side),
        fc.tuple(kernel, kernel),
        fc.tuple(edge, edge, edge, edge),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom([1, 2, 2], [1, 1, 1], [2, 1, 1], [2, 2, 1], [3, 1, 2]),
        async ([h, w], [kh, kw], padding, stride, [groups, perGroup, outputs]) => {
          fc.pre(h + padding[0] + padding[2] >= kh && w + padding[1] + padding[3] >= kw);
          const shapes = [
            [2, groups! * perGroup!, h, w],
            [groups! * outputs!, perGroup!, kh, kw],
          ];
          const values = shapes.map((shape, index) => whole(shape, index));
          await expectExact(
            (x, weight) => ag.convolution(x!, weight!, undefined, { stride, padding, groups: groups! }),
            shapes,
            values,
          );
        },
      ),
      { numRuns: 120, seed: 2 },
    );
  });

  it('pools of any geometry have the shape that ONNX Runtime gives', async () => {
    const side = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(3),
        async ([h, w], kernel, stride, padding) => {
          fc.pre(padding < kernel && Math.min(h, w) + 2 * padding >= kernel);
          const shape = [1, 1, h, w];
          await expectDifferences(
            (x) => ag.maxPool(x!, kernel, stride, padding),
            [shape],
            [apart(shape, 7, -4, 4)],
          );
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  it('slices of any geometry have the shape that ONNX Runtime gives, and exact gradients', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.nat(8),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(2),
        async (size, start, length, step, axis) => {
          fc.pre(start + length <= size);
          const shape = [2, 2, 2].map((other, i) => (i === axis ? size : other));
          await expectExact(
            (x) => ag.slice(x!, axis, start, start + length, step),
            [shape],
            [whole(shape, 1)],
          );
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });
});
