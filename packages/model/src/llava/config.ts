import { WeightFileError } from '@prs-med/nn';
import { z } from 'zod';
import type { LlamaConfig } from '../language/llama.js';
import { type ClipVisionConfig, clipVitLarge14At336 } from './clip-vision.js';

/** Name of the file that says what a checkpoint is. */
export const LLAVA_CONFIG_FILE = 'config.json';

/** Shape of a LLaVA model: a CLIP tower, a two-layer projector, a Mistral or Llama language model. */
export interface LlavaConfig {
  readonly vision: ClipVisionConfig;
  /** Layers of the tower that are run; what the last of these gives is projected. */
  readonly visionLayers: number;
  readonly language: LlamaConfig;
}

const count = z.int().positive();
const positive = z.number().positive();

const languageFields = {
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  max_position_embeddings: count,
  rms_norm_eps: positive,
  rope_theta: positive.optional(),
  rope_parameters: z
    .looseObject({ rope_theta: positive, rope_type: z.literal('default').optional() })
    .nullish(),
  rope_scaling: z.null('positions that are scaled are not read here').optional(),
  sliding_window: count.nullish(),
  tie_word_embeddings: z.literal(false, 'a tied output layer is not read here').optional(),
  hidden_act: z.literal('silu').default('silu'),
  attention_bias: z.literal(false).optional(),
};

const visionSchema = z.looseObject({
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  image_size: count,
  patch_size: count,
  hidden_act: z.enum(['quick_gelu', 'gelu']).default('quick_gelu'),
  layer_norm_eps: positive.default(1e-5),
});

/** LLaVA's own form: the language model's fields, and those of the rest beginning with `mm_`. */
const originalSchema = z.looseObject({
  ...languageFields,
  model_type: z.enum(['llava_mistral', 'llava_llama', 'llava']),
  mm_projector_type: z.literal('mlp2x_gelu'),
  mm_hidden_size: count,
  mm_vision_select_layer: z.int(),
  mm_vision_select_feature: z.literal('patch').default('patch'),
  mm_use_im_start_end: z.literal(false).default(false),
  mm_vision_tower: z.string(),
  vision_config: visionSchema.optional(),
});

// Hugging Face leaves out what equals its defaults: those of Mistral and Llama stand here (transformers,
// `configuration_mistral.py` and `configuration_llama.py`).
const SHARED_DEFAULTS = {
  vocab_size: 32000,
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  rms_norm_eps: 1e-6,
};
const MISTRAL_DEFAULTS = {
  ...SHARED_DEFAULTS,
  intermediate_size: 14336,
  num_key_value_heads: 8,
  max_position_embeddings: 131072,
  sliding_window: 4096,
};
const LLAMA_DEFAULTS = { ...SHARED_DEFAULTS, intermediate_size: 11008, max_position_embeddings: 2048 };
const DEFAULT_ROPE_THETA = 10000;

