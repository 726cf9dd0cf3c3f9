/** A question that cannot be asked. The message is `question: WHAT IS WRONG; HOW TO MEND IT`, on one line. */
export class QuestionError extends Error {
  override readonly name = 'QuestionError';

  constructor(
    readonly problem: string,
    readonly remedy: string,
  ) {
    super(`question: ${problem}; ${remedy}`);
  }
}

/** Most characters (code points) that a question may have. */
export const LONGEST_QUESTION = 1000;

/**
 * The question as it is asked: white space at the ends and control characters taken off, line ends as spaces.
 * @throws QuestionError for one that is blank or of more than 1,000 characters
 */
export function checkQuestion(question: string): string {
  const text = question
    // Lone surrogates have no UTF-8.
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/\s+/gu, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim();
  if (text === '') throw new QuestionError('it is empty', 'ask something, such as "Where is the polyp?"');
  const length = [...text].length;
  if (length > LONGEST_QUESTION) {
    throw new QuestionError(
      `it has ${length} characters and at most ${LONGEST_QUESTION} are read`,
      'ask in fewer words',
    );
  }
  return text;
}
