import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { rootScope, type Scope } from '@prs-med/nn';
import { LANGUAGE_SCOPE } from '../bundle/parameter-shapes.js';
import type { Parameters } from '../bundle/trained.js';
import { type BaseWeights, BLOCK, EMBEDDING } from '../language/base-weights.js';
import { llama } from '../language/llama.js';
import type { Preset } from '../preset.js';

/**
 * The language model as a reader of one question, for runtimes that know nothing of this project: `input_ids` int64
 * [1, length], padded at the end, to `states_LAYER` [1, length, hidden] of each layer that the fusion reads. Nothing
 * after a token changes its states, so padding may be any id. The 4-bit base stays as it is stored: the graph unpacks
 * it, which a runtime does once, and LoRA stands beside it.
 */
export async function questionReader(
  base: BaseWeights,
  parameters: Parameters,
  preset: Preset,
  length: number,
): Promise<Record<string, Tensor>> {
  const stored = await readStored(base);
  const ids = ag.input('input_ids', [1, length], 'int64');
  const positions = ag.constant(
    BigInt64Array.from({ length }, (_, i) => BigInt(i)),
    [1, length],
    'int64',
  );
  const states = llama(
    languageScope(stored, parameters),
    {
      embeddings: embed(stored, ids, preset.language.hidden),
      positions,
      bias: ag.reshape(ag.causalBias(length, length), [1, 1, length, length]),
    },
    preset.language,
    preset.language.lora,
  );
  return Object.fromEntries(
    preset.fusion.layersRead.map((layer) => [`states_${layer}`, states[layer]!] as const),
  );
}

/** Tensors of the base as constants of their stored types. */
type StoredTensors = ReadonlyMap<string, Tensor>;

async function readStored(base: BaseWeights): Promise<StoredTensors> {
  const stored = new Map<string, Tensor>();
  for (const [name, entry] of base.tensors) {
    const { buffer, byteOffset, byteLength } = await entry.read();
    const type = entry.type as 'float32' | 'float16' | 'int8' | 'uint8';
    const data = {
      float32: () => new Float32Array(buffer, byteOffset, byteLength / 4),
      float16: () => new Uint16Array(buffer, byteOffset, byteLength / 2),
      int8: () => new Int8Array(buffer, byteOffset, byteLength),
      uint8: () => new Uint8Array(buffer, byteOffset, byteLength),
    }[type]();
    stored.set(name, ag.constant(data, entry.shape, type, name));
  }
  return stored;
}

/** Norms and unpacked linears of the base, and LoRA from the trained parameters. */
function languageScope(stored: StoredTensors, parameters: Parameters): Scope {
  return rootScope((name, shape) => {
    const trained = parameters.get(`${LANGUAGE_SCOPE}.${name}`);
    if (trained !== undefined) return ag.constant(trained.data, shape, 'float32', name);
    const plain = stored.get(name);
    return plain ?? unpack(stored, name, shape);
  });
}

/** A 4-bit linear as float32 [outputs, inputs]: quant x scale + minimum, two quants a byte, the low half first. */
function unpack(stored: StoredTensors, name: string, shape: ag.Shape): Tensor {
  const part = (suffix: string): Tensor => stored.get(`${name}.${suffix}`)!;
  const packed = part('quants');
  const bits = (value: number) => ag.constant(Uint8Array.of(value), [1], 'uint8');
  const low = ag.addNode('BitwiseAnd', [packed, bits(15)], { outputs: [{ shape: packed.shape }] })[0]!;
  const high = ag.addNode('BitShift', [packed, bits(4)], {
    attributes: { direction: 'RIGHT' },
    outputs: [{ shape: packed.shape }],
  })[0]!;
  const pair = [low, high].map((half) => ag.reshape(half, [...packed.shape, 1]));
  const blocks = [...packed.shape.slice(0, 2), BLOCK];
  const quants = ag.cast(ag.reshape(ag.concatenate(pair, 3), blocks), 'float32');
  const perBlock = (suffix: string) =>
    ag.cast(ag.reshape(part(suffix), [...packed.shape.slice(0, 2), 1]), 'float32');
  return ag.reshape(ag.add(ag.multiply(quants, perBlock('scales')), perBlock('minimums')), shape);
}

/** Rows of the 8-bit embedding: only the tokens' own are ever made float32. */
function embed(stored: StoredTensors, ids: Tensor, hidden: number): Tensor {
  const rows = (suffix: string): Tensor =>
    ag.cast(ag.embedding(stored.get(`${EMBEDDING}.${suffix}`)!, ids), 'float32');
  const [n, length] = ids.shape as [number, number];
  const blocks = [n, length, hidden / BLOCK] as const;
  const values = ag.multiply(
    ag.reshape(rows('quants'), [...blocks, BLOCK]),
    ag.reshape(rows('scales'), [...blocks, 1]),
  );
  return ag.reshape(values, [n, length, hidden]);
}
