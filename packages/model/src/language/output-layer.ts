import * as ag from '@prs-med/autograd';
import { type BaseWeights, BLOCK, EMBEDDING, readHalves, readQuants } from './base-weights.js';
import { matMulNBits } from './matmul-nbits.js';

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
    const products = matMulNBits(states, quants, scales, vocabulary, { bits: 8, accuracyLevel: 4 });
    const graph = ag.compile({ products }, { dynamicAxes: { states: { 0: 'rows' } } });
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

  /**
   * The kernel rounds a state to 8 bits a block; so each goes in as that and as what the rounding left, all rows in one
   * pass over the weights, and 15 bits stay.
   */
  async logits(states: Float32Array): Promise<Float32Array> {
    const { vocabulary, hidden } = this.base.config;
    const count = countStates(states, hidden);
    const rows = splitByBlocks(states);
    const { products } = await this.session.run({
      states: { type: 'float32', shape: [rows.length / hidden, hidden], data: rows },
    });
    const both = products!.data as Float32Array;
    const size = count * vocabulary;
    const logits = both.slice(0, size);
    for (let i = 0; i < size; i++) logits[i] = logits[i]! + both[size + i]!;
    return logits;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** Twice as many rows: x on the grid of 255 steps that each block's largest magnitude spans, and the rest. */
function splitByBlocks(x: Float32Array): Float32Array {
  const rows = new Float32Array(2 * x.length);
  for (let start = 0; start < x.length; start += BLOCK) {
    let largest = 0;
    for (let i = start; i < start + BLOCK; i++) largest = Math.max(largest, Math.abs(x[i]!));
    const step = Math.fround(largest / 127);
    for (let i = start; i < start + BLOCK; i++) {
      const coarse = step === 0 ? 0 : Math.fround(Math.round(x[i]! / step) * step);
      rows[i] = coarse;
      rows[x.length + i] = x[i]! - coarse;
    }
  }
  return rows;
}
