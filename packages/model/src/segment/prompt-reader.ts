import type { Session } from '@prs-med/autograd';
import type { Picture } from '@prs-med/imaging';
import type { Parameters } from '../bundle/trained.js';
import type { LanguageModel } from '../language/language-model.js';
import type { Tokenizer } from '../language/tokenizer.js';
import type { ReadPrompt } from './language-session.js';
import type { PictureValues } from './vision-session.js';

/** A picture that the model has seen and may be asked about. */
export interface SeenPicture {
  /** What the sessions of mask and regions take of it. */
  readonly values: PictureValues;
  /** Reads a question about it, up to where the mask is made. */
  read(question: string): Promise<ReadPrompt>;
  /** Embeddings [n, hidden] of what stands between the prompt and the answer, given those of the region tokens. */
  beforeAnswer(regionTokens: Float32Array): Float32Array;
}

/**
 * How one kind of language model is shown a picture and a question: which of them comes first, and in which words. What
 * it reads first is the prompt, whose hidden states make the mask; region tokens and the answer follow.
 */
export interface PromptReader {
  /** Token that ends an answer. */
  readonly stopToken: number;
  /** Lengths of prompts that mask sessions are made for, rising: graphs have static shapes and sessions are few. */
  readonly promptLengths: readonly number[];
  /** Tokens of a sequence beside those of the question, the region tokens and the answer. */
  readonly otherTokens: number;
  /** Tokens that a question takes. */
  countTokens(question: string): number;
  see(picture: Picture): Promise<SeenPicture>;
  /** Frees what it holds, but not the language model or the session of the vision encoder. */
  release(): Promise<void>;
}

/** A loaded language model, and what shows it pictures and questions. */
export interface ReadingModel {
  readonly language: LanguageModel;
  readonly reader: PromptReader;
}

/** Loads the language model of one kind; files may be on their way already. */
export type LoadReader = (loaded: {
  readonly parameters: Parameters;
  readonly tokenizer: Tokenizer;
  /** Session of the vision encoder. */
  readonly vision: Session;
  readonly signal: AbortSignal | undefined;
}) => Promise<ReadingModel>;

/** Lengths of up to `longest` tokens that there is a session for. */
export function lengthBuckets(longest: number): number[] {
  return [32, 256, longest].filter((length) => length <= longest);
}
