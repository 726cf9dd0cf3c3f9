import { dequantize, type GgufFile, type TensorEntry } from '@prs-med/nn';
import { describe, expect, test } from 'vitest';
import { baseShards } from '../../src/language/base-shards.js';
import { baseShapes, dequantizeBase, readBaseWeights } from '../../src/language/base-weights.js';
import { convertGguf, llamaConfigOfGguf } from '../../src/language/gguf-conversion.js';
import { randomNumbers, tinyConfig } from './tiny-base.js';

const parts: Record<string, string> = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

/** A GGUF of the tiny model with random blocks, as a header that has been read. */
function tinyGguf(): GgufFile {
  const random = randomNumbers(5);
  const entries = new Map<string, TensorEntry>();
  const shapes = baseShapes(tinyConfig);
  const add = (name: string, shape: readonly number[], type: TensorEntry['type'], bytes: Uint8Array) =>
    entries.set(name, { name, shape, type, byteLength: bytes.length, read: async () => bytes.slice() });
  const blocks = (count: number, size: number) => {
    const bytes = Uint8Array.from({ length: count * size }, () => 256 * random());
    // Halves with exponents in the middle, so that no scale is infinite or no number.
    for (let i = 0; i < count; i++)
      for (const at of size === 20 ? [1, 3] : [1]) bytes[i * size + at]! &= 0xbb;
    return bytes;
  };
  const floats = (size: number) => new Uint8Array(Float32Array.from({ length: size }, random).buffer);
  const { vocabulary, hidden } = tinyConfig;
  add('token_embd.weight', [vocabulary, hidden], 'q8_0', blocks((vocabulary * hidden) / 32, 34));
  for (let layer = 0; layer < tinyConfig.layers; layer++) {
    for (const [own, theirs] of Object.entries(parts)) {
      const [rows, columns] = shapes.get(`model.layers.${layer}.${theirs}.weight.scales`)!;
      add(`blk.${layer}.${own}.weight`, [rows!, columns! * 32], 'q4_1', blocks(rows! * columns!, 20));
    }
    for (const name of ['attn_norm', 'ffn_norm'])
      add(`blk.${layer}.${name}.weight`, [hidden], 'float32', floats(hidden));
  }
  add('output_norm.weight', [hidden], 'float32', floats(hidden));
  const fields = new Map<string, number | string>([
    ['general.architecture', 'llama'],
    ['llama.embedding_length', hidden],
    ['llama.block_count', tinyConfig.layers],
    ['llama.attention.head_count', tinyConfig.heads],
    ['llama.attention.head_count_kv', tinyConfig.keyHeads],
    ['llama.feed_forward_length', tinyConfig.intermediate],
    ['llama.rope.freq_base', tinyConfig.ropeTheta],
    ['llama.attention.layer_norm_rms_epsilon', Math.fround(1e-5)],
    ['llama.context_length', tinyConfig.longest],
  ]);
  return { name: 'tiny.gguf', version: 3, entries, fields, metadata: {} };
}

describe('a base from a GGUF', () => {
  test('reads the configuration', () => {
    expect(llamaConfigOfGguf(tinyGguf())).toEqual(tinyConfig);
    const gguf = tinyGguf();
    const other = { ...gguf, fields: new Map([...gguf.fields, ['general.architecture', 'qwen2']]) };
    expect(() => llamaConfigOfGguf(other)).toThrow('architecture is qwen2');
  });

  test('has the values of ggml, bit for bit, and the rows of q and k in order', async () => {
    const gguf = tinyGguf();
    const values = await dequantizeBase(await convertGguf(gguf));
    const { hidden, heads, keyHeads } = tinyConfig;
    for (const [own, theirs] of Object.entries(parts)) {
      const blocks = await gguf.entries.get(`blk.1.${own}.weight`)!.read();
      const stored = dequantize(blocks, 'q4_1');
      const found = values.get(`model.layers.1.${theirs}.weight`)!;
      const groups = own === 'attn_q' ? heads : own === 'attn_k' ? keyHeads : 0;
      if (groups === 0) {
        expect(new Uint8Array(found.buffer)).toEqual(new Uint8Array(stored.buffer));
        continue;
      }
      // ggml has the pairs of a rotation next to each other, Hugging Face half a head apart.
      const half = hidden / heads / 2;
      for (let head = 0; head < groups; head++) {
        for (let i = 0; i < 2 * half; i++) {
          const theirRow = head * 2 * half + i;
          const ownRow = head * 2 * half + 2 * (i % half) + (i < half ? 0 : 1);
          expect(found.subarray(theirRow * hidden, (theirRow + 1) * hidden)).toEqual(
            stored.subarray(ownRow * hidden, (ownRow + 1) * hidden),
          );
        }
      }
    }
    const rows = dequantize(await gguf.entries.get('token_embd.weight')!.read(), 'q8_0');
    expect(values.get('model.embed_tokens.weight')).toEqual(rows);
  });

  test('names what is missing or of another type', async () => {
    const gguf = tinyGguf();
    const entries = new Map(gguf.entries);
    entries.delete('blk.1.ffn_up.weight');
    await expect(convertGguf({ ...gguf, entries })).rejects.toThrow('blk.1.ffn_up.weight is missing');
    entries.set('blk.1.ffn_up.weight', gguf.entries.get('output_norm.weight')!);
    await expect(convertGguf({ ...gguf, entries })).rejects.toThrow(
      'blk.1.ffn_up.weight is float32, not q4_1',
    );
  });

  test('is written in shards that hold all of it', async () => {
    const base = await convertGguf(tinyGguf());
    const { shards, index } = baseShards(base);
    expect(shards.map(({ file }) => file)).toEqual([
      'language-00001-of-00002.safetensors',
      'language-00002-of-00002.safetensors',
    ]);
    const entries = new Map(
      shards.flatMap((shard) => shard.entries.map((entry) => [entry.name, entry] as const)),
    );
    const again = readBaseWeights({ name: 'shards', entries, metadata: {} }, tinyConfig);
    expect(again.tensors.size).toBe(base.tensors.size);
    expect(Object.keys(JSON.parse(index).weight_map)).toHaveLength(base.tensors.size);
  });
});
