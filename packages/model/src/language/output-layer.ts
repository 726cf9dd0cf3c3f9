import * as ag from '@prs-med/autograd';
import { type BaseWeights, EMBEDDING, readHalves, readQuants } from './base-weights.js';
import { splitProduct } from './matmul-nbits.js';

/** Both ends of a language model: rows by token going in, logits coming out. Owns its session. */
export interface OutputLayer {
  /** Rows of the embedding, [ids.length, hidden]. Throws an Error for an id outside the vocabulary. */
  embed(ids: readonly number[]): Float32Array;
  /** Logits [n, vocabulary] of n states [n, hidden] after the final norm. */
  logits(states: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Throws an Error for an id outside the vocabulary. */
export function checkIds(ids: readonly number[], vocabulary: number): void {
  for (const id of ids)
    if (!Number.isInteger(id) || id < 0 || id >= vocabulary)
      throw new Error(`embed: token ${id} is outside the vocabulary of ${vocabulary}`);
}

/** How many states there are in an array. Throws an Error when it is not a whole number of them. */
export function countStates(states: Float32Array, hidden: number): number {
  if (states.length === 0 || states.length % hidden !== 0)
    throw new Error(`logits: ${states.length} numbers are not states of ${hidden}`);
  return states.length / hidden;
}

/** A tied embedding of 8 bits: the same table going in and coming out. */
export class TiedEmbedding implements OutputLayer {
  private constructor(
    private readonly base: BaseWeights,
    /** quant + 128, as MatMulNBits takes 8 bits. */
    private readonly quants: Uint8Array,
    private readonly scales: Float32Array,
    private readonly session: ag.Session,
  ) {}

  static async load(
    base: BaseWeights,
    runtime: ag.Runtime,
    options?: ag.SessionOptions,
  ): Promise<TiedEmbedding> {
    const { vocabulary, hidden } = base.config;
    const quants = await readQuants(base, `${EMBEDDING}.quants`);
    const words = new Uint32Array(quants.buffer, quants.byteOffset, quants.byteLength >> 2);
    for (let i = 0; i < words.length; i++) words[i] = words[i]! ^ 0x80808080;
    const scales = await readHalves(base, `${EMBEDDING}.scales`);
    const states = ag.input('states', [2, hidden]);
    const logits = splitProduct(states, quants, scales, vocabulary);
    const graph = ag.compile({ logits }, { dynamicAxes: { states: { 0: 'rows' } } });
    const session = await runtime.load(graph, options);
    return new TiedEmbedding(base, quants, scales, session);
  }

  embed(ids: readonly number[]): Float32Array {
    const { vocabulary, hidden } = this.base.config;
    const rows = new Float32Array(ids.length * hidden);
    checkIds(ids, vocabulary);
    for (const [index, id] of ids.entries()) {
      for (let i = 0; i < hidden; i++) {
        const at = id * hidden + i;
        rows[index * hidden + i] = this.scales[at >> 5]! * (this.quants[at]! - 128);
      }
    }
    return rows;
  }

  async logits(states: Float32Array): Promise<Float32Array> {
    const { hidden } = this.base.config;
    const shape = [countStates(states, hidden), hidden];
    const { logits } = await this.session.run({ states: { type: 'float32', shape, data: states } });
    return logits!.data as Float32Array;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
