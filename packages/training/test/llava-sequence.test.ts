import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { loadCheckpointLanguageModel, loraOf, paperTiny } from '@prs-med/model';
import { rootScope } from '@prs-med/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { floats, padded, tokenMask } from '../src/feeds.js';
import { type BatchShape, buildTraining } from '../src/stages.js';
import {
  golden,
  goldenPicture,
  goldenTensor,
  type LlavaStart,
  llavaStart,
  wholeValues,
} from './tiny-llava.js';

const runtime = nodeRuntime();
const { size } = paperTiny.image;
const { hidden, vocabulary } = paperTiny.language;
const layout = { openingIds: golden.tokens_before_image, suffixIds: [] };
const question = golden.tokens_after_image;
const answer = golden.greedy_ids.slice(0, 5);
const promptTokens = layout.openingIds.length + 16 + question.length;

let start: LlavaStart;
let values: Map<string, Float32Array>;
beforeAll(async () => {
  start = await llavaStart();
  values = await valuesOf(start);
});

async function valuesOf({ base, parameters }: LlavaStart): Promise<Map<string, Float32Array>> {
  const all = await wholeValues(base);
  for (const [name, { data }] of parameters) all.set(name, data);
  // A mask head that is not near one everywhere, and a presence that says that there is something.
  all.set(
    'decoder.head.weight',
    all.get('decoder.head.weight')!.map((value) => 30 * value),
  );
  return all;
}

/** A batch of golden questions, of which each is one token shorter at its beginning than the one before. */
function feedsOf({ samples, questionTokens, answerTokens }: BatchShape): Record<string, ag.TensorValue> {
  const each = <T>(make: (sample: number) => T): T[] => Array.from({ length: samples }, (_, i) => make(i));
  const repeated = (values: Float32Array) => Float32Array.from(each(() => [...values]).flat());
  const ids = each((i) => question.slice(i));
  const pictures = Float32Array.from({ length: 3 * size * size }, (_, i) => Math.sin(i / 50));
  return {
    pictures: floats([samples, 3, size, size], repeated(pictures)),
    towerPictures: floats([samples, 3, 56, 56], repeated(goldenPicture())),
    masks: floats(
      [samples, 1, size, size],
      Float32Array.from({ length: samples * size * size }, (_, i) => (i % size < 20 ? 1 : 0)),
    ),
    present: floats([samples], new Float32Array(samples).fill(1)),
    asked: floats([samples, 8], new Float32Array(samples * 8)),
    questionIds: padded(ids, questionTokens, 0n),
    questionMask: tokenMask(
      ids.map(({ length }) => length),
      questionTokens,
    ),
    showTruth: floats([samples], new Float32Array(samples)),
    answerIds: padded(
      each(() => answer.slice(0, -1)),
      answerTokens - 1,
      0n,
    ),
    labels: padded(
      each(() => answer),
      answerTokens,
      -100n,
    ),
  };
}

/** Runs stage 2 on such a batch. */
async function run(batch: BatchShape): Promise<(name: string) => Float32Array> {
  const scope = rootScope((name, shape) => ag.constant(values.get(name)!, shape));
  const { outputs } = buildTraining(scope, paperTiny, batch, 2, layout);
  const graph = ag.compile(outputs);
  const session = await runtime.load(graph);
  const results = await session.run(only(graph, feedsOf(batch)));
  await session.release();
  return (name) => results[name]!.data as Float32Array;
}

/** The feeds that a graph takes. */
const only = (graph: ag.CompiledGraph, feeds: Record<string, ag.TensorValue>) =>
  Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name]!]));

/** Largest difference as a share of the standard deviation of what is wanted. */
function worstError(actual: Float32Array, wanted: Float32Array): number {
  expect(actual.length).toBe(wanted.length);
  const mean = wanted.reduce((sum, value) => sum + value, 0) / wanted.length;
  const variance = wanted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / wanted.length;
  return Math.max(...wanted.map((value, i) => Math.abs(value - actual[i]!))) / Math.sqrt(variance);
}

const EXACT: BatchShape = { samples: 1, questionTokens: question.length, answerTokens: answer.length };

