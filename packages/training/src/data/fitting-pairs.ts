import type { Conversation } from '../conversation.js';
import type { BatchShape } from '../stages.js';
import type { Example } from './example.js';

/** Tokens that a text may gain when its words are turned over with the picture. */
const MARGIN = 2;

/** The examples with the pairs whose question and answer have room in a batch of this shape, and how many have none. */
export function keepFittingPairs(
  examples: readonly Example[],
  conversation: Conversation,
  { questionTokens, answerTokens }: BatchShape,
): { readonly examples: Example[]; readonly tooLong: number } {
  let tooLong = 0;
  const fitting = examples.map((example) => {
    const pairs = example.pairs.filter(
      ({ question, answer }) =>
        conversation.questionIds(question).length + MARGIN <= questionTokens &&
        conversation.answerIds(answer).length + MARGIN <= answerTokens,
    );
    tooLong += example.pairs.length - pairs.length;
    return { ...example, pairs };
  });
  return { examples: fitting, tooLong };
}
