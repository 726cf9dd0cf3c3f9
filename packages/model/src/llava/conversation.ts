import type { Tokenizer } from '../language/tokenizer.js';

// The conversation that LLaVA-Med 1.5 was trained with: `mistral_instruct` of its `conversation.py`, with an empty
// system text. A picture and one question read
//   <s>[INST] PICTURE\nQUESTION [/INST] ANSWER </s>
// where PICTURE is the visual tokens. The pieces around it are encoded apart, as `tokenizer_image_token` of its
// `mm_utils.py` does, so each begins with the space that the tokenizer puts before a text.

/** Ids around the picture's visual tokens; the answer follows. */
export interface LlavaPrompt {
  readonly beforePicture: readonly number[];
  readonly afterPicture: readonly number[];
}

/** The prompt of a question about a picture. What a user types is plain text: special tokens in it are none. */
export const llavaPrompt = (tokenizer: Tokenizer, question: string): LlavaPrompt => ({
  beforePicture: [startToken(tokenizer), ...tokenizer.encode('[INST] ')],
  afterPicture: tokenizer.encode(`\n${question.trim()} [/INST]`),
});

/** Ids of an answer, with the space and the token that end it. */
export const llavaAnswerIds = (tokenizer: Tokenizer, answer: string): number[] => [
  ...tokenizer.encode(`${answer.trim()} `),
  llavaEndToken(tokenizer),
];

/** The answer's text from the ids that were generated for it. */
export const llavaAnswerText = (tokenizer: Tokenizer, ids: readonly number[]): string =>
  tokenizer.decode(ids).trim();

/**
 * The one token that ends an answer, `</s>`. Not the template's separator between turns: that is empty, and the empty
 * text is in every answer, so that stopping at it ends them all after one token.
 */
export const llavaEndToken = (tokenizer: Tokenizer): number => named(tokenizer.endToken, 'eos_token');

const startToken = (tokenizer: Tokenizer): number => named(tokenizer.startToken, 'bos_token');

function named(id: number | undefined, what: string): number {
  if (id === undefined)
    throw new Error(`tokenizer: its configuration names no ${what}; give LLaVA-Med's tokenizer`);
  return id;
}
