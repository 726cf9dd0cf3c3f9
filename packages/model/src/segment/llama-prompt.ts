import type { Runtime, Session, SessionOptions } from '@prs-med/autograd';
import type { OpenBundle } from '../bundle/open-bundle.js';
import { readLanguageBase } from '../bundle/read-parts.js';
import { type LanguageModel, loadLanguageModel } from '../language/language-model.js';
import { questionIds, stopId, suffixIds, turnIds } from '../language/prompt.js';
import type { Tokenizer } from '../language/tokenizer.js';
import type { Preset } from '../preset.js';
import { joinEmbeddings, loraOf, type ReadPrompt, readAfter, readQuestion } from './language-session.js';
import { type LoadReader, lengthBuckets, type PromptReader } from './prompt-reader.js';
import { Recent } from './recent.js';
import { encodeForMask } from './vision-session.js';

const QUESTIONS_KEPT = 16;

/** Begins to read the language model of kind llama, and loads it once the rest is there. */
export function llamaLoader(bundle: OpenBundle, runtime: Runtime, session: SessionOptions): LoadReader {
  const { preset } = bundle.config;
  const base = readLanguageBase(bundle);
  base.catch(() => undefined);
  return async ({ parameters, tokenizer, vision, signal }) => {
    const weights = await base;
    signal?.throwIfAborted();
    const { layersRead } = preset.fusion;
    const lora = loraOf(parameters, preset);
    const language = await loadLanguageModel(weights, lora, { layersRead, session }, runtime);
    return { language, reader: llamaPromptReader({ preset, tokenizer, vision, language }) };
  };
}

/**
 * Question first: it is the prompt, which does not depend on the picture and may be used again with another. The picture
 * is shown by the encoder's embedding, once the mask is known.
 */
function llamaPromptReader({
  preset,
  tokenizer,
  vision,
  language,
}: {
  readonly preset: Preset;
  readonly tokenizer: Tokenizer;
  readonly vision: Session;
  readonly language: LanguageModel;
}): PromptReader {
  const { longest, visualTokensSide } = preset.language;
  const suffix = suffixIds(tokenizer);
  const questions = new Recent<ReadPrompt>(QUESTIONS_KEPT);
  const begins = turnIds(tokenizer);
  const opening = new Recent<ReadPrompt>(1);
  const readWhole = async (question: string): Promise<ReadPrompt> => {
    const ids = questionIds(tokenizer, question);
    const later = ids.slice(begins.length);
    // A tokenizer may join a question's first letters to what is before them.
    if (later.length === 0 || begins.some((id, i) => ids[i] !== id)) return readQuestion(language, ids);
    const before = await opening.get('of the turn', () => readQuestion(language, begins));
    return readAfter(language, before, later);
  };
  const read = (question: string): Promise<ReadPrompt> => questions.get(question, () => readWhole(question));
  return {
    stopToken: stopId(tokenizer),
    promptLengths: lengthBuckets(longest),
    otherTokens: visualTokensSide ** 2 + suffix.length,
    countTokens: (question) => questionIds(tokenizer, question).length,
    async see(picture) {
      const values = await encodeForMask(vision, picture, preset);
      const visual = values.visual_tokens!.data as Float32Array;
      return {
        values,
        read,
        beforeAnswer: (regionTokens) => joinEmbeddings([visual, regionTokens, language.embed(suffix)]),
      };
    },
    async release() {
      questions.clear();
      opening.clear();
    },
  };
}
