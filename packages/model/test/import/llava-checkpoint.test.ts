import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource, readSafetensors, type TensorEntry, tensorEntry, writeSafetensors } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { asFloat16 } from '../../src/import/half-precision.js';
import { byteTokenizer, paper, paperTiny, readLlavaCheckpoint, visionTowerShapes } from '../../src/index.js';
import { llavaTinyPath } from '../llava/tiny-llava.js';

const FIRST = 'model-00001-of-00002.safetensors';
const SECOND = 'model-00002-of-00002.safetensors';

const whole = new Map<string, Uint8Array>([
  ...readdirSync(llavaTinyPath)
    .filter((name) => /^(config\.json|model.*)$/.test(name))
    .map((name) => [name, readFileSync(join(llavaTinyPath, name))] as const),
  ['tokenizer.json', Buffer.from(byteTokenizer(320))],
  ['tokenizer_config.json', Buffer.from('{"bos_token": "<|endoftext|>", "eos_token": "<|im_end|>"}')],
]);

const read = (files: ReadonlyMap<string, Uint8Array>, preset = paperTiny) =>
  readLlavaCheckpoint(
    {
      name: 'folder',
      files: new Set(files.keys()),
      open: async (file) => bytesSource(file, files.get(file)!),
    },
    preset,
  );

const changed = (change: Readonly<Record<string, Uint8Array>>) =>
  new Map([...whole, ...Object.entries(change)]);

/** Both shards in one file, without some tensors. */
async function oneFile(isLeftOut: (name: string) => boolean): Promise<Map<string, Uint8Array>> {
  const entries: TensorEntry[] = [];
  for (const file of [FIRST, SECOND]) {
    const { entries: found } = await readSafetensors(bytesSource(file, whole.get(file)!));
    entries.push(...[...found.values()].filter(({ name }) => !isLeftOut(name)));
  }
  const files = changed({ 'model.safetensors': await writeSafetensors(entries) });
  for (const file of [FIRST, SECOND, 'model.safetensors.index.json']) files.delete(file);
  return files;
}

describe('a LLaVA checkpoint', () => {
  it('is shared out into tokenizer, language model, tower and projector', async () => {
    const { files, tokenizer, language, tower, projector } = await read(whole);
    expect(files).toEqual([...whole.keys()].sort());
    expect(tokenizer.size).toBe(2);
    expect(language.tensors.size).toBe(3 + 3 * 9);
    expect([...tower.keys()]).toEqual([...visionTowerShapes(paperTiny).keys()]);
    expect([...projector.keys()]).toEqual(
      ['0.weight', '0.bias', '2.weight', '2.bias'].map((name) => `mm_projector.${name}`),
    );
  });

  it.each([
    [
      'of another shape',
      () => read(whole, paper),
      'folder, file config.json: language.vocabulary is 320 and should be 32000, ',
    ],
    [
      'with half a download in it',
      () => read(changed({ 'model-00003-of-00003.safetensors.incomplete': new Uint8Array(3) })),
      'folder: model-00003-of-00003.safetensors.incomplete is half a download; finish the download',
    ],
    [
      'with a pointer for a file',
      () => read(changed({ [SECOND]: Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha') })),
      `folder, file ${SECOND}: this is a pointer of Git LFS, not the file; run git lfs pull`,
    ],
    [
      'with a shard that is cut off',
      () => read(changed({ [SECOND]: whole.get(SECOND)!.subarray(0, -100) })),
      `${SECOND}: `,
    ],
    [
      'without its tower',
      async () => read(await oneFile((name) => name.includes('vision_tower'))),
      'model.safetensors: the checkpoint has no vision tower; give one that was saved with its tower',
    ],
    [
      'without a tensor',
      async () => read(await oneFile((name) => name === 'lm_head.weight')),
      "model.safetensors: its tensors are not the model's (1 missing: lm_head.weight)",
    ],
    [
      'without config.json',
      () => read(new Map([...whole].filter(([name]) => name !== 'config.json'))),
      'folder: there is no config.json; copy the whole checkpoint',
    ],
  ])('is refused %s', async (_, reading, problem) => {
    await expect(reading()).rejects.toMatchObject({
      name: 'WeightFileError',
      message: expect.stringContaining(problem),
    });
  });
});

describe('a tensor in half precision', () => {
  it('has the nearest values, in the order that it had', async () => {
    const entry = asFloat16(tensorEntry('a', [3], 'float32', Float32Array.of(1, -2, 1 / 3)));
    expect([entry.type, entry.byteLength]).toEqual(['float16', 6]);
    const bytes = await entry.read();
    expect([...new Uint16Array(bytes.buffer)]).toEqual([0x3c00, 0xc000, 0x3555]);
  });

  it('is the tensor itself where it is in half precision already', () => {
    const entry = tensorEntry('a', [1], 'float16', Uint16Array.of(0x7c01));
    expect(asFloat16(entry)).toBe(entry);
  });

  it.each([1e6, Number.NaN])('is refused for %d', async (value) => {
    const entry = asFloat16(tensorEntry('a', [2], 'float32', Float32Array.of(1, value)));
    await expect(entry.read()).rejects.toThrow('a: it has values that are not finite in half precision;');
  });
});
