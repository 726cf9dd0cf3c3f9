import { LANGUAGE_SCOPE } from '../bundle/parameter-shapes.js';
import type { Parameters } from '../bundle/trained.js';
import type { Context, LanguageModel, States } from '../language/language-model.js';
import type { LoraWeights } from '../language/lora-weights.js';
import type { Preset } from '../preset.js';

/** A question read by the language model: it does not depend on the picture, so it may be used again. */
export interface ReadQuestion {
  readonly length: number;
  /** Hidden states of the question's tokens by layer. */
  readonly states: States;
  /** Keys and values of the question's tokens; fork it to go on. */
  readonly context: Context;
}

/** The adapters among the trained parameters. */
export function loraOf(parameters: Parameters, preset: Preset): LoraWeights {
  const prefix = `${LANGUAGE_SCOPE}.`;
  const tensors = new Map<string, Float32Array>();
  for (const [name, { data }] of parameters) {
    if (name.startsWith(prefix)) tensors.set(name.slice(prefix.length), data);
  }
  return { ...preset.language.lora, tensors };
}

/** Reads the question's tokens into a context of their own. */
export async function readQuestion(language: LanguageModel, ids: readonly number[]): Promise<ReadQuestion> {
  const context = language.begin(ids.length);
  const states = await language.extend(context, language.embed(ids), ids.length);
  return { length: ids.length, states, context };
}
