import {
  answerIds,
  llavaAnswerIds,
  llavaPrompt,
  type Preset,
  questionIds,
  suffixIds,
  type Tokenizer,
} from '@prs-med/model';

/** Token ids that are the same in every sample. */
export interface PromptLayout {
  /** Before the picture, where that comes first. */
  readonly openingIds: readonly number[];
  /** Between the picture and the answer, where the question comes first. */
  readonly suffixIds: readonly number[];
}

/** How one kind of language model writes a sample's texts as token ids. */
export interface Conversation extends PromptLayout {
  questionIds(question: string): number[];
  /** With the token that ends an answer. */
  answerIds(answer: string): number[];
}

/** The conversation of a preset's language model. Throws an Error when the tokenizer lacks a token of it. */
export function conversationOf({ language }: Preset, tokenizer: Tokenizer): Conversation {
  if (language.kind === 'llava') {
    return {
      openingIds: llavaPrompt(tokenizer, '').beforePicture,
      suffixIds: [],
      questionIds: (question) => [...llavaPrompt(tokenizer, question).afterPicture],
      answerIds: (answer) => llavaAnswerIds(tokenizer, answer),
    };
  }
  return {
    openingIds: [],
    suffixIds: suffixIds(tokenizer),
    questionIds: (question) => questionIds(tokenizer, question),
    answerIds: (answer) => answerIds(tokenizer, answer),
  };
}
