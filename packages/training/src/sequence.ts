import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { EncodedPicture, Preset } from '@prs-med/model';
import type { Scope } from '@prs-med/nn';

/** How one kind of language model is shown a batch. Tokens are embeddings, [n, tokens, hidden]. */
export interface Sequence {
  /** What is read before the mask is known, its padding on the right: the fusion reads the states of all of it. */
  readonly prompt: Tensor;
  /** [n, tokens]: 1 for a token of the prompt, 0 for padding. */
  readonly promptMask: Tensor;
  /** What comes between the prompt and the region tokens. */
  beforeRegions(picture: EncodedPicture): readonly Tensor[];
  /** What comes between the region tokens and the answer. */
  readonly beforeAnswer: readonly Tensor[];
  /** Tokens of ids, int64 [n, tokens]. */
  embed(ids: Tensor): Tensor;
  /** Logits [n, tokens, vocabulary] of states after the final norm. */
  logits(states: Tensor): Tensor;
}

/** The language model's table of tokens, [vocabulary, hidden]. */
export const tokenTable = (language: Scope, { language: { vocabulary, hidden } }: Preset): Tensor =>
  language.at('model').at('embed_tokens').parameter('weight', [vocabulary, hidden]);

/** The same ids in each of the samples, as tokens. */
export function embedAlike(table: Tensor, ids: readonly number[], samples: number): Tensor {
  const constant = ag.constant(BigInt64Array.from(ids, BigInt), [1, ids.length], 'int64');
  return ag.expand(ag.embedding(table, constant), [samples, ids.length, table.shape[1]!]);
}
