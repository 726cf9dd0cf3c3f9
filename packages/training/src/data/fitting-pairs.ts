import { answerIds, questionIds, type Tokenizer } from '@prs-med/model';
import type { BatchShape } from '../stages.js';
import type { Example } from './example.js';

/** Tokens that a text may gain when its words are turned over with the picture. */
const MARGIN = 2;

/** The examples with the pairs whose question and answer have room in a batch of this shape, and how many have none. */
export function keepFittingPairs(
  examples: readonly Example[],
  tokenizer: Tokenizer,
  { questionTokens, answerTokens }: BatchShape,
): { readonly examples: Example[]; readonly tooLong: number } {
  let tooLong = 0;
  const fitting = examples.map((example) => {
    const pairs = example.pairs.filter(
      ({ question, answer }) =>
        questionIds(tokenizer, question).length + MARGIN <= questionTokens &&
        answerIds(tokenizer, answer).length + MARGIN <= answerTokens,
    );
    tooLong += example.pairs.length - pairs.length;
    return { ...example, pairs };
  });
  return { examples: fitting, tooLong };
}
