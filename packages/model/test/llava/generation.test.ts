import * as ag from '@prs-med/autograd';
import {
  bytesSource,
  readShardedSafetensors,
  type TensorEntry,
  type TensorFile,
  toFloat32,
  writeSafetensors,
} from '@prs-med/nn';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { shardIndex } from '../../src/language/base-shards.js';
import {
  bytesOfLayers,
  type CheckpointWeights,
  linearsOfCheckpoint,
  OUTPUT,
  readCheckpointWeights,
} from '../../src/language/checkpoint-weights.js';
import { dequantizeLayer, dequantizeOutsideLayers } from '../../src/language/dequantize-checkpoint.js';
import {
  type LanguageModel,
  type LanguageModelOptions,
  loadCheckpointLanguageModel,
} from '../../src/language/language-model.js';
import { groupLayers } from '../../src/language/layer-groups.js';
import type { LoraWeights } from '../../src/language/lora-weights.js';
import { quantizedShards } from '../../src/language/quantize-checkpoint.js';
import { dequantizeMatrix, quantizeMatrix, type WeightBits } from '../../src/language/quantized-matrix.js';
import { storeMatrix } from '../../src/language/stored-matrix.js';
import { llavaShapes, visualTokens } from '../../src/llava/llava.js';
import { matchLlavaTensors } from '../../src/llava/names.js';
import { runReference, runtime, scopeOver, worstError } from '../language/reference.js';
import { expected, expectedTensor, goldenPicture, llavaTiny, valuesOf } from './tiny-llava.js';

const TOLERANCE = 2e-3;

let tiny: Awaited<ReturnType<typeof llavaTiny>>;
let checkpoint: CheckpointWeights;
let picture: Float32Array;

beforeAll(async () => {
  tiny = await llavaTiny();
  checkpoint = readCheckpointWeights(tiny.file, tiny.config.language);
  const weights = await valuesOf(matchLlavaTensors(llavaShapes(tiny.config), tiny.file));
  const pictures = ag.input('pictures', [1, 3, 56, 56]);
  const session = await runtime.load(
    ag.compile({ tokens: visualTokens(scopeOver(weights), pictures, tiny.config) }),
  );
  const { tokens } = await session.run({
    pictures: { type: 'float32', shape: pictures.shape, data: goldenPicture() },
  });
  await session.release();
  picture = tokens!.data as Float32Array;
});

/** Reads the prompt as it is read in use: ids, picture, ids. Gives the last layer's states of all of it. */
async function readPrompt(model: LanguageModel, capacity = 64) {
  const context = model.begin(capacity);
  const parts: Float32Array[] = [];
  let states = new Map() as Awaited<ReturnType<LanguageModel['extend']>>;
  for (const part of [
    model.embed(expected.tokens_before_image),
    picture,
    model.embed(expected.tokens_after_image),
  ]) {
    states = await model.extend(context, part, part.length / model.config.hidden);
    parts.push(states.get(model.config.layers)!.slice());
  }
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return { context, all, lastState: model.lastState(states) };
}

const load = (from: CheckpointWeights, lora?: LoraWeights) =>
  loadCheckpointLanguageModel(from, lora, { layersRead: [] }, runtime);

describe('the cached language model of LLaVA in float32, with the values of PyTorch', () => {
  test.each([
    ['', false],
    ['with_adapter.', true],
  ])('states and logits %s', async (prefix, adapted) => {
    const model = await load(checkpoint, adapted ? tiny.adapter : undefined);
    const { all } = await readPrompt(model);
    expect(worstError(all, await expectedTensor(`${prefix}hidden_after_norm`))).toBeLessThan(TOLERANCE);
    expect(worstError(await model.logits(all), await expectedTensor(`${prefix}logits`))).toBeLessThan(
      TOLERANCE,
    );
    await model.release();
  });

  test('greedy tokens, alone and several at once', async () => {
    const model = await load(checkpoint);
    const { context, lastState } = await readPrompt(model);
    const options = { maxTokens: expected.greedy_ids.length };
    const fork = model.fork(context);
    expect(await model.generate(context, lastState, options)).toEqual(expected.greedy_ids);
    const both = [fork, fork].map((start) => ({ context: start, lastState }));
    expect(await model.generateTogether(both, options)).toEqual([expected.greedy_ids, expected.greedy_ids]);
    await model.release();
  });

  test('refuses ids and states that it has no place for', async () => {
    const model = await load(checkpoint);
    expect(() => model.embed([320])).toThrow('token 320 is outside the vocabulary of 320');
    await expect(model.logits(new Float32Array(63))).rejects.toThrow('63 numbers are not states of 64');
    await model.release();
  });
});

