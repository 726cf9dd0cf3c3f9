import * as ag from '@prs-med/autograd';
import * as nn from '@prs-med/nn';
import { llama } from '../language/llama.js';
import { visualTokens as llavaVisualTokens } from '../llava/llava.js';
import { llavaConfigOf } from '../llava/preset-config.js';
import { mlpProjector } from '../llava/projector.js';
import type { Preset } from '../preset.js';
import {
  describeMask,
  type EncodedPicture,
  encodePicture,
  maskProbabilities,
  predictMask,
  regionTokenCount,
  visualTokens,
} from '../prs-med.js';

/** Where the language model's parameters are. */
export const LANGUAGE_SCOPE = 'language';

const isLora = (name: string): boolean => /\.lora_[AB]\.weight$/.test(name);

/**
 * Every parameter of the model but the language model's base weights, as `trained.safetensors` holds them, by the
 * name that its Scope gives it: found by building the graphs once on small inputs.
 */
export function trainedShapes(preset: Preset): Map<string, ag.Shape> {
  const own = nn.listParameters((scope) => {
    const { size } = preset.image;
    const encoded = encodePicture(scope, ag.input('pictures', [1, 3, size, size]), preset);
    showPicture(scope, encoded, preset);
    const length = 2;
    const states = preset.fusion.layersRead.map((layer) =>
      ag.input(`states_${layer}`, [1, length, preset.language.hidden]),
    );
    const prediction = predictMask(scope, encoded, { states, mask: ag.input('mask', [1, length]) }, preset);
    if (regionTokenCount(preset) > 0) describeMask(scope, maskProbabilities(prediction), encoded, preset);
  });
  const lora = [...languageShapes(preset)].filter(([name]) => isLora(name));
  return new Map([...own, ...lora]);
}

/** Asks for the projector's parameters: that of LLaVA reads its own tower, any other the encoder. */
function showPicture(scope: nn.Scope, encoded: EncodedPicture, preset: Preset): void {
  const { language } = preset;
  if (language.kind === 'llama') visualTokens(scope, encoded, preset);
  else
    mlpProjector(
      scope.at('mm_projector'),
      ag.input('patches', [1, 1, language.vision.hidden]),
      language.hidden,
    );
}

/**
 * The tensors of the tower that LLaVA sees by, as `vision-tower.safetensors` holds them: of the layers that are run,
 * `vision_tower.vision_model.…`. Throws an Error for a preset with another language model.
 */
export function visionTowerShapes(preset: Preset): Map<string, ag.Shape> {
  const config = llavaConfigOf(preset);
  const { imageSize } = config.vision;
  const all = nn.listParameters((scope) => {
    llavaVisualTokens(scope, ag.input('pictures', [1, 3, imageSize, imageSize]), config);
  });
  return new Map([...all].filter(([name]) => name.startsWith('vision_tower.')));
}

/** Every parameter of the language model, LoRA among them, under its scope's name. */
function languageShapes(preset: Preset): Map<string, ag.Shape> {
  return nn.listParameters((scope) => {
    const length = 2;
    llama(
      scope.at(LANGUAGE_SCOPE),
      {
        embeddings: ag.input('embeddings', [1, length, preset.language.hidden]),
        positions: ag.input('positions', [1, length], 'int64'),
        bias: ag.input('bias', [1, 1, length, length]),
      },
      preset.language,
      preset.language.lora,
    );
  });
}
