import type { Tokenizer } from './tokenizer.js';

// The order of a sequence, the same in training and in use:
//   questionIds | visual tokens | region tokens | suffixIds | answerIds
// What the fusion reads are the states of the first part, which nothing after it can change.

const START = '<|im_start|>';
const END = '<|im_end|>';

/** Ids that every question's turn begins with. */
export const turnIds = (tokenizer: Tokenizer): number[] => [
  special(tokenizer, START),
  ...tokenizer.encode('user\n'),
];

/** Ids of the question's turn up to where the picture's tokens go in. */
export const questionIds = (tokenizer: Tokenizer, question: string): number[] => [
  special(tokenizer, START),
  // Plain text: a question that spells a special token does not become one.
  ...tokenizer.encode(`user\n${question}\n`),
];

/** Ids between the region tokens and the answer. */
export const suffixIds = (tokenizer: Tokenizer): number[] => [
  special(tokenizer, END),
  ...tokenizer.encode('\n'),
  special(tokenizer, START),
  ...tokenizer.encode('assistant\n'),
];

/** Ids of an answer with the token that ends it. */
export const answerIds = (tokenizer: Tokenizer, answer: string): number[] => [
  ...tokenizer.encode(answer),
  stopId(tokenizer),
];

/** The token that ends an answer. */
export const stopId = (tokenizer: Tokenizer): number => special(tokenizer, END);

function special(tokenizer: Tokenizer, content: string): number {
  const id = tokenizer.specialTokens.get(content);
  if (id === undefined) throw new Error(`tokenizer: it has no ${content}; give one with ChatML's tokens`);
  return id;
}