describe('layers in groups', () => {
  /** The prompt's states, those of layers 1 and 3 for three tokens more, and 5 tokens of one and of two contexts at once. */
  async function useOf(from: CheckpointWeights, options: Partial<LanguageModelOptions>, groupBytes?: number) {
    const sessions = vi.spyOn(runtime, 'load');
    const model = await loadCheckpointLanguageModel(
      from,
      tiny.adapter,
      { layersRead: [1], ...options },
      runtime,
      groupBytes,
    );
    const opened = sessions.mock.calls.length;
    sessions.mockRestore();
    const { context, all, lastState } = await readPrompt(model);
    const fork = model.fork(context);
    const other = model.fork(context);
    const read = await model.extend(other, model.embed([7, 8, 9]), 3);
    const tokens = await model.generate(context, lastState, { maxTokens: 5 });
    const starts = [
      { context: fork, lastState },
      { context: other, lastState: model.lastState(read) },
    ];
    const together = await model.generateTogether(starts, { maxTokens: 5 });
    await model.release();
    const states = new Map<string | number, Float32Array>([['prompt', all], ...read]);
    return { opened, states, tokens: [tokens, ...together] };
  }

  test.each([
    ['in float32', undefined, {}, 1],
    ['in 4 bits', 4, {}, 1],
    ['in 4 bits, generating with 8-bit activations', 4, { generationAccuracyLevel: 4 }, 2],
    ['in 8 bits', 8, {}, 1],
    ['in 8 bits, generating with 8-bit activations', 8, { generationAccuracyLevel: 4 }, 2],
  ] as const)('of one each give the same as all in one, %s', async (_, bits, options, levels) => {
    const from = bits === undefined ? checkpoint : (await quantised(bits)).weights;
    const whole = await useOf(from, options);
    const grouped = await useOf(from, options, 1);
    // One session more is that of the output layer.
    expect([whole.opened, grouped.opened]).toEqual([1 + levels, 1 + 3 * levels]);
    expect(grouped.tokens).toEqual(whole.tokens);
    expect([...grouped.states.keys()]).toEqual(['prompt', 1, 3]);
    // Adding and norm are one kernel within a group and two between them, which rounds otherwise; and what is rounded
    // otherwise is split otherwise where weights have 8 bits.
    const tolerance = bits === 8 ? 3e-4 : 1e-5;
    for (const [name, values] of whole.states)
      expect(worstError(grouped.states.get(name)!, values), `${name}`).toBeLessThan(tolerance);
  });

  test('hold as many layers as fit', () => {
    const range = (first: number, end: number) => ({ first, end });
    expect(groupLayers([3, 3, 3, 3, 3], 7)).toEqual([range(0, 2), range(2, 4), range(4, 5)]);
    expect(groupLayers([3, 9, 3, 3], 7)).toEqual([range(0, 1), range(1, 2), range(2, 4)]);
    expect(groupLayers([9, 3], 7)).toEqual([range(0, 1), range(1, 2)]);
  });

  test('count what is read as float32 at its size in memory', async () => {
    const linears = linearsOfCheckpoint(tiny.config.language).slice(0, 7);
    const norms = 2 * 4 * tiny.config.language.hidden;
    const bytesOf = (linear: (inputs: number) => number) =>
      linears.reduce((sum, { outputs, inputs }) => sum + outputs * linear(inputs), norms);
    const float = bytesOf((inputs) => 4 * inputs);
    expect(bytesOfLayers(checkpoint)).toEqual([float, float, float]);
    // A block of 32 takes 16 bytes, 4 for its scale and a nibble for its zero point; or 32 bytes and the scale's 4.
    const blocks = (inputs: number) => Math.ceil(inputs / 32);
    const four = bytesOf((inputs) => 20 * blocks(inputs) + Math.ceil(blocks(inputs) / 2));
    expect(bytesOfLayers((await quantised(4)).weights)).toEqual([four, four, four]);
    const eight = bytesOf((inputs) => 36 * blocks(inputs));
    expect(bytesOfLayers((await quantised(8)).weights)).toEqual([eight, eight, eight]);
  });

  test('let go of the sessions made when a later group cannot be read', async () => {
    const broken = new Map(checkpoint.tensors);
    const name = 'model.layers.2.mlp.up_proj.weight';
    broken.set(name, { ...broken.get(name)!, read: () => Promise.reject(new Error('no such disk')) });
    const released: string[] = [];
    const counting = {
      name: runtime.name,
      load: async (...call: Parameters<typeof runtime.load>) => {
        const session = await runtime.load(...call);
        const release = () => {
          released.push(call[0].outputs.map((output) => output.name).join(' '));
          return session.release();
        };
        return { ...session, release };
      },
    };
    await expect(
      loadCheckpointLanguageModel(
        { ...checkpoint, tensors: broken },
        undefined,
        { layersRead: [] },
        counting,
        1,
      ),
    ).rejects.toThrow('no such disk');
    expect(released).toEqual(['key_0 value_0 state_1', 'key_1 value_1 state_2', 'logits']);
  });
});

