import * as ag from '@prs-med/autograd';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseWeights, dequantizeBase } from '../../src/language/base-weights.js';
import { type LanguageModel, loadLanguageModel } from '../../src/language/language-model.js';
import { llama, tiedLogits } from '../../src/language/llama.js';
import { type LoraWeights, loraShapes } from '../../src/language/lora-weights.js';
import { negativeLogLikelihood, perplexity } from '../../src/language/perplexity.js';
import {
  causalInputs,
  probe,
  type ReferenceResult,
  runReference,
  runtime,
  scopeOver,
  worstError,
} from './reference.js';
import {
  golden,
  goldenTensor,
  hasSmallBundle,
  medicalPage,
  smallBase,
  smallConfig,
  smallTokenizer,
} from './small-bundle.js';

const { hidden, layers, vocabulary } = smallConfig;
const prompt = golden.generation[0]!.prompt_ids;

const goldenLora = (): LoraWeights => {
  const shapes = loraShapes(smallConfig, golden.lora.r);
  const tensors = golden.lora.order.map((name, k) => {
    const [rows, columns] = shapes.get(name)!;
    const values = probe(rows * columns, golden.seed + k, name.includes('lora_A') ? 0.05 : 0.02);
    return [name, values] as const;
  });
  return { rank: golden.lora.r, alpha: golden.lora.alpha, tensors: new Map(tensors) };
};

