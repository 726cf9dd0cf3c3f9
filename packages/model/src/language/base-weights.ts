import { float16ToFloat32, matchTensors, type TensorEntry, type TensorFile } from '@prs-med/nn';
import type { LlamaConfig } from './llama.js';

/** Values that share a scale and a minimum. */
export const BLOCK = 32;

/**
 * The frozen 4-bit base of a language model, exact: each linear as `NAME.weight.quants` uint8 [N, K / 32, 16] (element
 * 2i of a block in the low nibble of byte i, 2i + 1 in the high one), `.scales` and `.minimums` float16 [N, K / 32],
 * value = quant x scale + minimum; `model.embed_tokens.weight` as int8 `.quants` [V, hidden] and float16 `.scales`
 * [V, hidden / 32]; norms as float32. Names are Hugging Face's. Tensors are read when they are asked for.
 */
export interface BaseWeights {
  readonly config: LlamaConfig;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** A linear of the base: [outputs, inputs]. */
export interface LinearName {
  readonly name: string;
  readonly outputs: number;
  readonly inputs: number;
}

/** The seven linears of a layer, in the order that a layer uses them. */
export function linearsOfLayer(config: LlamaConfig, layer: number): LinearName[] {
  const { hidden, heads, keyHeads, intermediate } = config;
  const keys = (hidden / heads) * keyHeads;
  const at = (name: string, outputs: number, inputs: number): LinearName => ({
    name: `model.layers.${layer}.${name}`,
    outputs,
    inputs,
  });
  return [
    at('self_attn.q_proj', hidden, hidden),
    at('self_attn.k_proj', keys, hidden),
    at('self_attn.v_proj', keys, hidden),
    at('self_attn.o_proj', hidden, hidden),
    at('mlp.gate_proj', intermediate, hidden),
    at('mlp.up_proj', intermediate, hidden),
    at('mlp.down_proj', hidden, intermediate),
  ];
}

/** Names of the two RMS norms of a layer. */
export const normsOfLayer = (layer: number): string[] => [
  `model.layers.${layer}.input_layernorm.weight`,
  `model.layers.${layer}.post_attention_layernorm.weight`,
];

export const FINAL_NORM = 'model.norm.weight';
export const EMBEDDING = 'model.embed_tokens.weight';

/** Every tensor of the base with its shape, in the model's order. Throws an Error for sizes that blocks do not divide. */
export function baseShapes(config: LlamaConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  if (config.hidden % BLOCK !== 0 || config.intermediate % BLOCK !== 0) {
    throw new Error(
      `baseShapes: widths ${config.hidden} and ${config.intermediate} are no multiples of ${BLOCK}; choose others`,
    );
  }
  shapes.set(`${EMBEDDING}.quants`, [config.vocabulary, config.hidden]);
  shapes.set(`${EMBEDDING}.scales`, [config.vocabulary, config.hidden / BLOCK]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const { name, outputs, inputs } of linearsOfLayer(config, layer)) {
      const blocks = inputs / BLOCK;
      shapes.set(`${name}.weight.quants`, [outputs, blocks, BLOCK / 2]);
      shapes.set(`${name}.weight.scales`, [outputs, blocks]);
      shapes.set(`${name}.weight.minimums`, [outputs, blocks]);
    }
    for (const name of normsOfLayer(layer)) shapes.set(name, [config.hidden]);
  }
  shapes.set(FINAL_NORM, [config.hidden]);
  return shapes;
}

const typeOf = (name: string): TensorEntry['type'] => {
  if (name.endsWith('.scales') || name.endsWith('.minimums')) return 'float16';
  if (name.endsWith('.quants')) return name.startsWith(EMBEDDING) ? 'int8' : 'uint8';
  return 'float32';
};

/**
 * The base in a file (or several, by `readShardedSafetensors`): every name, shape and type is checked and nothing read
 * yet. Throws WeightFileError that lists what is missing, unexpected or of another shape, and an Error for a wrong type.
 */
export function readBaseWeights(file: TensorFile, config: LlamaConfig): BaseWeights {
  const tensors = matchTensors(baseShapes(config), file);
  const wrong = [...tensors.values()].filter((entry) => entry.type !== typeOf(entry.name));
  if (wrong.length > 0) {
    const list = wrong.map(({ name, type }) => `${name} is ${type} and should be ${typeOf(name)}`).join(', ');
    throw new Error(`${file.name}: ${list}; build the bundle again`);
  }
  return { config, tensors };
}

async function bytes(base: BaseWeights, name: string): Promise<Uint8Array> {
  const entry = base.tensors.get(name);
  if (entry === undefined) throw new Error(`base weights: ${name} is missing; build the bundle again`);
  return entry.read();
}

/** A tensor of the base as stored: quants. */
export const readQuants = bytes;

/** Scales or minimums as float32; exact. */
export async function readHalves(base: BaseWeights, name: string): Promise<Float32Array> {
  const stored = await bytes(base, name);
  return float16ToFloat32(new Uint16Array(stored.buffer, stored.byteOffset, stored.byteLength / 2));
}

/** A norm's weight. */
export async function readFloats(base: BaseWeights, name: string): Promise<Float32Array> {
  const stored = await bytes(base, name);
  return new Float32Array(stored.buffer, stored.byteOffset, stored.byteLength / 4);
}

/** The values of a linear, [outputs, inputs]. */
export async function dequantizeLinear(base: BaseWeights, name: string): Promise<Float32Array> {
  const quants = await readQuants(base, `${name}.weight.quants`);
  const scales = await readHalves(base, `${name}.weight.scales`);
  const minimums = await readHalves(base, `${name}.weight.minimums`);
  const values = new Float32Array(scales.length * BLOCK);
  for (let block = 0, at = 0; block < scales.length; block++) {
    const scale = scales[block]!;
    const minimum = minimums[block]!;
    for (let i = 0; i < BLOCK / 2; i++) {
      const pair = quants[(at >> 1) + i]!;
      // Rounded twice, as ggml does.
      values[at + 2 * i] = Math.fround(scale * (pair & 15)) + minimum;
      values[at + 2 * i + 1] = Math.fround(scale * (pair >> 4)) + minimum;
    }
    at += BLOCK;
  }
  return values;
}

/** The embedding, [vocabulary, hidden]; it is the output layer too. */
export async function dequantizeEmbedding(base: BaseWeights): Promise<Float32Array> {
  const stored = await readQuants(base, `${EMBEDDING}.quants`);
  const quants = new Int8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  const scales = await readHalves(base, `${EMBEDDING}.scales`);
  const values = new Float32Array(quants.length);
  for (let i = 0; i < values.length; i++) values[i] = scales[i >> 5]! * quants[i]!;
  return values;
}

/**
 * The whole base in float32 for training, Hugging Face name to values: 540 MB for SmolLM2-135M.
 */
export async function dequantizeBase(base: BaseWeights): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  values.set(EMBEDDING, await dequantizeEmbedding(base));
  for (let layer = 0; layer < base.config.layers; layer++) {
    for (const { name } of linearsOfLayer(base.config, layer))
      values.set(`${name}.weight`, await dequantizeLinear(base, name));
    for (const name of normsOfLayer(layer)) values.set(name, await readFloats(base, name));
  }
  values.set(FINAL_NORM, await readFloats(base, FINAL_NORM));
  return values;
}
