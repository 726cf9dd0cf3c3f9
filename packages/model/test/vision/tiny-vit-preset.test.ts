import { nodeRuntime } from '@prs-med/autograd/node';
import { bytesSource, readSafetensors, tensorEntry, writeSafetensors } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import {
  initialParameters,
  type Parameters,
  type Preset,
  presetSchema,
  REGION_TOKENS,
  tiny,
  trainedShapes,
  VISION_SCOPE,
} from '../../src/index.js';
import { maskGraph, runMask } from '../../src/segment/mask-session.js';
import { regionGraph, runRegions } from '../../src/segment/region-session.js';
import { runVision, visionGraph } from '../../src/segment/vision-session.js';
import { waves } from '../decoder/differences.js';
import { tinyTinySam } from './tiny-configuration.js';

const runtime = nodeRuntime();
const BUCKET = 32;

/** Preset `tiny` with TinyViT in the place of EfficientNet: features of 32 x 32, 16 x 16 and 8 x 8. */
const withSkips: Preset = {
  ...tiny,
  name: 'tiny-vit',
  encoder: { ...tinyTinySam, kind: 'tiny-vit', width: 32, embeddingSide: 4 },
};

/** The paper's way: a pooled embedding, and a decoder that reads it alone. */
const pooled: Preset = {
  ...withSkips,
  encoder: { ...tinyTinySam, kind: 'tiny-vit', width: 32, embeddingSide: 2 },
  decoder: { kind: 'transposed-without-skips', channels: [16, 16, 8, 8] },
};

/** The encoder's part of parameters as a state dict. */
async function stateDict(parameters: Parameters) {
  const entries = [...parameters]
    .filter(([name]) => name.startsWith(VISION_SCOPE))
    .map(([name, { shape, data }]) =>
      tensorEntry(name.replace(VISION_SCOPE, 'image_encoder'), shape, 'float32', data),
    );
  return readSafetensors(bytesSource('encoder.safetensors', await writeSafetensors(entries)));
}

/** Runs a question on two pictures. */
async function askTwice(preset: Preset) {
  const parameters = new Map(await initialParameters(preset, 5));
  const head = parameters.get('decoder.head.weight')!;
  parameters.set('decoder.head.weight', { ...head, data: head.data.map((value) => 30 * value) });
  const vision = await runtime.load(visionGraph(parameters, preset), { threads: 1 });
  const mask = await runtime.load(maskGraph(parameters, preset, BUCKET), { threads: 1 });
  const regions = await runtime.load(regionGraph(parameters, preset), { threads: 1 });
  const states = new Map(
    preset.fusion.layersRead.map((layer) => [layer, waves(5 * preset.language.hidden, layer)]),
  );
  const results = [];
  for (const seed of [2, 3]) {
    const seen = await runVision(vision, waves(3 * 64 * 64, seed), preset);
    const { probabilities } = await runMask(mask, seen, states, 5, BUCKET, 0.01, preset);
    const tokens = await runRegions(regions, seen, probabilities, 0.5, preset);
    results.push({ seen, probabilities, tokens });
  }
  for (const session of [vision, mask, regions]) await session.release();
  return results as [(typeof results)[0], (typeof results)[0]];
}

describe('a preset with TinyViT', () => {
  it.each([
    ['and a decoder with skips', withSkips],
    ['and a pooled embedding', pooled],
  ])('sees pictures apart: %s', async (_, preset) => {
    expect(presetSchema.parse(preset)).toEqual(preset);
    const [first, second] = await askTwice(preset);
    expect(first.probabilities).toHaveLength(64 * 64);
    expect(first.tokens).toHaveLength(REGION_TOKENS * preset.language.hidden);
    const apart = (a: Float32Array, b: Float32Array) =>
      Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
    expect(apart(first.probabilities, second.probabilities)).toBeGreaterThan(1e-4);
    expect(apart(first.tokens, second.tokens)).toBeGreaterThan(1e-4);
  });

  it('keeps features for a decoder that reads them, and for no other', async () => {
    const outputsOf = async (preset: Preset) =>
      visionGraph(await initialParameters(preset, 1), preset).outputs.map(({ name, shape }) => [
        name,
        ...shape,
      ]);
    expect(await outputsOf(withSkips)).toEqual([
      ['stride_2', 1, 4, 32, 32],
      ['stride_4', 1, 8, 16, 16],
      ['stride_8', 1, 8, 8, 8],
      ['embedding', 1, 32, 4, 4],
      ['visual_tokens', 1, 4, 64],
    ]);
    expect(await outputsOf(pooled)).toEqual([
      ['embedding', 1, 32, 2, 2],
      ['visual_tokens', 1, 4, 64],
    ]);
  });

  it("takes the encoder's first values from a state dict", async () => {
    const given = await initialParameters(withSkips, 7);
    const parameters = await initialParameters(withSkips, 1, await stateDict(given));
    expect([...parameters.keys()]).toEqual([...trainedShapes(withSkips).keys()]);
    for (const [name, { data }] of parameters) {
      if (name.startsWith(VISION_SCOPE)) expect(data).toEqual(given.get(name)!.data);
    }
    expect(parameters.get('fusion.zones.weight')!.data).not.toEqual(given.get('fusion.zones.weight')!.data);
  });

  it('starts with norms as the identity and attention without biases', async () => {
    const parameters = await initialParameters(withSkips, 1);
    const valuesOf = (name: string) => new Set(parameters.get(`${VISION_SCOPE}.${name}`)!.data);
    for (const norm of ['patch_embed.seq.0.bn', 'layers.1.blocks.0.mlp.norm', 'neck.1', 'neck.3'])
      expect(valuesOf(`${norm}.weight`)).toEqual(new Set([1]));
    expect(valuesOf('layers.1.blocks.0.attn.attention_biases')).toEqual(new Set([0]));
  });
});
