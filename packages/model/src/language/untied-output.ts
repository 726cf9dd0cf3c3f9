import * as ag from '@prs-med/autograd';
import { EMBEDDING } from './base-weights.js';
import { type CheckpointWeights, OUTPUT, readCheckpointLinear } from './checkpoint-weights.js';
import { type Rows, readRows } from './embedding-rows.js';
import { floatLinear } from './float-linear.js';
import { checkIds, countStates, type OutputLayer } from './output-layer.js';
import { quantizedLinear } from './quantized-linear.js';

/** One table for tokens going in, another matrix, `lm_head`, for logits coming out. */
export class UntiedOutput implements OutputLayer {
  private constructor(
    private readonly vocabulary: number,
    private readonly hidden: number,
    private readonly embedding: Rows,
    private readonly session: ag.Session,
  ) {}

  static async load(
    checkpoint: CheckpointWeights,
    runtime: ag.Runtime,
    options?: ag.SessionOptions,
  ): Promise<UntiedOutput> {
    const { vocabulary, hidden } = checkpoint.config;
    const session = await runtime.load(await logitsGraph(checkpoint), options);
    return new UntiedOutput(vocabulary, hidden, await readRows(checkpoint.tensors.get(EMBEDDING)!), session);
  }

  embed(ids: readonly number[]): Float32Array {
    const { hidden } = this;
    checkIds(ids, this.vocabulary);
    const rows = new Float32Array(ids.length * hidden);
    for (const [index, id] of ids.entries()) rows.set(this.embedding(id), index * hidden);
    return rows;
  }

  async logits(states: Float32Array): Promise<Float32Array> {
    const shape = [countStates(states, this.hidden), this.hidden];
    const { logits } = await this.session.run({ states: { type: 'float32', shape, data: states } });
    return logits!.data as Float32Array;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** The graph from `states` [rows, hidden] to `logits` [rows, vocabulary]; nothing else holds its numbers. */
async function logitsGraph(checkpoint: CheckpointWeights): Promise<ag.CompiledGraph> {
  const { vocabulary, hidden } = checkpoint.config;
  const name = { name: OUTPUT, outputs: vocabulary, inputs: hidden };
  const weights = await readCheckpointLinear(checkpoint, [name], undefined);
  const states = ag.input('states', [2, hidden]);
  const logits =
    weights.kind === 'quantized' ? quantizedLinear(states, weights, 0) : floatLinear(states, weights);
  return ag.compile({ logits }, { dynamicAxes: { states: { 0: 'rows' } } });
}
