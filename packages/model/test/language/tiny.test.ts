import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseWeights, BLOCK, dequantizeBase, readBaseWeights } from '../../src/language/base-weights.js';
import { type LanguageModel, loadLanguageModel } from '../../src/language/language-model.js';
import { runReference, runtime, worstError } from './reference.js';
import { tinyBase, tinyConfig, tinyLora } from './tiny-base.js';

const ids = [3, 14, 15, 92, 65, 35, 89, 79, 32];
const { hidden, layers } = tinyConfig;

let base: BaseWeights;
let model: LanguageModel;

beforeAll(async () => {
  base = tinyBase();
  model = await loadLanguageModel(base, undefined, { layersRead: [1] }, runtime);
});
afterAll(() => model.release());

const readAll = async (from: LanguageModel, capacity = 32) => {
  const context = from.begin(capacity);
  return { context, states: await from.extend(context, from.embed(ids), ids.length) };
};

describe('the 4-bit model', () => {
  test('equals the float32 graph: states and logits', async () => {
    const weights = await dequantizeBase(base);
    const reference = await runReference(tinyConfig, weights, model.embed(ids));
    const { states } = await readAll(model);
    expect([...states.keys()]).toEqual([1, 2]);
    for (const layer of [1, 2])
      expect(worstError(states.get(layer)!, reference.states[layer]!)).toBeLessThan(1e-4);
    for (let i = 0; i < ids.length; i++) {
      const logits = await model.logits(states.get(layers)!.subarray(i * hidden, (i + 1) * hidden));
      const wanted = reference.logits.subarray(i * tinyConfig.vocabulary, (i + 1) * tinyConfig.vocabulary);
      expect(worstError(logits, wanted)).toBeLessThan(1e-3);
    }
  });

  test('equals the float32 graph with LoRA', async () => {
    const lora = tinyLora();
    const adapted = await loadLanguageModel(base, lora, { layersRead: [1] }, runtime);
    const weights = await dequantizeBase(base);
    const reference = await runReference(tinyConfig, weights, model.embed(ids), lora);
    const { states } = await readAll(adapted);
    for (const layer of [1, 2])
      expect(worstError(states.get(layer)!, reference.states[layer]!)).toBeLessThan(1e-4);
    const plain = await readAll(model);
    expect(worstError(states.get(layers)!, plain.states.get(layers)!)).toBeGreaterThan(0.01);
    await adapted.release();
  });

  test('with 8-bit activations stays near', async () => {
    const rounded = await loadLanguageModel(base, undefined, { layersRead: [], accuracyLevel: 4 }, runtime);
    const { states } = await readAll(rounded);
    expect(worstError(states.get(layers)!, (await readAll(model)).states.get(layers)!)).toBeLessThan(0.25);
    await rounded.release();
  });

  test('may generate with 8-bit activations after an exact question', async () => {
    const options = { layersRead: [], generationAccuracyLevel: 4 } as const;
    const mixed = await loadLanguageModel(base, undefined, options, runtime);
    const { context, states } = await readAll(mixed);
    expect([...states.get(layers)!]).toEqual([...(await readAll(model)).states.get(layers)!]);
    expect(await mixed.generate(context, mixed.lastState(states), { maxTokens: 5 })).toHaveLength(5);
    await mixed.release();
  });
});

describe('a context', () => {
  test.each([[[4, 5]], [[1, 1, 7]], [[1, 1, 1, 1, 1, 1, 1, 1, 1]]])(
    'read in chunks of %j gives the same',
    async (chunks) => {
      const whole = await readAll(model);
      const context = model.begin(12);
      const parts: number[] = [];
      let done = 0;
      for (const length of chunks) {
        const states = await model.extend(context, model.embed(ids.slice(done, done + length)), length);
        parts.push(...states.get(layers)!);
        done += length;
      }
      expect(context.length).toBe(ids.length);
      expect(worstError(parts, whole.states.get(layers)!)).toBeLessThan(1e-4);
    },
  );

  test('forked goes on by itself, in another capacity too', async () => {
    const { context } = await readAll(model);
    const next = async (from: typeof context, id: number) =>
      (await model.extend(from, model.embed([id]), 1)).get(layers)!.slice();
    const smaller = model.fork(context, ids.length + 1);
    const first = await next(model.fork(context), 7);
    await next(context, 50);
    expect([...(await next(smaller, 7))]).toEqual([...first]);
    expect(context.length).toBe(ids.length + 1);
  });

  test('keeps apart from others in use at once', async () => {
    const alone = (await readAll(model)).states.get(layers)!;
    const all = await Promise.all([readAll(model, 20), readAll(model, 40), readAll(model)]);
    for (const { states } of all) expect([...states.get(layers)!]).toEqual([...alone]);
  });

  test('refuses what does not fit', async () => {
    const context = model.begin(4);
    const embeddings = model.embed(ids);
    await expect(model.extend(context, embeddings, ids.length)).rejects.toThrow(
      '9 tokens do not fit a context of 4',
    );
    await expect(model.extend(context, embeddings, 3)).rejects.toThrow(
      '576 numbers are not 3 embeddings of 64',
    );
    const one = model.embed([1]);
    const busy = model.extend(context, one, 1);
    await expect(model.extend(context, one, 1)).rejects.toThrow('in use');
    await busy;
    expect(() => model.begin(65)).toThrow('capacity 65 is not between 1 and 64');
    expect(() => model.fork(context, 0)).toThrow('1 tokens do not fit a capacity of 0');
    expect(() => model.embed([96])).toThrow('token 96 is outside the vocabulary of 96');
  });
});

