import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  byteTokenizer,
  canonicalTensors,
  initialParameters,
  llavaConfigOf,
  llavaShapes,
  loadTokenizer,
  matchLlavaTensors,
  type Parameters,
  type Preset,
  paperTiny,
  readAdapter,
  readCheckpointTensors,
  readCheckpointWeights,
} from '@prs-med/model';
import { checkpointFolder } from '@prs-med/model/node';
import { bytesSource, readSafetensors, toFloat32 } from '@prs-med/nn';
import { type LlavaBase, layerReader, valuesOutsideLayers } from '../src/node/frozen-language.js';
import type { TrainStart } from '../src/node/index.js';

const folder = new URL('../../model/test/fixtures/llava-tiny/', import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, folder));

/** What PyTorch and transformers were asked; see the README of the golden values. */
export const golden: {
  readonly tokens_before_image: number[];
  readonly tokens_after_image: number[];
  readonly greedy_ids: number[];
} = JSON.parse(readFileSync(pathOf('expected.json'), 'utf8'));

/** A tensor of what they computed. */
export async function goldenTensor(name: string): Promise<Float32Array> {
  const file = await readSafetensors(bytesSource('expected', readFileSync(pathOf('expected.safetensors'))));
  return toFloat32(file.entries.get(name)!);
}

/** The picture that the golden values are of, [3, 56, 56]: the `probe` of their README. */
export const goldenPicture = (): Float32Array =>
  Float32Array.from({ length: 3 * 56 * 56 }, (_, i) => Math.fround(Math.sin(i * 0.37 + 20261102) * 0.8));

/** Bytes for words; the opening of the golden prompt is not its own. */
const tokenizer = loadTokenizer(
  byteTokenizer(paperTiny.language.vocabulary),
  JSON.stringify({ bos_token: '<|endoftext|>', eos_token: '<|im_end|>' }),
);

export type LlavaStart = TrainStart & { readonly base: LlavaBase };

/** `paperTiny`, or another of its shape, with the golden LLaVA, its projector and its adapter; the rest is random. */
export async function llavaStart(preset: Preset = paperTiny): Promise<LlavaStart> {
  const config = llavaConfigOf(paperTiny);
  const file = canonicalTensors(await readCheckpointTensors(await checkpointFolder(pathOf(''))));
  const tower = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const parameters = new Map(await initialParameters(preset, 3));
  for (const [name, entry] of matchLlavaTensors(llavaShapes(config), file)) {
    const kept = name.startsWith('vision_tower.') ? tower : parameters;
    if (/^(vision_tower|mm_projector)\./.test(name))
      kept.set(name, { shape: entry.shape, data: await toFloat32(entry) });
  }
  const { alpha } = paperTiny.language.lora;
  const adapter = await readAdapter(await checkpointFolder(pathOf('adapter')), config.language);
  for (const [name, data] of adapter.tensors) {
    const { shape } = parameters.get(`language.${name}`)!;
    // The golden adapter's own alpha goes into B.
    const scale = name.endsWith('lora_B.weight') ? adapter.alpha / alpha : 1;
    parameters.set(`language.${name}`, { shape, data: data.map((value) => value * scale) });
  }
  return {
    preset,
    parameters: parameters satisfies Parameters,
    base: { checkpoint: readCheckpointWeights(file, config.language), tower },
    tokenizer,
  };
}

/** All of a LLaVA in float32 by the names of the whole model. */
export async function wholeValues(base: LlavaBase): Promise<Map<string, Float32Array>> {
  const values = await valuesOutsideLayers(base);
  const read = layerReader(base);
  for (let layer = 0; layer < base.checkpoint.config.layers; layer++) {
    // The next layer is read over this one.
    for (const [name, data] of await read(layer))
      values.set(`language.model.layers.${layer}.${name}`, data.slice());
  }
  return values;
}
