import {
  float16ToFloat32,
  matchTensors,
  mergeLora,
  type TensorEntry,
  type TensorFile,
  toFloat32,
  WeightFileError,
} from '@prs-med/nn';
import {
  BLOCK,
  EMBEDDING,
  FINAL_NORM,
  type LinearName,
  linearsOfLayer,
  normsOfLayer,
} from './base-weights.js';
import type { FloatLinear } from './float-linear.js';
import type { LayerGroup, LayerRange } from './layer-groups.js';
import type { JoinedLinear, LayerWeights } from './layer-weights.js';
import type { LlamaConfig } from './llama.js';
import type { LoraWeights } from './lora-weights.js';
import { blocksOf, type Int4Matrix } from './quantize-int4.js';
import { placeLora, type QuantizedLinear } from './quantized-linear.js';

/** The output layer's name, without `.weight`: it is a linear as those of the layers are. */
export const OUTPUT = 'lm_head';

/**
 * A Llama-like model with an output layer of its own, as checkpoints have it. Names are Hugging Face's. Each linear is
 * `NAME.weight` [outputs, inputs] in floating point, or 4-bit as `NAME.weight.quants` uint8 [outputs, blocks, 16],
 * `.scales` float16 [outputs, blocks] and `.zero_points` uint8 [outputs, ceil(blocks / 2)] (see `Int4Matrix`). Tensors
 * are read when they are asked for.
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
  for (let layer = 0; layer < config.layers; layer++)
    for (const name of normsOfLayer(layer)) shapes.set(name, [config.hidden]);
  for (const linear of linearsOfCheckpoint(config)) {
    const weight = `${linear.name}.weight`;
    if (file.entries.has(`${weight}.quants`))
      for (const [name, shape] of int4Shapes(linear)) shapes.set(name, shape);
    else shapes.set(weight, [linear.outputs, linear.inputs]);
  }
  const ignore = (name: string) => !/^(model|lm_head)\./.test(name) || name.endsWith('.rotary_emb.inv_freq');
  const tensors = matchTensors(shapes, file, { ignore });
  for (const { name, type } of tensors.values()) {
    const wanted = INT4_TYPES[name.slice(name.lastIndexOf('.') + 1)];
    if (wanted !== undefined && type !== wanted)
      throw new WeightFileError(
        file.name,
        `${name} is ${type}, not ${wanted}`,
        'quantise the checkpoint again',
      );
  }
  return { config, tensors };
}

/** Types of a 4-bit linear's tensors, by the last part of their names. */
const INT4_TYPES: Readonly<Record<string, TensorEntry['type']>> = {
  quants: 'uint8',
  scales: 'float16',
  zero_points: 'uint8',
};

/** The three tensors of a 4-bit linear with their shapes. */
export function int4Shapes({ name, outputs, inputs }: LinearName): [string, readonly number[]][] {
  const blocks = blocksOf(inputs);
  return [
    [`${name}.weight.quants`, [outputs, blocks, BLOCK / 2]],
    [`${name}.weight.scales`, [outputs, blocks]],
    [`${name}.weight.zero_points`, [outputs, Math.ceil(blocks / 2)]],
  ];
}

/** Reads layers, one by one, with LoRA in their linears or beside them. Throws an Error when LoRA does not fit. */
export async function readCheckpointLayers(
  checkpoint: CheckpointWeights,
  lora: LoraWeights | undefined,
  { first, end }: LayerRange,
): Promise<LayerGroup> {
  const { config } = checkpoint;
  const layers: LayerWeights[] = [];
  for (let layer = first; layer < end; layer++) {
    const [q, k, v, o, gate, up, down] = linearsOfLayer(config, layer);
    const [inputNorm, outputNorm] = normsOfLayer(layer);
    layers.push({
      inputNorm: await readCheckpointFloats(checkpoint, inputNorm!),
      attention: await readCheckpointLinear(checkpoint, [q!, k!, v!], lora),
      output: await readCheckpointLinear(checkpoint, [o!], lora),
      outputNorm: await readCheckpointFloats(checkpoint, outputNorm!),
      wide: await readCheckpointLinear(checkpoint, [gate!, up!], lora),
      narrow: await readCheckpointLinear(checkpoint, [down!], lora),
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
 * Reads linears that share their input and joins them: in 4 bits when the checkpoint has them so, otherwise in float32
 * with LoRA merged in.
 */
export async function readCheckpointLinear(
  checkpoint: CheckpointWeights,
  names: readonly LinearName[],
  lora: LoraWeights | undefined,
): Promise<JoinedLinear> {
  const quantized = names.filter(({ name }) => checkpoint.tensors.has(`${name}.weight.quants`));
  if (quantized.length === names.length) return readInt4Linear(checkpoint, names, lora);
  if (quantized.length > 0) {
    const list = names.map(({ name }) => name).join(', ');
    throw new Error(`${list}: some are 4-bit and some are not; quantise all or none`);
  }
  return readFloatLinear(checkpoint, names, lora);
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

async function readInt4Linear(
  checkpoint: CheckpointWeights,
  names: readonly LinearName[],
  lora: LoraWeights | undefined,
): Promise<QuantizedLinear> {
  const { inputs } = names[0]!;
  const outputs = rowsOf(names);
  const blocks = blocksOf(inputs);
  const quants = new Uint8Array((outputs * blocks * BLOCK) / 2);
  const scales = new Float32Array(outputs * blocks);
  const zeroPoints = new Uint8Array(outputs * Math.ceil(blocks / 2));
  const adapted = names.filter(({ name }) => lora?.tensors.has(`${name}.lora_A.weight`));
  const thin = adapted.length * (lora?.rank ?? 0);
  const down = new Float32Array(inputs * thin);
  const up = new Float32Array(thin * outputs);
  let row = 0;
  let column = 0;
  for (const linear of names) {
    const own = await readInt4Matrix(checkpoint, linear);
    quants.set(own.quants, (row * blocks * BLOCK) / 2);
    scales.set(own.scales, row * blocks);
    zeroPoints.set(own.zeroPoints, row * Math.ceil(blocks / 2));
    if (lora !== undefined && adapted.includes(linear)) {
      placeLora(lora, linear.name, { inputs, rows: linear.outputs, outputs, thin, row, column }, down, up);
      column += lora.rank;
    }
    row += linear.outputs;
  }
  return { kind: 'int4', inputs, outputs, quants, scales, zeroPoints, down, up, thin };
}

/** A linear that the checkpoint has in 4 bits. */
export async function readInt4Matrix(
  { tensors }: CheckpointWeights,
  { name, outputs, inputs }: LinearName,
): Promise<Int4Matrix> {
  const read = (part: string) => tensors.get(`${name}.weight.${part}`)!.read();
  const halves = await read('scales');
  return {
    outputs,
    inputs,
    quants: await read('quants'),
    scales: float16ToFloat32(new Uint16Array(halves.buffer, halves.byteOffset, halves.byteLength / 2)),
    zeroPoints: await read('zero_points'),
  };
}
