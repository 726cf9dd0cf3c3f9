import { type GgufFile, type TensorEntry, tensorEntry, toFloat32 } from '@prs-med/nn';
import {
  type BaseWeights,
  BLOCK,
  baseShapes,
  EMBEDDING,
  FINAL_NORM,
  linearsOfLayer,
  normsOfLayer,
} from './base-weights.js';
import type { LlamaConfig } from './llama.js';

/** Names of a layer's parts in llama.cpp, by those of Hugging Face. */
const PARTS: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
  input_layernorm: 'attn_norm',
  post_attention_layernorm: 'ffn_norm',
};

const numberField = (gguf: GgufFile, key: string): number => {
  const value = gguf.fields.get(key);
  if (typeof value !== 'number') {
    throw new Error(`${gguf.name}: ${key} is missing or no number; give the GGUF of a Llama-like model`);
  }
  return value;
};

/** The configuration that a GGUF of the llama architecture states. Throws an Error for another architecture. */
export function llamaConfigOfGguf(gguf: GgufFile): LlamaConfig {
  const architecture = gguf.fields.get('general.architecture');
  if (architecture !== 'llama') {
    throw new Error(`${gguf.name}: its architecture is ${String(architecture)}; give one of llama`);
  }
  return {
    vocabulary: gguf.entries.get('token_embd.weight')?.shape[0] ?? 0,
    hidden: numberField(gguf, 'llama.embedding_length'),
    layers: numberField(gguf, 'llama.block_count'),
    heads: numberField(gguf, 'llama.attention.head_count'),
    keyHeads: numberField(gguf, 'llama.attention.head_count_kv'),
    intermediate: numberField(gguf, 'llama.feed_forward_length'),
    ropeTheta: numberField(gguf, 'llama.rope.freq_base'),
    // Stored as float32: take the short decimal that it came from.
    normEpsilon: Number(numberField(gguf, 'llama.attention.layer_norm_rms_epsilon').toPrecision(6)),
    longest: numberField(gguf, 'llama.context_length'),
  };
}

/**
 * The base of a GGUF with Q4_1 linears and a tied Q8_0 embedding, block by block and so exact, with the rows of q and
 * k in Hugging Face's order again. Throws an Error that names a tensor of another type or one that is missing.
 */
export async function convertGguf(
  gguf: GgufFile,
  config: LlamaConfig = llamaConfigOfGguf(gguf),
): Promise<BaseWeights> {
  const tensors = new Map<string, TensorEntry>();
  const shapes = baseShapes(config);
  const add = (name: string, type: 'uint8' | 'int8' | 'float16' | 'float32', values: ArrayBufferView) =>
    tensors.set(name, tensorEntry(name, shapes.get(name)!, type, values));

  const embedding = unpackBytes(await blocksOf(gguf, 'token_embd.weight', 'q8_0'));
  add(`${EMBEDDING}.quants`, 'int8', embedding.quants);
  add(`${EMBEDDING}.scales`, 'float16', embedding.scales);
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    for (const { name, inputs } of linearsOfLayer(config, layer)) {
      const part = name.slice(prefix.length);
      let blocks = await blocksOf(gguf, `blk.${layer}.${PARTS[part]}.weight`, 'q4_1');
      const heads = part.endsWith('q_proj') ? config.heads : part.endsWith('k_proj') ? config.keyHeads : 0;
      if (heads > 0) blocks = unpermuteRows(blocks, (inputs / BLOCK) * Q4_1_BYTES, heads);
      const { quants, scales, minimums } = unpackNibbles(blocks);
      add(`${name}.weight.quants`, 'uint8', quants);
      add(`${name}.weight.scales`, 'float16', scales);
      add(`${name}.weight.minimums`, 'float16', minimums);
    }
    for (const name of normsOfLayer(layer)) {
      const part = PARTS[name.slice(prefix.length, -'.weight'.length)];
      add(name, 'float32', await floatsOf(gguf, `blk.${layer}.${part}.weight`));
    }
  }
  add(FINAL_NORM, 'float32', await floatsOf(gguf, 'output_norm.weight'));
  return { config, tensors };
}

function entryOf(gguf: GgufFile, name: string): TensorEntry {
  const entry = gguf.entries.get(name);
  if (entry === undefined) throw new Error(`${gguf.name}: ${name} is missing; give the whole model`);
  return entry;
}

async function blocksOf(gguf: GgufFile, name: string, type: 'q4_1' | 'q8_0'): Promise<Uint8Array> {
  const entry = entryOf(gguf, name);
  if (entry.type !== type) {
    throw new Error(`${gguf.name}: ${name} is ${entry.type}, not ${type}; give the Q4_1 file`);
  }
  return entry.read();
}

const floatsOf = (gguf: GgufFile, name: string): Promise<Float32Array> => toFloat32(entryOf(gguf, name));

/** llama.cpp interleaves the two halves of each head's rows (rotary pairs side by side); this sets them apart again. */
function unpermuteRows(blocks: Uint8Array, rowBytes: number, heads: number): Uint8Array {
  const rows = blocks.length / rowBytes / heads;
  const result = new Uint8Array(blocks.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row++) {
      const from = (head * rows + 2 * (row % (rows / 2)) + Math.floor(row / (rows / 2))) * rowBytes;
      result.set(blocks.subarray(from, from + rowBytes), (head * rows + row) * rowBytes);
    }
  }
  return result;
}

const Q4_1_BYTES = 20;
const Q8_0_BYTES = 34;

/** Q4_1 blocks (scale, minimum, 16 bytes: element i low, i + 16 high) to neighbours in a byte. */
function unpackNibbles(blocks: Uint8Array) {
  const count = blocks.length / Q4_1_BYTES;
  const quants = new Uint8Array(count * 16);
  const scales = new Uint16Array(count);
  const minimums = new Uint16Array(count);
  for (let block = 0; block < count; block++) {
    const at = block * Q4_1_BYTES;
    scales[block] = blocks[at]! | (blocks[at + 1]! << 8);
    minimums[block] = blocks[at + 2]! | (blocks[at + 3]! << 8);
    for (let i = 0; i < 8; i++) {
      const even = blocks[at + 4 + 2 * i]!;
      const odd = blocks[at + 5 + 2 * i]!;
      quants[block * 16 + i] = (even & 15) | ((odd & 15) << 4);
      quants[block * 16 + 8 + i] = (even >> 4) | (odd & 0xf0);
    }
  }
  return { quants, scales, minimums };
}

/** Q8_0 blocks (scale, 32 bytes). */
function unpackBytes(blocks: Uint8Array) {
  const count = blocks.length / Q8_0_BYTES;
  const quants = new Int8Array(count * 32);
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  const scales = new Uint16Array(count);
  for (let block = 0; block < count; block++) {
    const at = block * Q8_0_BYTES;
    scales[block] = blocks[at]! | (blocks[at + 1]! << 8);
    quants.set(signed.subarray(at + 2, at + Q8_0_BYTES), block * 32);
  }
  return { quants, scales };
}
