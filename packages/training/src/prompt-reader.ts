import { type LanguageModel, readQuestion, type States } from '@prs-med/model';
import type { Conversation } from './conversation.js';
import type { SampleBatch } from './feeds.js';

/** What the language model makes of a prompt: the states of its tokens by layer, [length, hidden] each. */
export interface PromptStates {
  readonly length: number;
  readonly states: States;
}

/** Reads the prompts of a batch's samples with the language model as it is in use. */
export interface PromptReader {
  read(batch: SampleBatch): Promise<PromptStates[]>;
}

/** For a prompt that is the question alone: each question is read once. `longest` tokens of it are read at most. */
export function questionReader(
  language: LanguageModel,
  conversation: Conversation,
  longest: number,
): PromptReader {
  const known = new Map<string, PromptStates>();
  return {
    async read({ samples }) {
      const prompts: PromptStates[] = [];
      for (const { question } of samples) {
        let prompt = known.get(question);
        if (prompt === undefined) {
          const ids = conversation.questionIds(question).slice(0, longest);
          // Not with its keys and values, which nothing goes on from.
          const { length, states } = await readQuestion(language, ids);
          prompt = { length, states };
          known.set(question, prompt);
        }
        prompts.push(prompt);
      }
      return prompts;
    },
  };
}
