import type { TensorEntry } from '@prs-med/nn';
import pLimit from 'p-limit';
import { type BaseShard, shardFile } from './base-shards.js';
import { EMBEDDING, FINAL_NORM, type LinearName, linearsOfLayer, normsOfLayer } from './base-weights.js';
import { type CheckpointWeights, OUTPUT, readCheckpointFloats } from './checkpoint-weights.js';
import { type MeasuredMatrix, quantizeMatrix, type WeightBits } from './quantized-matrix.js';
import { storeMatrix } from './stored-matrix.js';

/** A file of a checkpoint that is shared out by layers. */
export interface LayerShard extends BaseShard {
  /** What quantising cost each linear in it: root mean square error over the weights' standard deviation. */
  readonly errors: ReadonlyMap<string, number>;
}

/** What quantises matrices, by `quantizeMatrix`, as many at a time as it says. */
export interface Quantizer {
  readonly atOnce: number;
  readonly quantize: (...matrix: Parameters<typeof quantizeMatrix>) => Promise<MeasuredMatrix>;
}

/** Quantises in the caller's thread. */
export const quantizeHere: Quantizer = {
  atOnce: 1,
  quantize: async (...matrix) => quantizeMatrix(...matrix),
};

/** A linear as a shard has it, and what quantising cost where it was quantised. */
interface StoredLinear {
  readonly entries: readonly TensorEntry[];
  readonly error?: number;
}

/** Logits are sensitive to the output layer, so it is kept finer than 4 bits. */
export const OUTPUT_BITS = 8;

/**
 * A checkpoint's linears in 4 or 8 bits, a file a layer, each made when it is asked for; the last file has the output layer,
 * in 8 bits, and what stays as it is: the embedding and the last norm. `shardIndex` of all of them makes the index, and
 * `readCheckpointWeights` reads them again. Throws an Error for weights that blocks do not hold.
 * @param finished names of files that are there already: they are left out, and nothing is quantised for them
 * @param quantizer what does the work; the bytes are the same whatever it is
 */
export const quantizedShards = (
  checkpoint: CheckpointWeights,
  bits: WeightBits,
  finished: ReadonlySet<string> = new Set(),
  quantizer: Quantizer = quantizeHere,
): AsyncGenerator<LayerShard, void, undefined> =>
  layerShards(checkpoint, finished, quantizer.atOnce, async (linear) => {
    const values = await readCheckpointFloats(checkpoint, `${linear.name}.weight`);
    // By itself the output layer gains nothing from a thread, which would hold its numbers a second time.
    const isOutput = linear.name === OUTPUT;
    const { quantize } = isOutput ? quantizeHere : quantizer;
    const { matrix, error } = await quantize(
      values,
      linear.outputs,
      linear.inputs,
      isOutput ? OUTPUT_BITS : bits,
    );
    return { entries: storeMatrix(linear, matrix), error };
  });

/** A checkpoint as it is, in the files and by the names that `quantizedShards` gives it; tensors are read when files are written. */
export const floatShards = (
  checkpoint: CheckpointWeights,
  finished: ReadonlySet<string> = new Set(),
): AsyncGenerator<LayerShard, void, undefined> =>
  layerShards(checkpoint, finished, 1, async ({ name }) => ({
    entries: [checkpoint.tensors.get(`${name}.weight`)!],
  }));

async function* layerShards(
  { config, tensors }: CheckpointWeights,
  finished: ReadonlySet<string>,
  atOnce: number,
  store: (linear: LinearName) => Promise<StoredLinear>,
): AsyncGenerator<LayerShard, void, undefined> {
  const parts = config.layers + 1;
  for (let layer = 0; layer < config.layers; layer++) {
    const file = shardFile(layer + 1, parts);
    if (finished.has(file)) continue;
    const entries: TensorEntry[] = normsOfLayer(layer).map((name) => tensors.get(name)!);
    const errors = new Map<string, number>();
    const linears = linearsOfLayer(config, layer);
    // The largest first: what is left when one thread runs out of work is then small.
    const bySize = linears.toSorted((a, b) => b.outputs * b.inputs - a.outputs * a.inputs);
    const all = await pLimit(atOnce).map(bySize, store);
    for (const linear of linears) {
      const stored = all[bySize.indexOf(linear)]!;
      entries.push(...stored.entries);
      if (stored.error !== undefined) errors.set(linear.name, stored.error);
    }
    yield { file, entries, errors };
  }
  const last = shardFile(parts, parts);
  if (finished.has(last)) return;
  const output = await store({ name: OUTPUT, outputs: config.vocabulary, inputs: config.hidden });
  yield {
    file: last,
    entries: [tensors.get(EMBEDDING)!, tensors.get(FINAL_NORM)!, ...output.entries],
    errors: new Map(output.error === undefined ? [] : [[OUTPUT, output.error]]),
  };
}
