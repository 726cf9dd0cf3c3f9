import { linearsOfLayer } from './base-weights.js';
import type { LlamaConfig } from './llama.js';

/**
 * Low-rank adapters of a language model: `NAME.lora_A.weight` [rank, inputs] and `NAME.lora_B.weight` [outputs, rank],
 * row-major; what they add is alpha / rank x B A.
 */
export interface LoraWeights {
  readonly rank: number;
  readonly alpha: number;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** The linears that have adapters. */
const ADAPTED = /\.self_attn\.[qkvo]_proj$/;

/** Every adapter tensor of a model with its shape, layer by layer: q, k, v, o; A before B. */
export function loraShapes(config: LlamaConfig, rank: number): Map<string, readonly [number, number]> {
  const shapes = new Map<string, readonly [number, number]>();
  for (let layer = 0; layer < config.layers; layer++) {
    for (const { name, outputs, inputs } of linearsOfLayer(config, layer)) {
      if (!ADAPTED.test(name)) continue;
      shapes.set(`${name}.lora_A.weight`, [rank, inputs]);
      shapes.set(`${name}.lora_B.weight`, [outputs, rank]);
    }
  }
  return shapes;
}

/** Throws an Error that lists adapter tensors which are missing, unexpected or of another size. */
export function checkLora(lora: LoraWeights, config: LlamaConfig): void {
  const shapes = loraShapes(config, lora.rank);
  const problems: string[] = [];
  for (const [name, [rows, columns]] of shapes) {
    const length = lora.tensors.get(name)?.length;
    if (length === undefined) problems.push(`${name} is missing`);
    else if (length !== rows * columns)
      problems.push(`${name} has ${length} elements and should be [${rows}, ${columns}]`);
  }
  for (const name of lora.tensors.keys()) if (!shapes.has(name)) problems.push(`${name} is unexpected`);
  if (problems.length > 0) throw new Error(`LoRA of rank ${lora.rank}: ${problems.join('; ')}`);
}
