import { LANGUAGE_SCOPE } from '../bundle/parameter-shapes.js';
import type { Parameters } from '../bundle/trained.js';
import type { Context, LanguageModel } from '../language/language-model.js';
import type { States } from '../language/layer-sessions.js';
import type { LoraWeights } from '../language/lora-weights.js';
import type { Preset } from '../preset.js';

/** The beginning of a sequence as the language model has read it. */
export interface ReadPrompt {
  readonly length: number;
  /** Hidden states of its tokens by layer. */
  readonly states: States;
  /** Keys and values of its tokens; fork it to go on. */
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

/** Reads tokens into a context of their own. */
export const readQuestion = (language: LanguageModel, ids: readonly number[]): Promise<ReadPrompt> =>
  readEmbeddings(language, language.embed(ids));

/** Reads tokens that follow others, into a context of their own. */
export async function readAfter(
  language: LanguageModel,
  before: ReadPrompt,
  ids: readonly number[],
): Promise<ReadPrompt> {
  const context = language.fork(before.context, before.length + ids.length);
  const states = await language.extend(context, language.embed(ids), ids.length);
  return { length: context.length, states: joinStates(before.states, states), context };
}

/** Reads tokens that are given as embeddings [length, hidden] into a context of their own. */
export async function readEmbeddings(language: LanguageModel, embeddings: Float32Array): Promise<ReadPrompt> {
  const length = embeddings.length / language.config.hidden;
  const context = language.begin(length);
  return { length, states: await language.extend(context, embeddings, length), context };
}

/** Embeddings, or states, of one sequence after the other. */
export function joinEmbeddings(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** States of tokens that follow others, with those of the others. */
const joinStates = (first: States, second: States): States =>
  new Map([...first].map(([layer, states]) => [layer, joinEmbeddings([states, second.get(layer)!])]));