/** The golden model in so many bits, written and read again. */
async function quantised(
  bits: WeightBits,
): Promise<{ weights: CheckpointWeights; errors: Map<string, number> }> {
  const files = new Map<string, Uint8Array>();
  const shards = [];
  const errors = new Map<string, number>();
  for await (const shard of quantizedShards(checkpoint, bits)) {
    files.set(shard.file, await writeSafetensors(shard.entries));
    shards.push(shard);
    for (const [name, error] of shard.errors) errors.set(name, error);
  }
  const open = async (file: string) => bytesSource(file, files.get(file)!);
  const file = await readShardedSafetensors(open, shardIndex(shards));
  return { weights: readCheckpointWeights(file, tiny.config.language), errors };
}

/** All of a checkpoint in float32. */
async function wholeOf(weights: CheckpointWeights): Promise<Map<string, Float32Array>> {
  const values = await dequantizeOutsideLayers(weights);
  for (let layer = 0; layer < weights.config.layers; layer++) {
    for (const [name, data] of await dequantizeLayer(weights, layer))
      values.set(`model.layers.${layer}.${name}`, data);
  }
  return values;
}

/** Errors of a linear in 8 bits. */
const IN_8_BITS = [0.003, 0.008] as const;

describe.each([
  { bits: 4, exact: 1e-4, cost: [0.2, 5], errors: [0.05, 0.1] },
  { bits: 8, exact: 1e-3, cost: [0.02, 0.2], errors: IN_8_BITS },
] as const)('the cached language model of LLaVA in $bits bits', ({ bits, exact, cost, errors }) => {
  test('has layers that can be dequantised one over the other', async () => {
    const { weights } = await quantised(bits);
    const arrays = await dequantizeLayer(weights, 0);
    const over = await dequantizeLayer(weights, 2, arrays);
    expect(over).toEqual(await dequantizeLayer(weights, 2));
    const name = 'mlp.up_proj.weight';
    expect(over.get(name)).toBe(arrays.get(name));
  });

  test.each([
    ['without LoRA', false],
    ['with LoRA', true],
  ])('computes what its dequantised weights give, %s', async (_, adapted) => {
    const { weights } = await quantised(bits);
    const lora = adapted ? tiny.adapter : undefined;
    const model = await load(weights, lora);
    const { all } = await readPrompt(model);
    const embeddings = new Float32Array(all.length);
    embeddings.set(model.embed(expected.tokens_before_image));
    embeddings.set(picture, expected.tokens_before_image.length * 64);
    const after = model.embed(expected.tokens_after_image);
    embeddings.set(after, embeddings.length - after.length);
    const reference = await runReference(weights.config, await wholeOf(weights), embeddings, lora);
    expect(worstError(all, reference.states.at(-1)!)).toBeLessThan(exact);
    const float = await expectedTensor(`${adapted ? 'with_adapter.' : ''}hidden_after_norm`);
    expect(worstError(all, float)).toBeGreaterThan(cost[0]);
    expect(worstError(all, float)).toBeLessThan(cost[1]);
    await model.release();
  });

  test('says what each linear lost', async () => {
    const { errors: found } = await quantised(bits);
    expect([...found.keys()]).toEqual(linearsOfCheckpoint(tiny.config.language).map(({ name }) => name));
    for (const [name, error] of found) {
      const [least, most] = name === OUTPUT ? IN_8_BITS : errors;
      expect(error).toBeGreaterThan(least);
      expect(error).toBeLessThan(most);
    }
  });

  test('takes an output layer of as many bits too', async () => {
    const linear = linearsOfCheckpoint(tiny.config.language).at(-1)!;
    const values = await toFloat32(checkpoint.tensors.get('lm_head.weight')!);
    const { matrix } = quantizeMatrix(values, linear.outputs, linear.inputs, bits);
    const entries = new Map(tiny.file.entries);
    entries.delete('lm_head.weight');
    for (const entry of storeMatrix(linear, matrix)) entries.set(entry.name, entry);
    const model = await load(readCheckpointWeights({ ...tiny.file, entries }, tiny.config.language));
    const state = (await expectedTensor('hidden_after_norm')).slice(-64);
    const rows = dequantizeMatrix(matrix);
    const wanted = Float32Array.from({ length: linear.outputs }, (_, id) =>
      state.reduce((sum, value, i) => sum + value * rows[id * 64 + i]!, 0),
    );
    expect(worstError(await model.logits(state), wanted)).toBeLessThan(bits === 4 ? 1e-5 : 1e-4);
    await model.release();
  });
});

