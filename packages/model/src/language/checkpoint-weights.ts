import {
  matchTensors,
  mergeLora,
  type TensorEntry,
  type TensorFile,
  toFloat32,
  WeightFileError,
} from '@prs-med/nn';
import { EMBEDDING, FINAL_NORM, type LinearName, linearsOfLayer, normsOfLayer } from './base-weights.js';
import type { FloatLinear } from './float-linear.js';
import type { LayerGroup, LayerRange } from './layer-groups.js';
import type { JoinedLinear, LayerWeights } from './layer-weights.js';
import type { LlamaConfig } from './llama.js';
import type { LoraWeights } from './lora-weights.js';
import { blocksOf } from './quantize-int4.js';
import { placeLora, type QuantizedLinear } from './quantized-linear.js';
import { blockBytes, type WeightBits } from './quantized-matrix.js';
import { readMatrixInto, storedBits, storedTensors } from './stored-matrix.js';

/** The output layer's name, without `.weight`: it is a linear as those of the layers are. */
export const OUTPUT = 'lm_head';

/**
 * A Llama-like model with an output layer of its own, as checkpoints have it. Names are Hugging Face's. Each linear is
 * `NAME.weight` [outputs, inputs] in floating point; or 4-bit as `NAME.weight.quants` uint8 [outputs, blocks, 16],
 * `.scales` float16 [outputs, blocks] and `.zero_points` uint8 [outputs, ceil(blocks / 2)] (see `Int4Matrix`); or 8-bit as
 * `.quants` uint8 [outputs, blocks, 32] and `.scales` (see `Int8Matrix`). Tensors are read when they are asked for.
 */
export interface CheckpointWeights {
  readonly config: LlamaConfig;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** Every linear of the model: those of the layers, then the output layer. */
export function linearsOfCheckpoint(config: LlamaConfig): LinearName[] {
  const layers = Array.from({ length: config.layers }, (_, layer) => linearsOfLayer(config, layer));
  return [...layers.flat(), { name: OUTPUT, outputs: config.vocabulary, inputs: config.hidden }];
}

/**
 * The language model in a file of tensors (or several, by `readShardedSafetensors`) named as here; what is not under
 * `model` or `lm_head` is left alone. Throws WeightFileError that lists what is missing, unexpected or of another shape.
 */
export function readCheckpointWeights(file: TensorFile, config: LlamaConfig): CheckpointWeights {
  const shapes = new Map<string, readonly number[]>([
    [EMBEDDING, [config.vocabulary, config.hidden]],
    [FINAL_NORM, [config.hidden]],
  ]);
  const types = new Map<string, TensorEntry['type']>();
  for (let layer = 0; layer < config.layers; layer++)
    for (const name of normsOfLayer(layer)) shapes.set(name, [config.hidden]);
  for (const linear of linearsOfCheckpoint(config)) {
    const bits = storedBits(file.entries, linear);
    if (bits === undefined) shapes.set(`${linear.name}.weight`, [linear.outputs, linear.inputs]);
    else
      for (const { name, shape, type } of storedTensors(linear, bits)) {
        shapes.set(name, shape);
        types.set(name, type);
      }
  }
  const ignore = (name: string) => !/^(model|lm_head)\./.test(name) || name.endsWith('.rotary_emb.inv_freq');
  const tensors = matchTensors(shapes, file, { ignore });
  for (const { name, type } of tensors.values()) {
    const wanted = types.get(name);
    if (wanted !== undefined && type !== wanted)
      throw new WeightFileError(
        file.name,
        `${name} is ${type}, not ${wanted}`,
        'quantise the checkpoint again',
      );
  }
  return { config, tensors };
}

/**
 * Reads layers, one by one, with LoRA in their linears or beside them. Throws an Error when LoRA does not fit.
 * @param over other layers, which are no longer needed: arrays of quantised linears are written over where they fit
 */
export async function readCheckpointLayers(
  checkpoint: CheckpointWeights,
  lora: LoraWeights | undefined,
  { first, end }: LayerRange,
  over?: LayerGroup,
): Promise<LayerGroup> {
  const { config } = checkpoint;
  const layers: LayerWeights[] = [];
  for (let layer = first; layer < end; layer++) {
    const [q, k, v, o, gate, up, down] = linearsOfLayer(config, layer);
    const [inputNorm, outputNorm] = normsOfLayer(layer);
    const before = over?.layers[layer - first];
    layers.push({
      inputNorm: await readCheckpointFloats(checkpoint, inputNorm!),
      attention: await readCheckpointLinear(checkpoint, [q!, k!, v!], lora, before?.attention),
      output: await readCheckpointLinear(checkpoint, [o!], lora, before?.output),
      outputNorm: await readCheckpointFloats(checkpoint, outputNorm!),
      wide: await readCheckpointLinear(checkpoint, [gate!, up!], lora, before?.wide),
      narrow: await readCheckpointLinear(checkpoint, [down!], lora, before?.narrow),
    });
  }
  const finalNorm = end === config.layers ? await readCheckpointFloats(checkpoint, FINAL_NORM) : undefined;
  return { first, layers, finalNorm };
}

/** Bytes that each layer takes once it is read: what is quantised as it is stored, all else as float32. */
export function bytesOfLayers({ config, tensors }: CheckpointWeights): number[] {
  const sizes = Array<number>(config.layers).fill(0);
  for (const { name, type, shape, byteLength } of tensors.values()) {
    const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined)
      sizes[Number(layer)]! += type === 'uint8' ? byteLength : 4 * shape.reduce((a, b) => a * b, 1);
  }
  return sizes;
}

