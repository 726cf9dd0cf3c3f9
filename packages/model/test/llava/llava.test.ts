import * as ag from '@prs-med/autograd';
import { rootScope, type Scope } from '@prs-med/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { likeliest } from '../../src/language/generation.js';
import type { LoraWeights } from '../../src/language/lora-weights.js';
import { clipPatchFeatures } from '../../src/llava/clip-vision.js';
import { type LlavaInputs, llava, llavaShapes, visualTokens } from '../../src/llava/llava.js';
import { matchLlavaTensors } from '../../src/llava/names.js';
import { causalInputs, runtime, scopeOver, worstError } from '../language/reference.js';
import { expected, expectedTensor, goldenPicture, llavaTiny, valuesOf } from './tiny-llava.js';

const TOLERANCE = 2e-3;
const before = expected.tokens_before_image;
const prompt = [...before, ...expected.tokens_after_image];

let tiny: Awaited<ReturnType<typeof llavaTiny>>;
let weights: Map<string, Float32Array>;

/** Inputs of one sample with so many ids, apart from the picture's tokens. */
const inputsFor = (ids: number): LlavaInputs => ({
  pictures: ag.input('pictures', [1, 3, 56, 56]),
  ids: ag.input('ids', [1, ids], 'int64'),
  idsBeforePicture: before.length,
  ...causalInputs(expected.visual_tokens + ids),
});

beforeAll(async () => {
  tiny = await llavaTiny();
  weights = await valuesOf(matchLlavaTensors(llavaShapes(tiny.config), tiny.file));
});

async function run(
  build: (scope: Scope) => Record<string, ag.Tensor>,
  ids?: readonly number[],
  lora?: LoraWeights,
) {
  const session = await runtime.load(ag.compile(build(scopeOver(weights, lora))));
  const feeds: Record<string, ag.TensorValue> = {
    pictures: { type: 'float32', shape: [1, 3, 56, 56], data: goldenPicture() },
  };
  if (ids !== undefined)
    feeds.ids = { type: 'int64', shape: [1, ids.length], data: BigInt64Array.from(ids, BigInt) };
  const results = await session.run(feeds);
  await session.release();
  return (name: string) => results[name]!.data as Float32Array;
}

const runWhole = (ids: readonly number[], lora?: LoraWeights) =>
  run(
    (scope) => {
      const { states, logits } = llava(scope, inputsFor(ids.length), tiny.config, lora);
      return { logits, ...Object.fromEntries(states.map((state, layer) => [`state_${layer}`, state])) };
    },
    ids,
    lora,
  );

