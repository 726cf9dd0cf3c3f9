import { EMBEDDING, FINAL_NORM, type LinearName, linearsOfLayer, normsOfLayer } from './base-weights.js';
import { type CheckpointWeights, OUTPUT, readCheckpointFloats } from './checkpoint-weights.js';
import { dequantizeMatrix } from './quantized-matrix.js';
import { readMatrix, storedBits } from './stored-matrix.js';

/**
 * A layer in float32 for training, by names within it such as `mlp.up_proj.weight`; a quantised linear as the values that it
 * stands for. 0.9 GB for one of Mistral 7B.
 * @param into what an earlier call gave, of this layer or another: its arrays are written over where they fit
 */
export async function dequantizeLayer(
  checkpoint: CheckpointWeights,
  layer: number,
  into: ReadonlyMap<string, Float32Array> = new Map(),
): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  const own = (name: string): string => name.slice(`model.layers.${layer}.`.length);
  for (const linear of linearsOfLayer(checkpoint.config, layer)) {
    const name = own(`${linear.name}.weight`);
    values.set(name, await dequantizeLinear(checkpoint, linear, into.get(name)));
  }
  for (const name of normsOfLayer(layer)) values.set(own(name), await readCheckpointFloats(checkpoint, name));
  return values;
}

/** What is in no layer, in float32, by Hugging Face's names. 1 GB for Mistral 7B. */
export async function dequantizeOutsideLayers(
  checkpoint: CheckpointWeights,
): Promise<Map<string, Float32Array>> {
  const { vocabulary, hidden } = checkpoint.config;
  const output = { name: OUTPUT, outputs: vocabulary, inputs: hidden };
  return new Map([
    [EMBEDDING, await readCheckpointFloats(checkpoint, EMBEDDING)],
    [FINAL_NORM, await readCheckpointFloats(checkpoint, FINAL_NORM)],
    [`${OUTPUT}.weight`, await dequantizeLinear(checkpoint, output)],
  ]);
}

async function dequantizeLinear(
  checkpoint: CheckpointWeights,
  linear: LinearName,
  into?: Float32Array,
): Promise<Float32Array> {
  const bits = storedBits(checkpoint.tensors, linear);
  return bits === undefined
    ? readCheckpointFloats(checkpoint, `${linear.name}.weight`)
    : dequantizeMatrix(await readMatrix(checkpoint.tensors, linear, bits), into);
}
