import type { LanguageModel } from './language-model.js';

/** -log of the softmax of `logits` at `token`, in nats. */
export function negativeLogLikelihood(logits: Float32Array, token: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const logit of logits) top = Math.max(top, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - top);
  return Math.log(sum) + top - logits[token]!;
}

/** Perplexity of tokens 1.. given those before, read at once. */
export async function perplexity(model: LanguageModel, tokens: readonly number[]): Promise<number> {
  const context = model.begin(tokens.length);
  const states = await model.extend(context, model.embed(tokens), tokens.length);
  const { hidden, layers } = model.config;
  const last = states.get(layers)!;
  let sum = 0;
  for (let i = 0; i + 1 < tokens.length; i++) {
    const logits = await model.logits(last.subarray(i * hidden, (i + 1) * hidden));
    sum += negativeLogLikelihood(logits, tokens[i + 1]!);
  }
  return Math.exp(sum / (tokens.length - 1));
}
