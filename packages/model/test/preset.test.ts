import * as ag from '@prs-med/autograd';
import { toTensor } from '@prs-med/imaging';
import { listParameters } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import {
  imageNormalization,
  initialParameters,
  paper,
  paperReleased,
  paperReleasedTiny,
  paperTiny,
  presetSchema,
  presets,
  promptedMaskDecoder,
  small,
  tiny,
  trainedShapes,
} from '../src/index.js';
import { llavaTiny } from './llava/tiny-llava.js';

const { language } = paper;
if (language.kind !== 'llava') throw new Error('preset paper has LLaVA');

const problemsOf = (preset: unknown) =>
  (presetSchema.safeParse(preset).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

const sam = () => {
  const { mean, deviation } = imageNormalization(paper);
  return [mean, deviation] as const;
};

describe('presets', () => {
  it.each([small, tiny, paper, paperTiny, paperReleased, paperReleasedTiny])(
    '$name is as the schema has it',
    (preset) => {
      expect(presetSchema.parse(preset)).toEqual(preset);
    },
  );

  it('are known by their names', () => {
    for (const [name, preset] of Object.entries(presets)) expect(preset.name).toBe(name);
    expect(Object.keys(presets)).toEqual(expect.arrayContaining(['small', 'paper', 'paper-released']));
  });

  it.each([small, tiny])('$name may leave out what its language model is', (preset) => {
    const { kind: _, ...older } = preset.language;
    expect(presetSchema.parse({ ...preset, language: older })).toEqual(preset);
  });

  it('normalise pictures by one number, or by one for each channel', () => {
    const { mean, deviation } = imageNormalization(small);
    expect([mean, deviation]).toEqual([Array(3).fill(127 / 255), Array(3).fill(128 / 255)]);
    // What SAM's `pixel_mean` and `pixel_std` make of a pixel of 200, 100, 50.
    const tensor = toTensor({ width: 1, height: 1, data: Uint8Array.of(200, 100, 50) }, 1, ...sam());
    expect([...tensor].map((value) => value.toFixed(5))).toEqual(['1.30705', '-0.28501', '-0.93298']);
    expect(problemsOf({ ...paper, image: { ...paper.image, deviation: [1, 0, 1] } })).toHaveLength(1);
  });

  it('name the field of a language model that is wrong, with its kind and without', () => {
    const { kind: _, ...older } = { ...small.language, layers: 0 };
    for (const wrong of [older, { ...language, layers: 0 }]) {
      expect(problemsOf({ ...paper, language: wrong })[0]).toMatch(/^language\.layers: /);
    }
  });

  it.each([
    [{ vision: undefined }, 'language.vision: '],
    [{ visionLayers: 25 }, 'language.visionLayers: the tower has fewer layers'],
    [{ visualTokensSide: 16 }, "language.visualTokensSide: this is not the tower's number of patches a side"],
  ])('refuse LLaVA with %j', (wrong, problem) => {
    const found = problemsOf({ ...paper, language: { ...language, ...wrong } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });

  it('paper trains a mask of the whole picture, its projector, and LoRA in 32 layers', () => {
    const shapes = trainedShapes(paper);
    const names = [...shapes.keys()];
    expect(shapes.get('mm_projector.0.weight')).toEqual([4096, 1024]);
    expect(shapes.get('decoder.layers.4.up.weight')?.slice(0, 2)).toEqual([16, 8]);
    expect(names.some((name) => name.startsWith('projector.'))).toBe(false);
    expect(names.filter((name) => name.endsWith('lora_A.weight'))).toHaveLength(4 * 32);
  });

  it('the released one has the published decoder, and nothing that is ours', () => {
    const names = [...trainedShapes(paperReleased).keys()];
    const decoder = listParameters((scope) => {
      const [embedding, prompt] = [ag.input('embedding', [1, 256, 1, 1]), ag.input('prompt', [1, 1, 4096])];
      promptedMaskDecoder(scope.at('decoder'), embedding, prompt, ag.input('mask', [1, 1]));
    });
    expect(names.filter((name) => name.startsWith('decoder.'))).toEqual([...decoder.keys()]);
    expect(new Set(names.map((name) => name.split('.')[0]))).toEqual(
      new Set(['vision_encoder', 'mm_projector', 'decoder', 'language']),
    );
  });

  it('the norms of the released one begin as the identity', async () => {
    const parameters = await initialParameters(paperReleasedTiny, 1);
    const norms = [...parameters].filter(([name, { shape }]) => shape.length === 1 && /weight$/.test(name));
    expect(norms.length).toBeGreaterThan(20);
    for (const [name, { data }] of norms) expect([name, new Set(data)]).toEqual([name, new Set([1])]);
  });

  it('a fusion and a prompted decoder exclude each other, and its mask is of the picture', () => {
    expect(problemsOf({ ...paper, decoder: { kind: 'prompted' } })[0]).toContain('fusion.kind: it is');
    expect(problemsOf({ ...paperReleased, decoder: paper.decoder })[0]).toContain('fusion.kind: it is');
    const pooled = { ...paperReleasedTiny, encoder: paperTiny.encoder };
    expect(() => trainedShapes(pooled)).toThrow('leads to a mask of side 32 and the picture has 64');
  });

  it("paper-tiny has the fixture's language model", async () => {
    const { config } = await llavaTiny();
    expect(paperTiny.language).toMatchObject({
      ...config.language,
      vision: config.vision,
      visionLayers: config.visionLayers,
    });
  });
});
