import type { Preset } from '../preset.js';
import type { LlavaConfig } from './config.js';

/** The shape of a preset's LLaVA. Throws an Error for a preset whose language model is another. */
export function llavaConfigOf({ name, language }: Preset): LlavaConfig {
  if (language.kind !== 'llava')
    throw new Error(`preset ${name} has a language model of kind ${language.kind} and should have llava`);
  return { vision: language.vision, visionLayers: language.visionLayers, language };
}
