import type { Runtime } from '@prs-med/autograd';
import {
  type BaseWeights,
  type CheckpointWeights,
  dequantizeBase,
  dequantizeCheckpoint,
  LANGUAGE_SCOPE,
  type LanguageModel,
  type LanguageModelOptions,
  type LoraWeights,
  loadCheckpointLanguageModel,
  loadLanguageModel,
  type Parameters,
} from '@prs-med/model';

/** LLaVA's language model, and the tower that it sees by. */
export interface LlavaBase {
  readonly checkpoint: CheckpointWeights;
  /** By their names in the whole model: `vision_tower.vision_model.…`. */
  readonly tower: Parameters;
}

/** What training leaves as it is. */
export type FrozenLanguage = BaseWeights | LlavaBase;

export const isLlava = (base: FrozenLanguage): base is LlavaBase => 'tower' in base;

/** All of it in float32, by the names of the whole model. */
export async function frozenValues(base: FrozenLanguage): Promise<Map<string, Float32Array>> {
  const language = isLlava(base) ? await dequantizeCheckpoint(base.checkpoint) : await dequantizeBase(base);
  const values = new Map<string, Float32Array>();
  for (const [name, data] of language) values.set(`${LANGUAGE_SCOPE}.${name}`, data);
  if (isLlava(base)) for (const [name, { data }] of base.tower) values.set(name, data);
  return values;
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
