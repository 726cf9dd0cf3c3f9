/** A question's words in lower case, without marks: the same for wordings that differ in these alone. */
export const normalizeQuestion = (question: string): string =>
  question
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
