import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource, readSafetensors, type TensorEntry, toFloat32, writeSafetensors } from '@prs-med/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LlamaConfig } from '../../src/language/llama.js';
import { readAdapter } from '../../src/llava/adapter.js';
import type { CheckpointFiles } from '../../src/llava/checkpoint.js';
import { checkpointFolder } from '../../src/node/checkpoint-folder.js';
import { llavaTiny, llavaTinyAdapterPath } from './tiny-llava.js';

const read = (file: string) => readFileSync(join(llavaTinyAdapterPath, file));
const config = JSON.parse(read('adapter_config.json').toString());
const weights = read('adapter_model.safetensors');
const firstName = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';

/** An adapter in memory, with some fields of its configuration changed. */
const memoryAdapter = (change: object = {}, bytes: Uint8Array = weights): CheckpointFiles => {
  const files = new Map<string, Uint8Array>([
    ['adapter_config.json', new TextEncoder().encode(JSON.stringify({ ...config, ...change }))],
    ['adapter_model.safetensors', bytes],
  ]);
  return {
    name: 'memory',
    files: new Set(files.keys()),
    open: async (file) => bytesSource(file, files.get(file)!),
  };
};

/** The golden adapter's file with its entries changed. */
async function changedWeights(change: (entries: Map<string, TensorEntry>) => void): Promise<Uint8Array> {
  const { entries } = await readSafetensors(bytesSource('adapter', weights));
  const changed = new Map(entries);
  change(changed);
  return writeSafetensors([...changed].map(([name, entry]) => ({ ...entry, name })));
}

let base: LlamaConfig;
beforeAll(async () => {
  base = (await llavaTiny()).config.language;
});

describe('a PEFT adapter', () => {
  test('gives rank, alpha and every tensor under the name of its layer', async () => {
    const lora = await readAdapter(await checkpointFolder(llavaTinyAdapterPath), base, { rank: 4, alpha: 8 });
    expect([lora.rank, lora.alpha, lora.tensors.size]).toEqual([4, 8, 3 * 4 * 2]);
    const { entries } = await readSafetensors(bytesSource('adapter', weights));
    const name = firstName.replace('base_model.model.', '');
    expect(lora.tensors.get(name)).toEqual(await toFloat32(entries.get(firstName)!));
  });

  test("of Hugging Face's Llava has the same names", async () => {
    const bytes = await changedWeights((entries) => {
      for (const [name, entry] of [...entries]) {
        entries.delete(name);
        entries.set(name.replace('base_model.model.', 'base_model.model.language_model.'), entry);
      }
    });
    const lora = await readAdapter(memoryAdapter({}, bytes), base);
    expect(lora.tensors).toEqual((await readAdapter(memoryAdapter(), base)).tensors);
  });

  test.each([
    [{ target_modules: ['q_proj', 'v_proj'] }, 'target_modules are q_proj, v_proj and should be k_proj'],
    [{ target_modules: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'up_proj'] }, 'up_proj'],
    [{ peft_type: 'IA3' }, 'peft_type'],
    [{ use_dora: true }, 'use_dora'],
    [{ use_rslora: true }, 'use_rslora'],
    [{ bias: 'all' }, 'bias'],
    [{ modules_to_save: ['lm_head'] }, 'modules saved whole'],
    [{ rank_pattern: { q_proj: 8 } }, 'rank_pattern'],
    [{ r: 8 }, 'q_proj.lora_A.weight is [4, 64] and should be [8, 64]'],
  ])('refuses %j', async (change, message) => {
    await expect(readAdapter(memoryAdapter(change), base)).rejects.toThrow(message);
  });

  test('takes a pattern of modules by what the tensors are', async () => {
    const lora = await readAdapter(memoryAdapter({ target_modules: '.*(q|k|v|o)_proj' }), base);
    expect(lora.tensors.size).toBe(24);
  });

  test('of another rank or alpha than the preset wants is refused', async () => {
    const wanted = { rank: 16, alpha: 16 };
    await expect(readAdapter(memoryAdapter(), base, wanted)).rejects.toThrow(
      'its rank is 4 and its alpha 8, where 16 and 16 are wanted',
    );
  });

  test('of another base is refused, and so is one that lacks or has too many tensors', async () => {
    await expect(readAdapter(memoryAdapter(), { ...base, keyHeads: 4 })).rejects.toThrow(
      'k_proj.lora_B.weight is [16, 4] and should be [32, 4]',
    );
    const fewer = await changedWeights((entries) => entries.delete(firstName));
    await expect(readAdapter(memoryAdapter({}, fewer), base)).rejects.toThrow(
      '1 missing: model.layers.0.self_attn.q_proj.lora_A.weight',
    );
    const stray = await changedWeights((entries) => entries.set('lm_head.weight', entries.get(firstName)!));
    await expect(readAdapter(memoryAdapter({}, stray), base)).rejects.toThrow('does not begin with');
  });

  test('names the file that a folder lacks', async () => {
    const { open, name } = memoryAdapter();
    const files = new Set(['adapter_config.json']);
    await expect(readAdapter({ name, open, files }, base)).rejects.toThrow(
      'memory: there is neither adapter_model.safetensors nor adapter_model.bin',
    );
    await expect(readAdapter({ name, open, files: new Set() }, base)).rejects.toThrow(
      'there is no adapter_config.json',
    );
    await expect(checkpointFolder('/nowhere/at/all')).rejects.toThrow(
      '/nowhere/at/all: the folder cannot be read',
    );
  });
});
