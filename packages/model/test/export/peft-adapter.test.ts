import { readFileSync } from 'node:fs';
import { bytesSource, readSafetensors } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import type { BundleFile } from '../../src/bundle/bundle-file.js';
import { peftAdapter } from '../../src/index.js';
import { readAdapter } from '../../src/llava/adapter.js';
import { tinyConfig, tinyLora } from '../language/tiny-base.js';

const folder = new URL('../fixtures/llava-tiny/adapter/', import.meta.url);

async function written(files: readonly BundleFile[]): Promise<Map<string, Uint8Array>> {
  const all = new Map<string, Uint8Array>();
  for (const { name, chunks } of files) {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    all.set(name, new Uint8Array(Buffer.concat(parts)));
  }
  return all;
}

describe('an adapter for peft', () => {
  it('is read back as it was', async () => {
    const files = await written(peftAdapter(tinyLora(), tinyConfig));
    const read = await readAdapter(
      {
        name: 'adapter',
        files: new Set(files.keys()),
        open: async (file) => bytesSource(file, files.get(file)!),
      },
      tinyConfig,
    );
    expect(read).toEqual(tinyLora());
  });

  it('names its files, fields and tensors as peft does', async () => {
    const files = await written(peftAdapter(tinyLora(), tinyConfig));
    expect([...files.keys()]).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    const config = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json')!));
    const theirs = JSON.parse(readFileSync(new URL('adapter_config.json', folder), 'utf8'));
    expect(Object.keys(theirs)).toEqual(expect.arrayContaining(Object.keys(config)));
    const { r, lora_alpha, target_modules, ...rest } = config;
    expect(theirs).toMatchObject(rest);
    expect({ r, lora_alpha }).toEqual({ r: 4, lora_alpha: 8 });
    expect([...target_modules].sort()).toEqual([...theirs.target_modules].sort());
    const namesOf = async (bytes: Uint8Array) => {
      const file = await readSafetensors(bytesSource('adapter', bytes));
      expect(file.metadata).toEqual({ format: 'pt' });
      return new Set([...file.entries.keys()].map((name) => name.replace(/\d+/, 'N')));
    };
    expect(await namesOf(files.get('adapter_model.safetensors')!)).toEqual(
      await namesOf(new Uint8Array(readFileSync(new URL('adapter_model.safetensors', folder)))),
    );
  });

  it('refuses tensors that the base has no place for', () => {
    const { tensors, ...rest } = tinyLora();
    const more = new Map([
      ...tensors,
      ['model.layers.9.self_attn.q_proj.lora_A.weight', new Float32Array(4)],
    ]);
    expect(() => peftAdapter({ ...rest, tensors: more }, tinyConfig)).toThrow(
      'model.layers.9.self_attn.q_proj.lora_A.weight is unexpected',
    );
  });
});