describe('a checkpoint that does not fit', () => {
  const file = (change: (entries: Map<string, TensorEntry>) => void) => {
    const entries = new Map(tiny.file.entries);
    change(entries);
    return { ...tiny.file, entries };
  };
  const name = 'model.layers.1.self_attn.k_proj.weight';

  test('is refused with the names', () => {
    const read = (from: TensorFile) => () => readCheckpointWeights(from, tiny.config.language);
    expect(read(file((entries) => entries.delete('lm_head.weight')))).toThrow('1 missing: lm_head.weight');
    const extra = file((entries) => entries.set('model.layers.3.mlp.up_proj.weight', entries.get(name)!));
    expect(read(extra)).toThrow('1 unexpected: model.layers.3.mlp.up_proj.weight');
    expect(() => readCheckpointWeights(tiny.file, { ...tiny.config.language, keyHeads: 4 })).toThrow(
      'k_proj.weight is [16, 64] and should be [32, 64]',
    );
  });

  describe.each([4, 8] as const)('is refused when %i-bit tensors', (bits) => {
    /** The checkpoint with one linear quantised, and its parts changed. */
    const withParts = async (change: (parts: Map<string, TensorEntry>) => void = () => {}) => {
      const linear = { name: name.slice(0, -'.weight'.length), outputs: 16, inputs: 64 };
      const values = await toFloat32(checkpoint.tensors.get(name)!);
      const stored = storeMatrix(linear, quantizeMatrix(values, 16, 64, bits).matrix);
      const parts = new Map(stored.map((entry) => [entry.name, entry]));
      change(parts);
      return file((entries) => {
        entries.delete(name);
        for (const [part, entry] of parts) entries.set(part, entry);
      });
    };
    const read = (from: TensorFile) => readCheckpointWeights(from, tiny.config.language);

    test('stand beside others', async () => {
      await expect(load(read(await withParts()))).rejects.toThrow('they are not quantised alike');
    });

    test('have another type or shape, or are missing', async () => {
      const scales = `${name}.scales`;
      const wrong = await withParts((parts) => parts.set(scales, { ...parts.get(scales)!, type: 'float32' }));
      expect(() => read(wrong)).toThrow(`${scales} is float32, not float16`);
      const missing = await withParts((parts) => parts.delete(scales));
      expect(() => read(missing)).toThrow(`1 missing: ${scales}`);
      const quants = `${name}.quants`;
      const short = await withParts((parts) =>
        parts.set(quants, { ...parts.get(quants)!, shape: [16, 1, 4 * bits] }),
      );
      expect(() => read(short)).toThrow(
        `${quants} is [16, 1, ${4 * bits}] and should be [16, 2, ${4 * bits}]`,
      );
    });

    test('have zero points and should not, or have none and should', async () => {
      const zeroPoints = `${name}.zero_points`;
      const other = await withParts((parts) => {
        if (!parts.delete(zeroPoints))
          parts.set(zeroPoints, { ...parts.get(`${name}.scales`)!, name: zeroPoints });
      });
      expect(() => read(other)).toThrow(`1 ${bits === 4 ? 'missing' : 'unexpected'}: ${zeroPoints}`);
    });
  });
});