describe('LLaVA with the values of PyTorch', () => {
  test("the tower's patch features and the projected visual tokens", async () => {
    const { vision, visionLayers } = tiny.config;
    const values = await run((scope) => {
      const pictures = ag.input('pictures', [1, 3, 56, 56]);
      const tower = scope.at('vision_tower').at('vision_model');
      return {
        features: clipPatchFeatures(tower, pictures, vision, visionLayers),
        projected: visualTokens(scope, pictures, tiny.config),
      };
    });
    expect(worstError(values('features'), await expectedTensor('vision_features'))).toBeLessThan(TOLERANCE);
    expect(worstError(values('projected'), await expectedTensor('projected'))).toBeLessThan(TOLERANCE);
  });

  test.each([
    ['', false],
    ['with_adapter.', true],
  ])('hidden states and logits %s', async (prefix, adapted) => {
    const values = await runWhole(prompt, adapted ? tiny.adapter : undefined);
    const wanted = (name: string) => expectedTensor(`${prefix}${name}`);
    expect(worstError(values('state_3'), await wanted('hidden_after_norm'))).toBeLessThan(TOLERANCE);
    expect(worstError(values('logits'), await wanted('logits'))).toBeLessThan(TOLERANCE);
  });

  test('the adapter changes what is computed by more than the tolerance', async () => {
    const change = worstError(await expectedTensor('with_adapter.logits'), await expectedTensor('logits'));
    expect(change).toBeGreaterThan(100 * TOLERANCE);
  });

  test('the states before the first layer hold the picture where the image token stood', async () => {
    const values = await runWhole(prompt);
    const width = tiny.config.language.hidden;
    const start = before.length * width;
    const projected = await expectedTensor('projected');
    const joined = values('state_0');
    expect(worstError(joined.subarray(start, start + projected.length), projected)).toBeLessThan(TOLERANCE);
    const row = (id: number) =>
      weights.get('model.embed_tokens.weight')!.subarray(id * width, (id + 1) * width);
    expect([...joined.subarray(start - width, start)]).toEqual([...row(before.at(-1)!)]);
    expect([...joined.subarray(start + projected.length).subarray(0, width)]).toEqual([
      ...row(expected.tokens_after_image[0]!),
    ]);
  });

  test('greedy tokens', async () => {
    const ids = [...prompt];
    for (const wanted of expected.greedy_ids) {
      const values = await runWhole(ids);
      const next = likeliest(values('logits').slice(-tiny.config.language.vocabulary));
      expect(next, `token ${ids.length - prompt.length}`).toBe(wanted);
      ids.push(next);
    }
  });

  test("gradients of the answer's loss reach the adapter and the projector", async () => {
    const names = ['model.layers.1.self_attn.k_proj.lora_B.weight', 'mm_projector.0.weight'];
    const ids = [...prompt, ...expected.greedy_ids.slice(0, 2)];
    const labels = ids.map((_, i) =>
      i + 1 < prompt.length ? ag.IGNORED_LABEL : (ids[i + 1] ?? ag.IGNORED_LABEL),
    );
    const all = [...Array<number>(expected.visual_tokens).fill(ag.IGNORED_LABEL), ...labels];
    const parameters = new Map<string, ag.Tensor>();
    const scope = rootScope((name, shape) => {
      const values = weights.get(name) ?? tiny.adapter.tensors.get(name)!;
      if (!names.includes(name)) return ag.constant(values, shape);
      const parameter = parameters.get(name) ?? ag.input(name, shape);
      parameters.set(name, parameter);
      return parameter;
    });
    const { logits } = llava(scope, inputsFor(ids.length), tiny.config, tiny.adapter);
    const target = ag.constant(BigInt64Array.from(all, BigInt), [1, all.length], 'int64');
    const loss = ag.crossEntropy(logits, target);
    const tensors = names.map((name) => parameters.get(name)!);
    const [first, second] = ag.gradients(loss, tensors);
    const session = await runtime.load(ag.compile({ loss, first: first!, second: second! }));
    const values = names.map((name) => weights.get(name) ?? tiny.adapter.tensors.get(name)!);
    const runWith = async (given: readonly Float32Array[]) => {
      const feeds: Record<string, ag.TensorValue> = {
        pictures: { type: 'float32', shape: [1, 3, 56, 56], data: goldenPicture() },
        ids: { type: 'int64', shape: [1, ids.length], data: BigInt64Array.from(ids, BigInt) },
      };
      names.forEach((name, i) => {
        feeds[name] = { type: 'float32', shape: tensors[i]!.shape, data: given[i]! };
      });
      return session.run(feeds);
    };
    const results = await runWith(values);
    for (const [i, output] of ['first', 'second'].entries()) {
      const gradient = results[output]!.data as Float32Array;
      // Along the gradient itself the loss changes by its length.
      const length = Math.hypot(...gradient);
      const step = 0.02 / length;
      const moved = async (sign: number) => {
        const given = values.map((value, j) =>
          i === j ? value.map((x, k) => x + (sign * step * gradient[k]!) / length) : value,
        );
        return (await runWith(given)).loss!.data[0] as number;
      };
      const slope = ((await moved(1)) - (await moved(-1))) / (2 * step);
      expect(Math.abs(slope / length - 1), names[i]).toBeLessThan(0.01);
    }
    await session.release();
  });
});
