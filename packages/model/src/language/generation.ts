/** How tokens are chosen and when to stop. */
export interface GenerationOptions {
  /** Most tokens to give, 1 or more. */
  readonly maxTokens: number;
  /** Tokens after which generation ends; the one that ended it is the last of the result. */
  readonly stopTokens?: readonly number[];
  /** 0, the default, takes the likeliest token; more flattens the distribution that is sampled. */
  readonly temperature?: number;
  /** Samples among the likeliest tokens that together have this probability; 1 by default. */
  readonly topP?: number;
  /** The same seed gives the same tokens. */
  readonly seed?: number;
  /** Checked before each token. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each token as it is chosen. */
  readonly onToken?: (token: number) => void;
}

/** Throws a RangeError that names an option out of its range. */
export function checkGeneration({ maxTokens, temperature = 0, topP = 1 }: GenerationOptions): void {
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    throw new RangeError(`generate: maxTokens is ${maxTokens} and must be a whole number from 1`);
  if (!(temperature >= 0))
    throw new RangeError(`generate: temperature is ${temperature} and must be 0 or more`);
  if (!(topP > 0 && topP <= 1))
    throw new RangeError(`generate: topP is ${topP} and must be above 0, at most 1`);
}

/** Chooses tokens one after another. */
export type TokenChooser = (logits: Float32Array) => number;

/** The chooser that the options ask for; one a generation, because sampling carries its random state along. */
export function tokenChooser({ temperature = 0, topP = 1, seed = 0 }: GenerationOptions): TokenChooser {
  if (temperature === 0) return likeliest;
  const random = randomNumbers(seed);
  return (logits) => sample(logits, temperature, topP, random());
}

/** The first of the largest logits. */
export function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/** Nucleus sampling (Holtzman et al., 2020) at a temperature; `uniform` in [0, 1) decides. */
function sample(logits: Float32Array, temperature: number, topP: number, uniform: number): number {
  const top = logits[likeliest(logits)]!;
  // Below e^-20 of the likeliest nothing is ever drawn in practice, and sorting few is quick.
  const candidates: { token: number; weight: number }[] = [];
  for (let token = 0; token < logits.length; token++) {
    const exponent = (logits[token]! - top) / temperature;
    if (exponent > -20) candidates.push({ token, weight: Math.exp(exponent) });
  }
  candidates.sort((a, b) => b.weight - a.weight || a.token - b.token);
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let kept = 0;
  let count = 0;
  while (count < candidates.length && kept < topP * total) kept += candidates[count++]!.weight;
  let rest = uniform * kept;
  for (const { token, weight } of candidates.slice(0, count)) {
    rest -= weight;
    if (rest < 0) return token;
  }
  return candidates[count - 1]!.token;
}

/** Numbers in [0, 1) from a seed: mulberry32 (Tommy Ettinger, public domain). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