describe.skipIf(!hasSmallBundle)('SmolLM2 with the values of PyTorch', () => {
  let base: BaseWeights;
  let weights: Map<string, Float32Array>;
  let model: LanguageModel;
  let reference: ReferenceResult;

  beforeAll(async () => {
    base = await smallBase();
    weights = await dequantizeBase(base);
    model = await loadLanguageModel(base, undefined, { layersRead: [8, 18] }, runtime);
    reference = await runReference(smallConfig, weights, model.embed(prompt));
  }, 120_000);
  afterAll(() => model?.release());

  test('the float32 graph: states and logits within 1e-3 of their deviation', async () => {
    expect(
      worstError(reference.states[layers]!, await goldenTensor('smollm2.hidden_after_norm')),
    ).toBeLessThan(1e-3);
    const every64 = reference.logits.filter((_, i) => (i % vocabulary) % 64 === 0);
    expect(worstError(every64, await goldenTensor('smollm2.logits_every_64'))).toBeLessThan(1e-3);
  });

  test('the 4-bit model: states and logits within 1e-3', async () => {
    const context = model.begin(64);
    const states = await model.extend(context, model.embed(prompt), prompt.length);
    expect([...states.keys()]).toEqual([8, 18, 30]);
    for (const layer of states.keys())
      expect(worstError(states.get(layer)!, reference.states[layer]!), `layer ${layer}`).toBeLessThan(1e-3);
    const logits = await model.logits(model.lastState(states));
    expect(worstError(logits, reference.logits.subarray(-vocabulary))).toBeLessThan(1e-3);
  });

  test.each(golden.generation)('greedy continuation: $question', async ({ prompt_ids, greedy_ids }) => {
    const context = model.begin(128);
    const states = await model.extend(context, model.embed(prompt_ids), prompt_ids.length);
    const options = { maxTokens: greedy_ids.length, stopTokens: [smallTokenizer().endToken!] };
    expect(await model.generate(context, model.lastState(states), options)).toEqual(greedy_ids);
  });

  test('greedy continuations with 8-bit activations', async () => {
    const options = { layersRead: [], generationAccuracyLevel: 4 } as const;
    const rounded = await loadLanguageModel(base, undefined, options, runtime);
    for (const { prompt_ids, greedy_ids } of golden.generation) {
      const context = rounded.begin(128);
      const states = await rounded.extend(context, rounded.embed(prompt_ids), prompt_ids.length);
      const maxTokens = greedy_ids.length;
      expect(await rounded.generate(context, rounded.lastState(states), { maxTokens })).toEqual(greedy_ids);
    }
    await rounded.release();
  });

  test('the prompt in chunks gives the same', async () => {
    const context = model.begin(64);
    for (const [start, end] of [
      [0, 1],
      [1, 17],
    ] as const)
      await model.extend(context, model.embed(prompt.slice(start, end)), end - start);
    const states = await model.extend(context, model.embed(prompt.slice(17)), prompt.length - 17);
    const wanted = reference.states[layers]!.subarray(17 * hidden);
    expect(worstError(states.get(layers)!, wanted)).toBeLessThan(1e-3);
  });

  test('LoRA: loss and gradients of the float32 graph, states of the 4-bit model', async () => {
    const lora = goldenLora();
    const ids = golden.lora.input_ids;
    const length = ids.length;
    const parameters = new Map<string, ag.Tensor>();
    const scope = scopeOver(weights, lora, parameters);
    const embeddings = ag.input('embeddings', [1, length, hidden]);
    const states = llama(scope, { embeddings, ...causalInputs(length) }, smallConfig, lora);
    const logits = ag.slice(tiedLogits(scope, states.at(-1)!, smallConfig), 1, 0, length - 1);
    const labels = BigInt64Array.from(golden.lora.labels.slice(1), BigInt);
    const loss = ag.crossEntropy(logits, ag.constant(labels, [1, length - 1], 'int64'));
    const tensors = golden.lora.order.map((name) => parameters.get(name)!);
    const outputs: Record<string, ag.Tensor> = { loss, state: states.at(-1)! };
    for (const [i, gradient] of ag.gradients(loss, tensors).entries())
      outputs[`gradient.${golden.lora.order[i]!}`] = gradient;
    const session = await runtime.load(ag.compile(outputs));
    const feeds: Record<string, ag.TensorValue> = {
      embeddings: { type: 'float32', shape: [1, length, hidden], data: model.embed(ids) },
    };
    for (const [name, { shape }] of parameters)
      feeds[name] = { type: 'float32', shape, data: lora.tensors.get(name)! };
    const results = await session.run(feeds);
    await session.release();
    const values = (name: string) => results[name]!.data as Float32Array;

    expect(Math.abs(values('loss')[0]! / golden.lora.loss - 1)).toBeLessThan(1e-3);
    for (const [name, norm] of Object.entries(golden.lora.grad_norms)) {
      const own = Math.hypot(...values(`gradient.${name}`));
      expect(Math.abs(own / norm - 1), `norm of ${name}`).toBeLessThan(1e-3);
    }
    for (const name of golden.lora.order.filter((parameter) => /layers\.(0|14|29)\./.test(parameter)))
      expect(
        distance(values(`gradient.${name}`), await goldenTensor(`lora.grad.${name}`)),
        name,
      ).toBeLessThan(1e-3);
    const every8 = values('state').filter((_, i) => i % 8 === 0);
    expect(worstError(every8, await goldenTensor('lora.hidden_after_norm_every_8'))).toBeLessThan(1e-3);

    const adapted = await loadLanguageModel(base, lora, { layersRead: [] }, runtime);
    const context = adapted.begin(64);
    const inUse = await adapted.extend(context, adapted.embed(ids), length);
    expect(worstError(inUse.get(layers)!, values('state'))).toBeLessThan(1e-3);
    await adapted.release();
  });

  test('loses no perplexity on a page of text', async () => {
    const tokens = smallTokenizer().encode(medicalPage()).slice(0, 256);
    const exact = await runReference(smallConfig, weights, model.embed(tokens));
    let sum = 0;
    for (let i = 0; i + 1 < tokens.length; i++)
      sum += negativeLogLikelihood(
        exact.logits.subarray(i * vocabulary, (i + 1) * vocabulary),
        tokens[i + 1]!,
      );
    const wanted = Math.exp(sum / (tokens.length - 1));
    expect(Math.abs((await perplexity(model, tokens)) / wanted - 1)).toBeLessThan(1e-4);
  });
});

/** Euclidean distance as a share of the length of what is wanted. */
function distance(actual: Float32Array, wanted: Float32Array): number {
  return Math.hypot(...actual.map((value, i) => value - wanted[i]!)) / Math.hypot(...wanted);
}