describe('generation', () => {
  const start = async () => {
    const { context, states } = await readAll(model);
    return { context, state: model.lastState(states) };
  };
  const generate = async (options: Partial<Parameters<LanguageModel['generate']>[2]>) => {
    const { context, state } = await start();
    return model.generate(context, state, { maxTokens: 12, ...options });
  };

  test('gives the tokens as they come', async () => {
    const seen: number[] = [];
    const tokens = await generate({ onToken: (token) => seen.push(token) });
    expect(tokens).toHaveLength(12);
    expect(seen).toEqual(tokens);
    // Each token is the likeliest after all before it, read at once.
    const context = model.begin(32);
    const all = [...ids, ...tokens];
    const states = (await model.extend(context, model.embed(all), all.length)).get(layers)!;
    for (const [i, token] of tokens.entries()) {
      const at = ids.length - 1 + i;
      const logits = await model.logits(states.subarray(at * hidden, (at + 1) * hidden));
      expect(logits[token]!).toBeCloseTo(Math.max(...logits), 3);
    }
  });

  test('of several at once gives what each would give alone', async () => {
    const starts = await Promise.all(
      [ids, ids.slice(2), ids.slice(0, 4), [7]].map(async (own, i) => {
        const context = model.begin(own.length + i);
        const states = await model.extend(context, model.embed(own), own.length);
        return { context, lastState: model.lastState(states) };
      }),
    );
    const options = { maxTokens: 12 };
    const together = await model.generateTogether(starts, options);
    const [first, ...others] = together;
    const alone: number[][] = [];
    for (const { context, lastState } of starts)
      alone.push(await model.generate(model.fork(context, 40), lastState, options));
    expect(together).toEqual(alone);
    // One that stops early leaves the others going, which a token that only it has shows.
    const stop = first!.find((token) => others.every((tokens) => !tokens.includes(token)))!;
    const stopped = await model.generateTogether(starts, { ...options, stopTokens: [stop] });
    expect(stopped[0]).toEqual(first!.slice(0, first!.indexOf(stop) + 1));
    expect(stopped.slice(1)).toEqual(others);
  });

  test('ends with a stop token, and when the context is full', async () => {
    const tokens = await generate({});
    expect(await generate({ stopTokens: [tokens[3]!] })).toEqual(
      tokens.slice(0, tokens.indexOf(tokens[3]!) + 1),
    );
    const { context, state } = await start();
    const full = await model.generate(model.fork(context, ids.length + 2), state, { maxTokens: 12 });
    expect(full).toEqual(tokens.slice(0, 3));
  });

  test('is aborted between tokens', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const running = generate({
      signal: controller.signal,
      onToken: (token) => {
        if (seen.push(token) === 2) controller.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(seen).toHaveLength(2);
    const timed = generate({ maxTokens: 23, signal: AbortSignal.timeout(0) });
    await expect(timed).rejects.toThrow(/timeout/);
  });

  test('samples the same for the same seed', async () => {
    const options = { temperature: 1.5, topP: 0.95 };
    const first = await generate({ ...options, seed: 1 });
    expect(await generate({ ...options, seed: 1 })).toEqual(first);
    expect(await generate({ ...options, seed: 2 })).not.toEqual(first);
    expect(await generate({ temperature: 1, topP: 1e-6, seed: 3 })).toEqual(await generate({}));
  });

  test('refuses options out of range', async () => {
    await expect(generate({ maxTokens: 0 })).rejects.toThrow('maxTokens is 0');
    await expect(generate({ temperature: -1 })).rejects.toThrow('temperature is -1');
    await expect(generate({ topP: Number.NaN })).rejects.toThrow('topP is NaN');
  });
});

describe('loading', () => {
  const file = (tensors: BaseWeights['tensors']) => ({ name: 'base', entries: tensors, metadata: {} });

  test('lists what is wrong with the base', () => {
    const tensors = new Map(base.tensors);
    expect(readBaseWeights(file(tensors), tinyConfig).tensors.size).toBe(tensors.size);
    tensors.delete('model.norm.weight');
    tensors.set('extra', base.tensors.get('model.norm.weight')!);
    expect(() => readBaseWeights(file(tensors), tinyConfig)).toThrow(
      /1 missing: model.norm.weight; 1 unexpected: extra/,
    );
    const name = 'model.norm.weight';
    const half = { ...base.tensors.get(name)!, type: 'float16' as const };
    expect(() => readBaseWeights(file(new Map([...base.tensors, [name, half]])), tinyConfig)).toThrow(
      'model.norm.weight is float16 and should be float32',
    );
    expect(() => readBaseWeights(file(tensors), { ...tinyConfig, hidden: BLOCK + 1 })).toThrow(
      'multiples of 32',
    );
  });

  test('lists what is wrong with LoRA, and layers that are not there', async () => {
    const lora = tinyLora();
    const name = 'model.layers.0.self_attn.q_proj.lora_A.weight';
    const tensors = new Map(lora.tensors).set(name, new Float32Array(3)).set('other', new Float32Array(1));
    tensors.delete('model.layers.1.self_attn.o_proj.lora_B.weight');
    const loading = loadLanguageModel(base, { ...lora, tensors }, { layersRead: [] }, runtime);
    await expect(loading).rejects.toThrow(
      /q_proj.lora_A.weight has 3 elements .*o_proj.lora_B.weight is missing; other is unexpected/,
    );
    await expect(loadLanguageModel(base, undefined, { layersRead: [3] }, runtime)).rejects.toThrow(
      'no layer 3',
    );
  });
});