describe('the sequence of LLaVA in training', () => {
  it('has the states of PyTorch for the prompt, with padding and without', async () => {
    const states = await goldenTensor('with_adapter.hidden_after_norm');
    for (const padding of [0, 5]) {
      const read = await run({ ...EXACT, questionTokens: question.length + padding });
      expect(worstError(read('promptStates').slice(0, promptTokens * hidden), states)).toBeLessThan(2e-3);
    }
  });

  it('gives a sample what it gives it alone, whatever is beside it and however it is padded', async () => {
    const alone = await run(EXACT);
    const beside = await run({
      samples: 3,
      questionTokens: question.length + 4,
      answerTokens: answer.length + 3,
    });
    for (const name of ['logits', 'presence', 'asked']) {
      for (const [i, wanted] of alone(name).entries())
        expect(Math.abs(beside(name)[i]! - wanted), name).toBeLessThan(1e-4);
    }
    const used = answer.length * vocabulary;
    expect(worstError(beside('answerLogits').slice(0, used), alone('answerLogits'))).toBeLessThan(1e-4);
    // The second sample asks something else.
    const plane = size * size;
    expect(worstError(beside('logits').slice(plane, 2 * plane), alone('logits'))).toBeGreaterThan(1e-2);
  });

  it('predicts the answer as the model in use does, which has read prompt and region tokens', async () => {
    const read = await run({ ...EXACT, questionTokens: question.length + 3 });
    const lora = loraOf(start.parameters, paperTiny);
    const model = await loadCheckpointLanguageModel(start.base.checkpoint, lora, { layersRead: [] }, runtime);
    const context = model.begin(64);
    const tokens = [
      model.embed(layout.openingIds),
      await goldenTensor('projected'),
      model.embed(question),
      read('regionTokens'),
      model.embed(answer.slice(0, -1)),
    ];
    let states = new Float32Array();
    for (const part of tokens) {
      const given = await model.extend(context, part, part.length / hidden);
      states = Float32Array.from([...states, ...given.get(model.config.layers)!]);
    }
    const predicted = await model.logits(states.slice(-answer.length * hidden));
    await model.release();
    expect(worstError(read('answerLogits'), predicted)).toBeLessThan(2e-3);
  });

  it('has gradients that agree with finite differences, in the adapters and the projector', async () => {
    const names = [
      'language.model.layers.0.self_attn.q_proj.lora_A.weight',
      'language.model.layers.2.self_attn.v_proj.lora_B.weight',
      'mm_projector.0.weight',
      'mm_projector.2.bias',
    ];
    const inputs = new Map<string, ag.Tensor>();
    const scope = rootScope((name, shape) => {
      if (!names.includes(name)) return ag.constant(values.get(name)!, shape);
      const tensor = inputs.get(name) ?? ag.input(name, shape);
      inputs.set(name, tensor);
      return tensor;
    });
    const batch = { samples: 2, questionTokens: question.length + 2, answerTokens: answer.length + 1 };
    const { loss } = buildTraining(scope, paperTiny, batch, 2, layout);
    const tensors = names.map((name) => inputs.get(name)!);
    const derived = ag.gradients(loss, tensors);
    const outputs = Object.fromEntries(names.map((name, i) => [`gradient of ${name}`, derived[i]!]));
    const graph = ag.compile({ loss, ...outputs });
    const session = await runtime.load(graph);
    const runWith = (changed: ReadonlyMap<string, Float32Array>) => {
      const given = names.map((name, i) => [
        name,
        floats(tensors[i]!.shape, changed.get(name) ?? values.get(name)!),
      ]);
      return session.run(only(graph, { ...feedsOf(batch), ...Object.fromEntries(given) }));
    };
    const results = await runWith(new Map());
    for (const name of names) {
      const gradient = results[`gradient of ${name}`]!.data as Float32Array;
      const length = Math.hypot(...gradient);
      expect(length, name).toBeGreaterThan(1e-4);
      // Along the gradient itself the loss changes by its length.
      const step = 0.01 / length;
      const moved = async (sign: number) => {
        const data = values.get(name)!.map((value, i) => value + (sign * step * gradient[i]!) / length);
        return (await runWith(new Map([[name, data]]))).loss!.data[0] as number;
      };
      const slope = ((await moved(1)) - (await moved(-1))) / (2 * step);
      expect(Math.abs(slope / length - 1), name).toBeLessThan(0.02);
    }
    await session.release();
  });
});
