import { describe, expect, it } from 'vitest';
import * as ag from '../src/index.js';
import { nodeRuntime } from '../src/node/index.js';
import { expectClose, golden, goldenTensor } from './golden.js';

const runtime = nodeRuntime();
const settings = golden.adamw;
const shapes = [[5, 3], [7]];

/** A loss whose gradient is the golden gradient: sum(parameter x gradient). */
function goldenTraining(): ag.TrainingGraph {
  const parameters = shapes.map((shape, index) => ({ name: `p${index}`, shape }));
  return ag.trainingGraph(
    [{ name: 'all', parameters, weightDecay: settings.weight_decay }],
    (byName) => {
      const terms = parameters.map(({ name, shape }) =>
        ag.sum(ag.multiply(byName.get(name)!, ag.input(`grad.${name}`, shape))),
      );
      return { loss: terms.reduce((a, b) => ag.add(a, b)) };
    },
    { betas: settings.betas, epsilon: settings.eps, clipNorm: settings.clip_norm },
  );
}

const start = () =>
  new Map(shapes.map((_, index) => [`p${index}`, goldenTensor(`adamw.start.${index}`).data as Float32Array]));
const feedsAt = (step: number): ag.Values =>
  Object.fromEntries(
    shapes.map((_, index) => [`grad.p${index}`, goldenTensor(`adamw.grad.${step}.${index}`)]),
  );
const rates = { learningRates: { all: settings.lr } };

function expectParameters(trainer: ag.Trainer, step: number): void {
  shapes.forEach((shape, index) => {
    const data = trainer.parameters().get(`p${index}`)!;
    expectClose(
      { type: 'float32', shape, data },
      goldenTensor(`adamw.param.${step}.${index}`),
      `step ${step}`,
    );
  });
}

describe('Trainer', () => {
  it('follows six AdamW steps of PyTorch with clipping by global norm', async () => {
    const trainer = await ag.Trainer.create(goldenTraining(), start(), runtime, { threads: 1 });
    for (let step = 0; step < settings.steps; step++) {
      const { gradientNorm } = await trainer.step(feedsAt(step), rates);
      expect(gradientNorm).toBeCloseTo(goldenTensor(`adamw.norm.${step}`).data[0] as number, 4);
      expectParameters(trainer, step);
    }
    await trainer.close();
  });

  it('goes on from a saved state to the same numbers', async () => {
    const first = await ag.Trainer.create(goldenTraining(), start(), runtime, { threads: 1 });
    for (let step = 0; step < 3; step++) await first.step(feedsAt(step), rates);
    const saved = first.save();
    const second = await ag.Trainer.create(goldenTraining(), start(), runtime, { threads: 1 });
    second.restore(saved);
    for (let step = 3; step < 6; step++) {
      await first.step(feedsAt(step), rates);
      await second.step(feedsAt(step), rates);
    }
    expect([...second.parameters()]).toEqual([...first.parameters()]);
    expectParameters(second, 5);
    expect(() => second.restore({ arrays: {}, updates: 0, gathered: 0 })).toThrow(
      /all\.parameters has no elements, not 22/,
    );
  });

  it('makes one update of several gathered batches: the mean of their gradients', async () => {
    const gathered = await ag.Trainer.create(goldenTraining(), start(), runtime, { threads: 1 });
    const before = [...gathered.parameters().get('p0')!];
    await gathered.step(feedsAt(0), { ...rates, accumulate: 2 });
    expect([...gathered.parameters().get('p0')!]).toEqual(before);
    await gathered.step(feedsAt(1), { ...rates, accumulate: 2 });
    const once = await ag.Trainer.create(goldenTraining(), start(), runtime, { threads: 1 });
    const mean: Record<string, ag.TensorValue> = {};
    for (const [name, value] of Object.entries(feedsAt(0))) {
      const other = feedsAt(1)[name]!.data as Float32Array;
      mean[name] = { ...value, data: (value.data as Float32Array).map((x, i) => (x + other[i]!) / 2) };
    }
    await once.step(mean, rates);
    for (const name of ['p0', 'p1']) {
      const [a, b] = [gathered, once].map((trainer) => trainer.parameters().get(name)!);
      a!.forEach((value, i) => {
        expect(value).toBeCloseTo(b![i]!, 5);
      });
    }
  });

  it('names the parameters that have no values', async () => {
    await expect(ag.Trainer.create(goldenTraining(), new Map(), runtime)).rejects.toThrow(/p0, p1/);
  });
});

describe('warmupCosine', () => {
  it('rises to its peak and falls to its floor', () => {
    expect(ag.warmupCosine(0.015)).toBeCloseTo(0.5);
    expect(ag.warmupCosine(0.03)).toBeCloseTo(1);
    expect(ag.warmupCosine(1)).toBeCloseTo(0.01);
    expect(ag.warmupCosine(7)).toBeCloseTo(0.01);
  });
});
