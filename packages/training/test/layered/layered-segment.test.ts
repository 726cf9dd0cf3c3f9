import type { TensorValue, Values } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { finalNorm, initializeParameters, type LlamaConfig, llamaSegment } from '@prs-med/model';
import { listParameters, rootScope } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { LayeredSegment, type ReadLayer } from '../../src/layered/layered-segment.js';

const runtime = nodeRuntime();
const config: LlamaConfig = {
  vocabulary: 8,
  hidden: 24,
  layers: 3,
  heads: 4,
  keyHeads: 2,
  intermediate: 20,
  ropeTheta: 100,
  normEpsilon: 1e-5,
  longest: 32,
};
const lora = { rank: 2, alpha: 3 };
const [SAMPLES, PROMPT, LATER] = [2, 5, 3];

/** Both segments by one graph, and a loss over states that an inner layer, the prompt and what follows it give. */
function wholeGraph(scope: Parameters<typeof llamaSegment>[0]) {
  const bias = (length: number, past: number) =>
    ag.expand(
      ag.reshape(ag.slice(ag.causalBias(past + length, past + length), 0, past, past + length), [
        1,
        1,
        length,
        past + length,
      ]),
      [SAMPLES, 1, length, past + length],
    );
  const positions = (length: number, past: number) =>
    ag.constant(
      BigInt64Array.from({ length: SAMPLES * length }, (_, i) => BigInt(past + (i % length))),
      [SAMPLES, length],
      'int64',
    );
  const prompt = ag.input('prompt', [SAMPLES, PROMPT, config.hidden]);
  const later = ag.input('later', [SAMPLES, LATER, config.hidden]);
  const asking = { positions: positions(PROMPT, 0), bias: bias(PROMPT, 0) };
  const answering = { positions: positions(LATER, PROMPT), bias: bias(LATER, PROMPT) };
  const first = llamaSegment(scope, { embeddings: prompt, ...asking }, config, lora);
  const second = llamaSegment(scope, { embeddings: later, past: first.cache, ...answering }, config, lora);
  const read = { inner: first.states[1]!, prompt: first.states[3]!, later: second.states[3]! };
  const terms = Object.entries(read).map(([name, states]) =>
    ag.sum(ag.multiply(states, ag.input(`weight of ${name}`, states.shape))),
  );
  return { loss: terms.reduce(ag.add), inputs: { prompt, later }, asking, answering };
}

const shapes = listParameters((scope) => {
  wholeGraph(scope);
});
const values = initializeParameters(shapes, 4);
// B begins at zero, which would hide A's gradient.
for (const [name, data] of values)
  if (name.includes('lora_B')) data.set(data.map((_, i) => Math.sin(i + name.length)));
const isAdapter = (name: string) => name.includes('.lora_');
const noise = (shape: ag.Shape, seed: number): TensorValue => ({
  type: 'float32',
  shape,
  data: Float32Array.from({ length: ag.elementCount(shape) }, (_, i) => Math.cos(seed * 7 + i * 1.7)),
});
const feeds: Values = {
  prompt: noise([SAMPLES, PROMPT, config.hidden], 1),
  later: noise([SAMPLES, LATER, config.hidden], 2),
  'weight of inner': noise([SAMPLES, PROMPT, config.hidden], 3),
  'weight of prompt': noise([SAMPLES, PROMPT, config.hidden], 4),
  'weight of later': noise([SAMPLES, LATER, config.hidden], 5),
};

/** Gradients by one graph of everything. */
async function expectedGradients(): Promise<Record<string, TensorValue>> {
  const adapters = new Map<string, ag.Tensor>();
  const scope = rootScope((name, shape) => {
    if (!isAdapter(name)) return ag.constant(values.get(name)!, shape);
    const known = adapters.get(name) ?? ag.input(name, shape);
    adapters.set(name, known);
    return known;
  });
  const { loss, inputs } = wholeGraph(scope);
  const wanted = { ...inputs, ...Object.fromEntries(adapters) };
  const found = ag.gradients(loss, Object.values(wanted));
  const session = await runtime.load(
    ag.compile(Object.fromEntries(Object.keys(wanted).map((name, i) => [`d ${name}`, found[i]!]))),
  );
  const own = Object.fromEntries(
    [...adapters].map(([name, { shape }]) => [
      name,
      { type: 'float32' as const, shape, data: values.get(name)! },
    ]),
  );
  const results = await session.run({ ...feeds, ...own });
  await session.release();
  return results;
}

