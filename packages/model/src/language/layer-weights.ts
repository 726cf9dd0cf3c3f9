import { type BaseWeights, FINAL_NORM, linearsOfLayer, normsOfLayer, readFloats } from './base-weights.js';
import type { FloatLinear } from './float-linear.js';
import type { LayerGroup, LayerRange } from './layer-groups.js';
import type { LoraWeights } from './lora-weights.js';
import { type QuantizedLinear, readQuantizedLinear } from './quantized-linear.js';

/** Linears over the same input, joined. */
export type JoinedLinear = QuantizedLinear | FloatLinear;

/** A layer's weights as the graph in use takes them: linears over the same input are joined. */
export interface LayerWeights {
  readonly inputNorm: Float32Array;
  /** Queries, keys and values. */
  readonly attention: JoinedLinear;
  readonly output: JoinedLinear;
  readonly outputNorm: Float32Array;
  /** Gate, then up. */
  readonly wide: JoinedLinear;
  readonly narrow: JoinedLinear;
}

/** Reads layers of the base, one by one, with LoRA beside their linears. Throws an Error when a tensor is missing or unfit. */
export async function readLayers(
  base: BaseWeights,
  lora: LoraWeights | undefined,
  { first, end }: LayerRange,
): Promise<LayerGroup> {
  const layers: LayerWeights[] = [];
  for (let layer = first; layer < end; layer++) {
    const [q, k, v, o, gate, up, down] = linearsOfLayer(base.config, layer);
    const [inputNorm, outputNorm] = normsOfLayer(layer);
    // A layer's files are read side by side; all layers at once would hold everything twice.
    const [attention, output, wide, narrow, before, after] = await Promise.all([
      readQuantizedLinear(base, [q!, k!, v!], lora),
      readQuantizedLinear(base, [o!], lora),
      readQuantizedLinear(base, [gate!, up!], lora),
      readQuantizedLinear(base, [down!], lora),
      readFloats(base, inputNorm!),
      readFloats(base, outputNorm!),
    ]);
    layers.push({ attention, output, wide, narrow, inputNorm: before, outputNorm: after });
  }
  const finalNorm = end === base.config.layers ? await readFloats(base, FINAL_NORM) : undefined;
  return { first, layers, finalNorm };
}