/** What a `vision_config` leaves out: `LlavaConfig` of transformers starts from ViT-L/14 at 336 pixels. */
const TOWER_DEFAULTS = {
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  image_size: 336,
  patch_size: 14,
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const completeLanguage = (value: unknown): unknown => {
  if (!isObject(value)) return value;
  return { ...(value.model_type === 'mistral' ? MISTRAL_DEFAULTS : LLAMA_DEFAULTS), ...value };
};

const completeTower = (value: unknown): unknown =>
  isObject(value) ? { ...TOWER_DEFAULTS, ...value } : value;

/** Hugging Face's form: `text_config` and `vision_config`. */
const huggingFaceSchema = z.looseObject({
  model_type: z.literal('llava'),
  text_config: z.preprocess(
    completeLanguage,
    z.looseObject({ ...languageFields, model_type: z.enum(['mistral', 'llama']).default('llama') }),
  ),
  vision_config: z.preprocess(completeTower, visionSchema),
  vision_feature_layer: z.int('one layer of the tower, not several').default(-2),
  vision_feature_select_strategy: z.literal('default').default('default'),
  projector_hidden_act: z.literal('gelu').default('gelu'),
  multimodal_projector_bias: z.literal(true).default(true),
});

type LanguageFields = z.infer<z.ZodObject<typeof languageFields>>;
type VisionFields = z.infer<typeof visionSchema>;

/**
 * The shape that a LLaVA checkpoint's `config.json` states, in LLaVA's own form (LLaVA-Med 1.5: `model_type` is
 * `llava_mistral`) or in Hugging Face's (`text_config`, `vision_config`).
 * @param where what errors call the file
 * @throws WeightFileError that lists every field that is missing or of a kind that is not read here
 */
export function parseLlavaConfig(text: string, where: string = LLAVA_CONFIG_FILE): LlavaConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WeightFileError(where, 'this is not JSON', 'copy the checkpoint again', { cause: error });
  }
  if (isObject(value) && 'text_config' in value) {
    const { text_config, vision_config, vision_feature_layer } = parsed(huggingFaceSchema, value, where);
    return assemble(where, visionOf(vision_config), vision_feature_layer, text_config);
  }
  const config = parsed(originalSchema, value, where);
  const { vision_config: tower, mm_vision_tower: towerName, mm_hidden_size: width } = config;
  if (tower === undefined && !towerName.includes('clip-vit-large-patch14-336'))
    throw refusal(where, [`the vision tower ${towerName} is not known and there is no vision_config`]);
  const vision = tower === undefined ? clipVitLarge14At336 : visionOf(tower);
  if (vision.hidden !== width)
    throw refusal(where, [`mm_hidden_size is ${width} and the tower has ${vision.hidden}`]);
  return assemble(where, vision, config.mm_vision_select_layer, config);
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refusal(
    where,
    result.error.issues.map((issue) => `${issue.path.join('.') || 'all'}: ${issue.message}`),
  );
}

const refusal = (where: string, problems: readonly string[]): WeightFileError =>
  new WeightFileError(
    where,
    `${problems.length === 1 ? 'a field is' : `${problems.length} fields are`} wrong (${problems.join(', ')})`,
    'give a LLaVA 1.5 checkpoint such as llava-med-v1.5-mistral-7b',
  );

/** `selected` counts the tower's states as transformers does: 0 before the first layer, -1 after the last. */
function assemble(
  where: string,
  vision: ClipVisionConfig,
  selected: number,
  fields: LanguageFields,
): LlavaConfig {
  const language = languageOf(fields);
  const visionLayers = selected < 0 ? vision.layers + 1 + selected : selected;
  const headWidth = language.hidden / language.heads;
  const problems = [
    visionLayers < 1 || visionLayers > vision.layers
      ? `layer ${selected} is not among the tower's ${vision.layers}`
      : '',
    vision.imageSize % vision.patchSize === 0
      ? ''
      : `patches of ${vision.patchSize} do not divide a picture of ${vision.imageSize}`,
    vision.hidden % vision.heads === 0
      ? ''
      : `the tower's width ${vision.hidden} is not shared by ${vision.heads} heads`,
    (fields.head_dim ?? headWidth) === headWidth && headWidth % 2 === 0
      ? ''
      : `heads of ${fields.head_dim ?? headWidth} are not the width ${language.hidden} by ${language.heads} heads`,
    language.heads % language.keyHeads === 0
      ? ''
      : `${language.heads} heads do not share ${language.keyHeads} key heads`,
  ].filter((problem) => problem !== '');
  if (problems.length > 0) throw refusal(where, problems);
  return { vision, visionLayers, language };
}

const visionOf = (fields: VisionFields): ClipVisionConfig => ({
  imageSize: fields.image_size,
  patchSize: fields.patch_size,
  hidden: fields.hidden_size,
  intermediate: fields.intermediate_size,
  layers: fields.num_hidden_layers,
  heads: fields.num_attention_heads,
  activation: fields.hidden_act,
  normEpsilon: fields.layer_norm_eps,
});

const languageOf = (fields: LanguageFields): LlamaConfig => ({
  vocabulary: fields.vocab_size,
  hidden: fields.hidden_size,
  layers: fields.num_hidden_layers,
  heads: fields.num_attention_heads,
  keyHeads: fields.num_key_value_heads ?? fields.num_attention_heads,
  intermediate: fields.intermediate_size,
  ropeTheta: fields.rope_theta ?? fields.rope_parameters?.rope_theta ?? DEFAULT_ROPE_THETA,
  normEpsilon: fields.rms_norm_eps,
  // Within the window a sliding one changes nothing.
  longest: Math.min(fields.max_position_embeddings, fields.sliding_window ?? Number.POSITIVE_INFINITY),
});
