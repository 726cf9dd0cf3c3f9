import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPytorch } from '@prs-med/nn';
import { openFile, saveChunks } from '@prs-med/nn/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LoraWeights,
  loraShapes,
  type Preset,
  paperReleased,
  peftAdapter,
  readReleased,
  releasedTensors,
} from '../../src/index.js';
import { releasedFolder } from '../../src/node/index.js';
import { tinyConfig } from '../language/tiny-base.js';

const golden = (file: string) =>
  fileURLToPath(new URL(`../../../../../shared/golden/${file}`, import.meta.url));
const FILES = ['image_encoder.pth', 'mask_decoder.pth'] as const;
const hasGolden = FILES.every((file) => existsSync(golden(file)));
if (!hasGolden) console.warn(`skipped: the released model, because ${golden('')} lacks its files`);

/** One layer as wide as Mistral's, which is what the decoder reads. */
const base = { ...tinyConfig, hidden: 4096, layers: 1, heads: 32, keyHeads: 8 };

const lora: LoraWeights = {
  rank: 2,
  alpha: 4,
  tensors: new Map(
    [...loraShapes(base, 2)].map(([name, [rows, columns]]) => [
      name,
      Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
    ]),
  ),
};

const preset: Pick<Preset, 'encoder' | 'language'> = {
  ...paperReleased,
  language: { ...paperReleased.language, ...base, lora: { rank: 2, alpha: 4 } },
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-released-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A released folder with these files under the given names, and the adapter. */
async function released(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, 'lora_adapter'), { recursive: true });
  for (const file of peftAdapter(lora, base))
    await saveChunks(join(path, 'lora_adapter', file.name), file.chunks);
  for (const [as, file] of Object.entries(files)) await symlink(golden(file), join(path, as));
  return path;
}

const read = async (path: string) => readReleased(await releasedFolder(path), preset);

describe('the released model', () => {
  it.skipIf(!hasGolden)('is read whole, and its tensors can be written back under every name', async () => {
    const path = await released('whole', Object.fromEntries(FILES.map((file) => [file, file])));
    const model = await read(path);
    expect(model.lora).toEqual(lora);
    const tensors = new Map(releasedTensors(model.parameters).map((entry) => [entry.name, entry]));
    let found = 0;
    for (const [file, prefix] of [
      ['image_encoder.pth', ''],
      ['mask_decoder.pth', 'mask_decoder.'],
    ] as const) {
      const source = await openFile(golden(file));
      for (const [name, { shape }] of (await readPytorch(source)).entries) {
        expect(tensors.get(prefix + name)?.shape, name).toEqual(shape);
        found++;
      }
      await source.close();
    }
    expect(found).toBe(tensors.size);
    const weight = model.parameters.get('decoder.out_dec.weight')!;
    expect(weight.data.some((value) => value !== 0)).toBe(true);
  });

  it.skipIf(!hasGolden)('is refused with the name of the file that is another', async () => {
    const twice = { 'image_encoder.pth': 'image_encoder.pth', 'mask_decoder.pth': 'image_encoder.pth' };
    await expect(read(await released('twice', twice))).rejects.toThrow(
      /^mask_decoder\.pth: its tensors are not the model's \(70 missing: prompt_projection/,
    );
  });

  it('is refused when a file or the adapter is not there', async () => {
    await expect(read(await released('bare', {}))).rejects.toThrow(
      'bare: there is no image_encoder.pth and no mask_decoder.pth;',
    );
    const other = await released('other', {});
    await rm(join(other, 'lora_adapter'), { recursive: true });
    await expect(read(other)).rejects.toThrow('lora_adapter: the folder cannot be read');
    const empty = join(folder, 'empty');
    await mkdir(join(empty, 'lora_adapter'), { recursive: true });
    for (const file of FILES) await copyFile(fileURLToPath(import.meta.url), join(empty, file));
    await expect(read(empty)).rejects.toThrow('there is no adapter_config.json');
  });
});
