import { beforeAll, describe, expect, it } from 'vitest';
import { checkLlavaShape } from '../../src/import/checkpoint-shape.js';
import { type LlavaConfig, paper, paperTiny, tiny } from '../../src/index.js';
import { llavaTiny } from '../llava/tiny-llava.js';

let config: LlavaConfig;
beforeAll(async () => {
  ({ config } = await llavaTiny());
});

describe("a checkpoint's shape", () => {
  it("is the preset's, or may take more tokens", () => {
    checkLlavaShape('folder', config, paperTiny);
    const longer = { ...config, language: { ...config.language, longest: 32768 } };
    checkLlavaShape('folder', longer, paperTiny);
  });

  it('is refused with every field that differs', () => {
    const language = { ...config.language, vocabulary: 321, longest: 511 };
    const other = { vision: { ...config.vision, heads: 2 }, visionLayers: 4, language };
    expect(() => checkLlavaShape('folder', other, paperTiny)).toThrow(
      'folder, file config.json: language.vocabulary is 321 and should be 320, ' +
        'vision.heads is 2 and should be 4, llava.visionLayers is 4 and should be 3, ' +
        'language.longest is 511 and should be 512 or more; give the checkpoint of preset paper-tiny',
    );
    expect(() => checkLlavaShape('folder', config, paper)).toThrow(
      'language.hidden is 64 and should be 4096',
    );
  });

  it('is refused for a preset without LLaVA', () => {
    expect(() => checkLlavaShape('folder', config, tiny)).toThrow(/preset tiny has .* kind llama/);
  });
});
