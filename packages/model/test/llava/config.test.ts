import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clipVitLarge14At336 } from '../../src/llava/clip-vision.js';
import { parseLlavaConfig } from '../../src/llava/config.js';
import { llavaTinyPath } from './tiny-llava.js';

const tinyText = readFileSync(join(llavaTinyPath, 'config.json'), 'utf8');

/** Fields of LLaVA-Med 1.5's config.json that say something about its shape. */
const llavaMed = {
  model_type: 'llava_mistral',
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-5,
  rope_theta: 1e6,
  sliding_window: null,
  tie_word_embeddings: false,
  hidden_act: 'silu',
  mm_projector_type: 'mlp2x_gelu',
  mm_hidden_size: 1024,
  mm_vision_select_layer: -2,
  mm_vision_select_feature: 'patch',
  mm_vision_tower: 'openai/clip-vit-large-patch14-336',
};

const mistral7B = {
  vocabulary: 32000,
  hidden: 4096,
  layers: 32,
  heads: 32,
  keyHeads: 8,
  intermediate: 14336,
  ropeTheta: 1e6,
  normEpsilon: 1e-5,
  longest: 32768,
};

const parse = (fields: object) => parseLlavaConfig(JSON.stringify(fields));

describe("LLaVA's own config", () => {
  test('of LLaVA-Med 1.5 takes the tower from its name', () => {
    expect(parse(llavaMed)).toEqual({ vision: clipVitLarge14At336, visionLayers: 23, language: mistral7B });
  });

  test('takes a tower that it describes', () => {
    const config = parseLlavaConfig(tinyText);
    expect(config.visionLayers).toBe(3);
    expect(config.vision).toMatchObject({ imageSize: 56, patchSize: 14, hidden: 48, layers: 4, heads: 4 });
    expect(config.language).toMatchObject({ hidden: 64, heads: 8, keyHeads: 2, longest: 512 });
  });

  test.each([
    [{ mm_vision_tower: 'google/siglip' }, 'google/siglip is not known'],
    [{ mm_hidden_size: 768 }, 'mm_hidden_size is 768 and the tower has 1024'],
    [{ mm_vision_select_layer: -26 }, "layer -26 is not among the tower's 24"],
    [{ mm_projector_type: 'linear' }, 'mm_projector_type'],
    [{ mm_vision_select_feature: 'cls_patch' }, 'mm_vision_select_feature'],
    [{ tie_word_embeddings: true }, 'a tied output layer is not read here'],
    [{ rope_scaling: { type: 'linear', factor: 2 } }, 'positions that are scaled'],
    [{ head_dim: 96 }, 'heads of 96 are not the width 4096 by 32 heads'],
    [{ num_key_value_heads: 5 }, '32 heads do not share 5 key heads'],
    [{ model_type: 'mpt' }, 'model_type'],
    [{ hidden_size: undefined, vocab_size: 'many' }, '2 fields are wrong (vocab_size'],
  ])('refuses %j', (change, message) => {
    expect(() => parse({ ...llavaMed, ...change })).toThrow(message);
  });

  test('reads no further than a sliding window', () => {
    expect(parse({ ...llavaMed, sliding_window: 4096 }).language.longest).toBe(4096);
  });

  test('says that a file is not JSON', () => {
    expect(() => parseLlavaConfig('{', 'here/config.json')).toThrow('here/config.json: this is not JSON');
  });
});

describe("Hugging Face's config", () => {
  const text = { model_type: 'mistral', num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 1e6 };

  test('is the same model', () => {
    const config = parse({
      model_type: 'llava',
      text_config: { ...text, max_position_embeddings: 32768, sliding_window: null },
      vision_config: { model_type: 'clip_vision_model' },
      vision_feature_layer: -2,
      vision_feature_select_strategy: 'default',
      image_token_index: 32000,
    });
    expect(config).toEqual(parse(llavaMed));
  });

  test('fills in what the family of the language model has', () => {
    const { language } = parse({ model_type: 'llava', text_config: {}, vision_config: {} });
    expect(language).toMatchObject({ intermediate: 11008, keyHeads: 32, longest: 2048, ropeTheta: 10000 });
    const windowed = parse({ model_type: 'llava', text_config: text, vision_config: {} });
    expect(windowed.language).toMatchObject({ intermediate: 14336, keyHeads: 8, longest: 4096 });
  });

  test('has rotary settings in a part of their own since transformers 5', () => {
    const { rope_theta, ...rest } = text;
    const parts = { ...rest, rope_parameters: { rope_theta, rope_type: 'default' } };
    expect(parse({ model_type: 'llava', text_config: parts, vision_config: {} }).language.ropeTheta).toBe(
      1e6,
    );
  });

  test.each([
    [{ vision_feature_select_strategy: 'full' }, 'vision_feature_select_strategy'],
    [{ vision_feature_layer: [-2, -5] }, 'one layer of the tower, not several'],
    [{ vision_config: { patch_size: 15 } }, 'patches of 15 do not divide a picture of 336'],
    [{ vision_config: { num_attention_heads: 7 } }, "the tower's width 1024 is not shared by 7 heads"],
    [{ text_config: { model_type: 'qwen2' } }, 'text_config.model_type'],
    [{ text_config: { ...text, rope_parameters: { rope_theta: 1e6, rope_type: 'yarn' } } }, 'rope_type'],
  ])('refuses %j', (change, message) => {
    const config = { model_type: 'llava', text_config: text, vision_config: {}, ...change };
    expect(() => parse(config)).toThrow(message);
  });
});
