import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesSource, readSafetensors, type TensorEntry, tensorEntry, writeSafetensors } from '@prs-med/nn';
import { torchSave } from '../../../nn/test/weights/torch-save.js';
import {
  byteTokenizer,
  initialParameters,
  type Parameters,
  type Preset,
  paperReleasedTiny,
  paperTiny,
  VISION_SCOPE,
} from '../../src/index.js';
import { llavaTinyAdapterPath, llavaTinyPath } from '../llava/tiny-llava.js';

const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

/** Presets whose adapter is that of the fixture. */
const lora = { rank: 4, alpha: 8 };
export const preset: Preset = { ...paperTiny, language: { ...paperTiny.language, lora } };
export const releasedPreset: Preset = {
  ...paperReleasedTiny,
  language: { ...paperReleasedTiny.language, lora },
};

/** The preset with a language model of more layers, so that building it takes longer. */
export const deepPreset = (layers: number): Preset => ({
  ...preset,
  name: 'paper-deep',
  language: { ...preset.language, layers },
  fusion: { ...preset.fusion, layersRead: [layers] },
});

/** Writes a tokenizer of 320 tokens, whose bytes stand for words, in Hugging Face's form. */
export async function writeTokenizer(folder: string, vocabulary = 320): Promise<void> {
  await writeFile(join(folder, 'tokenizer.json'), byteTokenizer(vocabulary));
  const config = { bos_token: '<|endoftext|>', eos_token: '<|im_end|>' };
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
}

/** Makes a folder of the tiny LLaVA-Med as a checkpoint has it, tokenizer included. */
export async function makeLlava(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of ['config.json', 'model.safetensors.index.json', ...SHARDS])
    await cp(join(llavaTinyPath, file), join(folder, file));
  await writeTokenizer(folder);
}

/** The same in one file, with the layers of its language model over and over. */
export async function makeDeepLlava(folder: string, layers: number): Promise<void> {
  await makeLlava(folder);
  const entries = new Map<string, TensorEntry>();
  for (const file of SHARDS) {
    const source = bytesSource(file, await readFile(join(folder, file)));
    for (const [name, entry] of (await readSafetensors(source)).entries) entries.set(name, entry);
  }
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  for (const [name, entry] of [...entries]) {
    const [, layer, rest] = /^model\.layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    if (layer === undefined) continue;
    for (let copy = Number(layer) + config.num_hidden_layers; copy < layers; copy += config.num_hidden_layers)
      entries.set(`model.layers.${copy}.${rest}`, { ...entry, name: `model.layers.${copy}.${rest}` });
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: layers }));
  await writeFile(join(folder, 'model.safetensors'), await writeSafetensors(entries.values()));
  for (const file of [...SHARDS, 'model.safetensors.index.json']) await rm(join(folder, file));
}

/** Parameters of seeded numbers that a TinySAM of the preset's shape is made of. */
export const tinySamParameters = (): Promise<Parameters> => initialParameters(preset, 77);

/** The vision encoder's part of parameters, as TinySAM names it. */
const encoderOf = (parameters: Parameters): Parameters =>
  new Map(
    [...parameters]
      .filter(([name]) => name.startsWith(`${VISION_SCOPE}.`))
      .map(([name, parameter]) => [name.replace(VISION_SCOPE, 'image_encoder'), parameter]),
  );

/** Writes a state dict of TinySAM in the preset's shape, as torch.save has it or as safetensors. */
export async function writeTinySam(file: string): Promise<void> {
  const encoder = encoderOf(await tinySamParameters());
  const entries = [...encoder].map(([name, { shape, data }]) => tensorEntry(name, shape, 'float32', data));
  const isTorch = file.endsWith('.pth');
  await writeFile(file, isTorch ? await torchSave(encoder) : await writeSafetensors(entries));
}

/** Makes what the published code saves of a model, of seeded numbers, with the fixture's adapter. */
export async function makeReleased(folder: string): Promise<Parameters> {
  await mkdir(folder, { recursive: true });
  const parameters = await initialParameters(releasedPreset, 78);
  const decoder = new Map(
    [...parameters]
      .filter(([name]) => name.startsWith('decoder.'))
      .map(([name, parameter]) => [name.slice('decoder.'.length), parameter]),
  );
  await writeFile(join(folder, 'image_encoder.pth'), await torchSave(encoderOf(parameters)));
  await writeFile(join(folder, 'mask_decoder.pth'), await torchSave(decoder));
  await cp(llavaTinyAdapterPath, join(folder, 'lora_adapter'), { recursive: true });
  return parameters;
}
