import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { rootScope, type Scope } from '@prs-med/nn';
import { type LlamaConfig, llama, tiedLogits } from '../../src/language/llama.js';
import type { LoraWeights } from '../../src/language/lora-weights.js';

export const runtime = nodeRuntime();

/** int64 positions 0.. and a causal bias for one sample. */
export function causalInputs(length: number) {
  return {
    positions: ag.constant(
      BigInt64Array.from({ length }, (_, i) => BigInt(i)),
      [1, length],
      'int64',
    ),
    bias: ag.reshape(ag.causalBias(length, length), [1, 1, length, length]),
  };
}

/** A scope over weights in memory; adapters are inputs that are collected when `parameters` is given. */
export function scopeOver(
  weights: ReadonlyMap<string, Float32Array>,
  lora?: LoraWeights,
  parameters?: Map<string, ag.Tensor>,
): Scope {
  return rootScope((name, shape) => {
    const values = weights.get(name) ?? lora?.tensors.get(name);
    if (values === undefined) throw new Error(`no ${name}`);
    if (parameters === undefined || !lora?.tensors.has(name)) return ag.constant(values, shape);
    const parameter = ag.input(name, shape);
    parameters.set(name, parameter);
    return parameter;
  });
}

export interface ReferenceResult {
  /** Hidden states [length, hidden] as transformers numbers them, 0 the embeddings. */
  readonly states: Float32Array[];
  /** [length, vocabulary]. */
  readonly logits: Float32Array;
}

/** The float32 graph on embeddings [length, hidden]. */
export async function runReference(
  config: LlamaConfig,
  weights: ReadonlyMap<string, Float32Array>,
  embeddings: Float32Array,
  lora?: LoraWeights,
): Promise<ReferenceResult> {
  const length = embeddings.length / config.hidden;
  const scope = scopeOver(weights, lora);
  const input = ag.input('embeddings', [1, length, config.hidden]);
  const options = lora && { rank: lora.rank, alpha: lora.alpha };
  const states = llama(scope, { embeddings: input, ...causalInputs(length) }, config, options);
  const outputs: Record<string, ag.Tensor> = { logits: tiedLogits(scope, states.at(-1)!, config) };
  for (const [layer, state] of states.entries()) outputs[`state_${layer}`] = state;
  const session = await runtime.load(ag.compile(outputs));
  const results = await session.run({
    embeddings: { type: 'float32', shape: [1, length, config.hidden], data: embeddings },
  });
  await session.release();
  return {
    states: states.map((_, layer) => results[`state_${layer}`]!.data as Float32Array),
    logits: results.logits!.data as Float32Array,
  };
}

/** Largest difference as a share of the standard deviation of what is wanted. */
export function worstError(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (actual.length !== wanted.length) throw new Error(`${actual.length} numbers, not ${wanted.length}`);
  let sum = 0;
  let squares = 0;
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    sum += wanted[i]!;
    squares += wanted[i]! ** 2;
    const error = Math.abs(actual[i]! - wanted[i]!);
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  const mean = sum / wanted.length;
  return worst / Math.sqrt(squares / wanted.length - mean ** 2);
}

/** The golden values' input rule: element i is sin(0.37 i + seed) x 0.8, times `factor`. */
export const probe = (length: number, seed: number, factor = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(i * 0.37 + seed) * 0.8) * factor);