const readLayer: ReadLayer = async (layer) => {
  const prefix = `model.layers.${layer}.`;
  const own = [...values].filter(([name]) => name.startsWith(prefix) && !isAdapter(name));
  return new Map(own.map(([name, data]) => [name.slice(prefix.length), data]));
};

describe('LayeredSegment', () => {
  it('gives the gradients of one graph of all layers, with keys and values that a later segment read', async () => {
    const { asking, answering } = wholeGraph(rootScope((name, shape) => ag.input(name, shape)));
    const constants = await runtime.load(
      ag.compile({
        askingPositions: asking.positions,
        askingBias: asking.bias,
        answeringPositions: answering.positions,
        answeringBias: answering.bias,
      }),
    );
    const layout = await constants.run({});
    await constants.release();
    const norm = await normPart(PROMPT);
    const laterNorm = await normPart(LATER);
    const adapters = new Map([...values].filter(([name]) => isAdapter(name)));
    const open = (length: number, past: number) =>
      LayeredSegment.open(
        config,
        lora,
        { samples: SAMPLES, length, past, gradients: true },
        readLayer,
        runtime,
      );
    const first = await open(PROMPT, 0);
    const second = await open(LATER, PROMPT);

    const asked = {
      embeddings: feeds.prompt!,
      positions: layout.askingPositions!,
      bias: layout.askingBias!,
      adapters,
    };
    const prompt = await first.forward(asked);
    const answered = {
      embeddings: feeds.later!,
      positions: layout.answeringPositions!,
      bias: layout.answeringBias!,
      past: prompt.cache,
      adapters,
    };
    const later = await second.forward(answered);
    const laterBack = await laterNorm.backward(
      { x: later.states[3]!, ...normWeight },
      {
        states: feeds['weight of later']!,
      },
    );
    const secondBack = await second.backward(answered, later, { states: new Map([[3, laterBack.x!]]) });
    const promptBack = await norm.backward(
      { x: prompt.states[3]!, ...normWeight },
      {
        states: feeds['weight of prompt']!,
      },
    );
    const firstBack = await first.backward(asked, prompt, {
      states: new Map([
        [3, promptBack.x!],
        [1, feeds['weight of inner']!],
      ]),
      cache: secondBack.past,
    });

    const expected = await expectedGradients();
    expectClose(firstBack.embeddings.data as Float32Array, expected['d prompt']!);
    expectClose(secondBack.embeddings.data as Float32Array, expected['d later']!);
    expect(firstBack.adapters.size).toBe(24);
    for (const [name, data] of firstBack.adapters) {
      const both = data.map((value, i) => value + secondBack.adapters.get(name)![i]!);
      expectClose(both, expected[`d ${name}`]!);
    }
    for (const part of [norm, laterNorm, first, second]) await part.release();
  });

  it('cannot go back where no gradients were asked for', async () => {
    const shape = { samples: SAMPLES, length: PROMPT, past: 0, gradients: false };
    const segment = await LayeredSegment.open(config, lora, shape, readLayer, runtime);
    const empty = {
      embeddings: feeds.prompt!,
      positions: feeds.prompt!,
      bias: feeds.prompt!,
      adapters: values,
    };
    await expect(
      segment.backward(
        empty,
        { states: [feeds.prompt!, feeds.prompt!, feeds.prompt!], cache: [] },
        {
          states: new Map(),
        },
      ),
    ).rejects.toThrow('no gradients are wanted of this part');
    await segment.release();
  });
});

const NORM = 'model.norm.weight';
const normWeight: Values = {
  [NORM]: { type: 'float32', shape: [config.hidden], data: values.get(NORM)! },
};

function normPart(length: number): Promise<ag.RecomputedPart> {
  const x = ag.input('x', [SAMPLES, length, config.hidden]);
  const states = finalNorm(
    rootScope((name, shape) => ag.input(name, shape)),
    x,
    config,
  );
  return ag.RecomputedPart.open({ outputs: { states }, from: ['states'], wanted: { x } }, runtime);
}

function expectClose(actual: Float32Array, { data }: TensorValue): void {
  const expected = data as Float32Array;
  expect(actual).toHaveLength(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(1e-3);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-4 * largest);
  });
}