/** A tensor of the checkpoint as float32. */
export const readCheckpointFloats = ({ tensors }: CheckpointWeights, name: string): Promise<Float32Array> =>
  toFloat32(tensors.get(name)!);

/**
 * Reads linears that share their input and joins them: in 4 or 8 bits when the checkpoint has them so, otherwise in
 * float32 with LoRA merged in. Throws an Error when they are not stored alike, or LoRA does not fit.
 * @param over another that is no longer needed: if quantised, its arrays are written over where they fit
 */
export async function readCheckpointLinear(
  checkpoint: CheckpointWeights,
  names: readonly LinearName[],
  lora: LoraWeights | undefined,
  over?: JoinedLinear,
): Promise<JoinedLinear> {
  const [bits, ...others] = new Set(names.map((linear) => storedBits(checkpoint.tensors, linear)));
  if (others.length > 0) {
    const list = names.map(({ name }) => name).join(', ');
    throw new Error(`${list}: they are not quantised alike; quantise all to as many bits, or none`);
  }
  return bits === undefined
    ? readFloatLinear(checkpoint, names, lora)
    : readJoinedBlocks(checkpoint, names, bits, lora, over?.kind === 'quantized' ? over : undefined);
}

const rowsOf = (names: readonly LinearName[]): number => names.reduce((sum, { outputs }) => sum + outputs, 0);

async function readFloatLinear(
  checkpoint: CheckpointWeights,
  names: readonly LinearName[],
  lora: LoraWeights | undefined,
): Promise<FloatLinear> {
  const { inputs } = names[0]!;
  const weight = new Float32Array(rowsOf(names) * inputs);
  let row = 0;
  for (const { name, outputs } of names) {
    const values = await readCheckpointFloats(checkpoint, `${name}.weight`);
    const a = lora?.tensors.get(`${name}.lora_A.weight`);
    const b = lora?.tensors.get(`${name}.lora_B.weight`);
    const merged = lora && a && b ? mergeLora(values, a, b, outputs, inputs, lora) : values;
    weight.set(merged, row * inputs);
    row += outputs;
  }
  return { kind: 'float32', inputs, outputs: row, weight };
}

async function readJoinedBlocks(
  checkpoint: CheckpointWeights,
  names: readonly LinearName[],
  bits: WeightBits,
  lora: LoraWeights | undefined,
  over: QuantizedLinear | undefined,
): Promise<QuantizedLinear> {
  const { inputs } = names[0]!;
  const outputs = rowsOf(names);
  const blocks = blocksOf(inputs);
  const bytes = (length: number, before: Uint8Array | undefined) =>
    before?.length === length ? before : new Uint8Array(length);
  const quants = bytes(outputs * blocks * blockBytes(bits), over?.quants);
  const scales = over?.scales.length === outputs * blocks ? over.scales : new Float32Array(outputs * blocks);
  const zeroPoints = bits === 4 ? bytes(outputs * Math.ceil(blocks / 2), over?.zeroPoints) : undefined;
  const adapted = names.filter(({ name }) => lora?.tensors.has(`${name}.lora_A.weight`));
  const thin = adapted.length * (lora?.rank ?? 0);
  const down = new Float32Array(inputs * thin);
  const up = new Float32Array(thin * outputs);
  let row = 0;
  let column = 0;
  for (const linear of names) {
    const end = row + linear.outputs;
    const [quantsOfRow, nibblesOfRow] = [blocks * blockBytes(bits), Math.ceil(blocks / 2)];
    await readMatrixInto(checkpoint.tensors, linear, {
      quants: quants.subarray(row * quantsOfRow, end * quantsOfRow),
      scales: scales.subarray(row * blocks, end * blocks),
      zeroPoints: zeroPoints?.subarray(row * nibblesOfRow, end * nibblesOfRow),
    });
    if (lora !== undefined && adapted.includes(linear)) {
      placeLora(lora, linear.name, { inputs, rows: linear.outputs, outputs, thin, row, column }, down, up);
      column += lora.rank;
    }
    row += linear.outputs;
  }
  return { kind: 'quantized', bits, inputs, outputs, quants, scales, zeroPoints, down, up, thin };
}
