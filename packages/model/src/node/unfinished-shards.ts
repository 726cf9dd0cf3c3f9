import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safetensorsChunks } from '@prs-med/nn';
import { z } from 'zod';
import { BundleError } from '../bundle/bundle-error.js';
import type { FileRecord } from '../bundle/config.js';
import { shardIndex } from '../language/base-shards.js';
import type { CheckpointWeights } from '../language/checkpoint-weights.js';
import { floatShards, type Quantizer, quantizedShards } from '../language/quantize-checkpoint.js';
import type { WeightBits } from '../language/quantized-matrix.js';
import { statOf, writeFolderFile } from './whole-folder.js';

/** Name of the file that says what an unfinished folder is made from and which shards are whole. */
export const UNFINISHED_FILE = 'unfinished.json';

const quantizationSchema = z.enum(['int4', 'int8', 'none']);

/** What becomes of the linears: 4 bits, 8 bits, or nothing. */
export type Quantization = z.infer<typeof quantizationSchema>;

/** The bits that linears are quantised to; undefined where they are not. */
export const WEIGHT_BITS: Readonly<Record<Quantization, WeightBits | undefined>> = {
  int4: 4,
  int8: 8,
  none: undefined,
};

/** What shards are made from: SHA-256 by file name. The same inputs mean that a call may go on. */
export type ShardInputs = Readonly<Record<string, string>>;

/** The language model's files as they lie in the folder. */
export interface LanguageShards {
  readonly files: ReadonlyMap<string, FileRecord>;
  /** The text of their index, `language.safetensors.index.json` in a bundle. */
  readonly index: string;
  /** What quantising cost each linear: root mean square error over the weights' standard deviation. */
  readonly errors: ReadonlyMap<string, number>;
}

const finishedShard = z.strictObject({
  sha256: z.string(),
  bytes: z.int().nonnegative(),
  /** Bytes of each tensor, for the index. */
  tensors: z.record(z.string(), z.int().nonnegative()),
  errors: z.record(z.string(), z.number()),
});

const recordSchema = z.strictObject({
  quantization: quantizationSchema,
  inputs: z.record(z.string(), z.string()),
  shards: z.record(z.string(), finishedShard),
});

type UnfinishedRecord = z.infer<typeof recordSchema>;

/**
 * Writes a checkpoint into a folder, a file a layer, with one layer in memory at a time; its linears quantised where that
 * is asked for. Whoever calls again with the same inputs after a kill goes on behind the shards that are whole; one that
 * is missing or cut is made again. `UNFINISHED_FILE` stays in the folder: take it away when the folder is done.
 * @param options.quantizer what quantises; the caller's thread when left out
 * @param options.onShard hears of each shard, those of an earlier call first, and of how many there will be
 * @param options.signal ends the writing within a shard, which keeps those that are whole
 * @throws BundleError when the folder was begun otherwise or from other inputs, or its record cannot be read
 */
export async function writeLanguageShards(
  folder: string,
  checkpoint: CheckpointWeights,
  quantization: Quantization,
  inputs: ShardInputs,
  options: {
    readonly quantizer?: Quantizer | undefined;
    readonly onShard?: ((done: number, of: number) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<LanguageShards> {
  const { signal, onShard, quantizer } = options;
  await mkdir(folder, { recursive: true });
  const begun: UnfinishedRecord = { quantization, inputs, shards: {} };
  const record = (await readRecord(folder, begun)) ?? begun;
  await dropCutShards(folder, record);
  // Written before anything else: a folder that holds other files has no record.
  await writeRecord(folder, record);
  const finished = new Set(Object.keys(record.shards));
  const count = checkpoint.config.layers + 1;
  const tell = () => onShard?.(Object.keys(record.shards).length, count);
  if (finished.size > 0) tell();
  signal?.throwIfAborted();
  const from = stoppable(checkpoint, signal);
  const bits = WEIGHT_BITS[quantization];
  const shards =
    bits === undefined ? floatShards(from, finished) : quantizedShards(from, bits, finished, quantizer);
  for await (const { file, entries, errors } of shards) {
    const part = `${file}.part`;
    await rm(join(folder, part), { force: true });
    const written = await writeFolderFile(folder, { name: part, chunks: safetensorsChunks(entries) });
    await rename(join(folder, part), join(folder, file));
    record.shards[file] = {
      ...written,
      tensors: Object.fromEntries(entries.map(({ name, byteLength }) => [name, byteLength])),
      errors: Object.fromEntries(errors),
    };
    await writeRecord(folder, record);
    tell();
    signal?.throwIfAborted();
  }
  return summaryOf(record);
}

/** The checkpoint, where reading a tensor asks the signal first: a layer takes half a minute. */
const stoppable = (checkpoint: CheckpointWeights, signal: AbortSignal | undefined): CheckpointWeights => ({
  ...checkpoint,
  tensors: new Map(
    [...checkpoint.tensors].map(([name, entry]) => [
      name,
      {
        ...entry,
        read: async () => {
          signal?.throwIfAborted();
          return entry.read();
        },
      },
    ]),
  ),
});

/** The record of an earlier call; undefined where there was none. */
async function readRecord(
  folder: string,
  { quantization, inputs }: UnfinishedRecord,
): Promise<UnfinishedRecord | undefined> {
  const path = join(folder, UNFINISHED_FILE);
  if ((await statOf(path)) === undefined) return undefined;
  let record: UnfinishedRecord;
  try {
    record = recordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new BundleError(path, 'this is no record of an unfinished bundle', 'delete the folder it is in', {
      cause: error,
    });
  }
  if (record.quantization !== quantization) {
    throw new BundleError(
      folder,
      `it was begun with quantisation ${record.quantization}, not ${quantization}`,
      'ask for the same again to go on, or delete this folder to start anew',
    );
  }
  const names = new Set([...Object.keys(inputs), ...Object.keys(record.inputs)]);
  const others = [...names].filter((name) => inputs[name] !== record.inputs[name]);
  if (others.length === 0) return record;
  throw new BundleError(
    folder,
    `it was begun from other files (${others.join(', ')})`,
    'name the same files again to go on, or delete this folder to start anew',
  );
}

/** Forgets shards that are not there or are of another length than was written. */
async function dropCutShards(folder: string, record: UnfinishedRecord): Promise<void> {
  for (const [file, { bytes }] of Object.entries(record.shards)) {
    if ((await statOf(join(folder, file)))?.size !== bytes) delete record.shards[file];
  }
}

async function writeRecord(folder: string, record: UnfinishedRecord): Promise<void> {
  const path = join(folder, UNFINISHED_FILE);
  await writeFile(`${path}.part`, `${JSON.stringify(record)}\n`, { flush: true });
  await rename(`${path}.part`, path);
}

function summaryOf({ shards }: UnfinishedRecord): LanguageShards {
  const sorted = Object.entries(shards).sort(([a], [b]) => (a < b ? -1 : 1));
  const contents = sorted.map(([file, { tensors }]) => ({
    file,
    entries: Object.entries(tensors).map(([name, byteLength]) => ({ name, byteLength })),
  }));
  return {
    files: new Map(sorted.map(([file, { sha256, bytes }]) => [file, { sha256, bytes }])),
    index: shardIndex(contents),
    errors: new Map(sorted.flatMap(([, { errors }]) => Object.entries(errors))),
  };
}
