import type { Runtime } from '@prs-med/autograd';
import {
  type BaseWeights,
  type CheckpointWeights,
  dequantizeBase,
  dequantizeLayer,
  dequantizeOutsideLayers,
  LANGUAGE_SCOPE,
  type LanguageModel,
  type LanguageModelOptions,
  type LoraWeights,
  loadCheckpointLanguageModel,
  loadLanguageModel,
  type Parameters,
} from '@prs-med/model';
import type { ReadLayer } from '../layered/layered-segment.js';

/** LLaVA's language model, and the tower that it sees by. */
export interface LlavaBase {
  readonly checkpoint: CheckpointWeights;
  /** By their names in the whole model: `vision_tower.vision_model.…`. */
  readonly tower: Parameters;
}

/** What training leaves as it is. */
export type FrozenLanguage = BaseWeights | LlavaBase;

export const isLlava = (base: FrozenLanguage): base is LlavaBase => 'tower' in base;

/** In float32, by the names of the whole model: all of a base that is in 4 bits with minimums, which is small. */
export async function baseValues(base: BaseWeights): Promise<Map<string, Float32Array>> {
  const language = await dequantizeBase(base);
  return new Map([...language].map(([name, data]) => [`${LANGUAGE_SCOPE}.${name}`, data]));
}

/** In float32, by the names of the whole model: what of LLaVA is not in the language model's layers. */
export async function valuesOutsideLayers({
  checkpoint,
  tower,
}: LlavaBase): Promise<Map<string, Float32Array>> {
  const values = new Map([...tower].map(([name, { data }]) => [name, data]));
  for (const [name, data] of await dequantizeOutsideLayers(checkpoint))
    values.set(`${LANGUAGE_SCOPE}.${name}`, data);
  return values;
}

/** Reads the language model's layers in float32, one at a time and over the one before. */
export function layerReader({ checkpoint }: LlavaBase): ReadLayer {
  let arrays: ReadonlyMap<string, Float32Array> | undefined;
  return async (layer) => {
    arrays = await dequantizeLayer(checkpoint, layer, arrays);
    return arrays;
  };
}

/** The language model as it is in use. */
export const loadFrozenLanguage = (
  base: FrozenLanguage,
  lora: LoraWeights,
  options: LanguageModelOptions,
  runtime: Runtime,
): Promise<LanguageModel> =>
  isLlava(base)
    ? loadCheckpointLanguageModel(base.checkpoint, lora, options, runtime)
    : loadLanguageModel(base, lora, options, runtime);
