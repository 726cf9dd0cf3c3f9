import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readShardedSafetensors } from '@prs-med/nn';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointWeights, readCheckpointWeights } from '../../src/language/checkpoint-weights.js';
import { checkpointFolder } from '../../src/node/checkpoint-folder.js';
import { openQuantizingThreads } from '../../src/node/quantizing-threads.js';
import {
  type Quantization,
  type ShardInputs,
  UNFINISHED_FILE,
  writeLanguageShards,
} from '../../src/node/unfinished-shards.js';
import { llavaTiny } from '../llava/tiny-llava.js';

const INPUTS = { 'model-00001-of-00002.safetensors': 'a' };
const SECOND = 'language-00002-of-00004.safetensors';

let checkpoint: CheckpointWeights;
let folder: string;

beforeAll(async () => {
  const { file, config } = await llavaTiny();
  checkpoint = readCheckpointWeights(file, config.language);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prs-med-shards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (
  from: CheckpointWeights,
  inputs: ShardInputs = INPUTS,
  options: Parameters<typeof writeLanguageShards>[4] = {},
  quantization: Quantization = 'int4',
) => writeLanguageShards(folder, from, quantization, inputs, options);

/** The checkpoint, where a tensor that is read is written down by its name. */
function watched(): { readonly checkpoint: CheckpointWeights; readonly read: string[] } {
  const read: string[] = [];
  const tensors = new Map(
    [...checkpoint.tensors].map(([name, entry]) => [
      name,
      {
        ...entry,
        read: () => {
          read.push(name);
          return entry.read();
        },
      },
    ]),
  );
  return { checkpoint: { ...checkpoint, tensors }, read };
}

const contents = () =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.safetensors'))
      .map((name) => [name, readFileSync(join(folder, name), 'hex')]),
  );

/** Stops after a number of shards, as a kill between two does. */
async function stopAfter(shards: number, quantization?: Quantization): Promise<void> {
  const stop = new AbortController();
  const onShard = (done: number) => {
    if (done === shards) stop.abort();
  };
  const stopped = write(checkpoint, INPUTS, { onShard, signal: stop.signal }, quantization);
  await expect(stopped).rejects.toThrow(/abort/);
}

describe('shards of a quantised language model', () => {
  it.each([
    ['int4', 0.01, 0.15],
    ['int8', 0.001, 0.01],
  ] as const)(
    'are a file a layer and one for the rest, and can be read again: %s',
    async (quantization, least, most) => {
      const heard: (readonly [number, number])[] = [];
      const onShard = (done: number, of: number) => heard.push([done, of]);
      const { files, index, errors } = await write(checkpoint, INPUTS, { onShard }, quantization);
      expect(heard).toEqual([1, 2, 3, 4].map((done) => [done, 4]));
      for (const [name, { bytes }] of files) expect(statSync(join(folder, name)).size).toBe(bytes);
      const inside = await checkpointFolder(folder);
      const read = readCheckpointWeights(
        await readShardedSafetensors((name) => inside.open(name), index),
        checkpoint.config,
      );
      expect(read.tensors.has('model.layers.2.mlp.down_proj.weight.quants')).toBe(true);
      expect(errors.size).toBe(7 * 3 + 1);
      for (const [name, error] of errors) {
        expect(error).toBeGreaterThan(name === 'lm_head' ? 0.001 : least);
        expect(error).toBeLessThan(most);
      }
    },
  );

  it.each(['int4', 'int8'] as const)(
    'are gone on with after a stop, to the same bytes, and what is whole is not made again: %s',
    async (quantization) => {
      const whole = await write(checkpoint, INPUTS, {}, quantization);
      const bytes = contents();
      rmSync(folder, { recursive: true });
      await stopAfter(2, quantization);
      expect(contents().size).toBe(2);
      // As a kill within a shard leaves it.
      writeFileSync(join(folder, 'language-00003-of-00004.safetensors.part'), 'half');
      const { checkpoint: rest, read } = watched();
      expect(await write(rest, INPUTS, {}, quantization)).toEqual(whole);
      expect(contents()).toEqual(bytes);
      expect(read.some((name) => name.startsWith('model.layers.2.'))).toBe(true);
      expect(read.filter((name) => /^model\.layers\.[01]\./.test(name))).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    },
  );

  it.each(['int4', 'int8'] as const)('are the same bytes from several threads: %s', async (quantization) => {
    const whole = await write(checkpoint, INPUTS, {}, quantization);
    const bytes = contents();
    rmSync(folder, { recursive: true });
    const threads = openQuantizingThreads(2);
    try {
      expect(await write(checkpoint, INPUTS, { quantizer: threads }, quantization)).toEqual(whole);
      expect(contents()).toEqual(bytes);
      const noNumber = threads.quantize(Float32Array.of(NaN, 1), 1, 2, quantization === 'int4' ? 4 : 8);
      await expect(noNumber).rejects.toThrow(/value 0 .*is not finite/);
    } finally {
      await threads.close();
    }
  });

  it.each([
    ['cut', () => truncateSync(join(folder, SECOND), 100)],
    ['missing', () => rmSync(join(folder, SECOND))],
  ])('are made again where one is %s', async (_, harm) => {
    await write(checkpoint);
    const bytes = contents();
    harm();
    const { checkpoint: again, read } = watched();
    await write(again);
    expect(contents()).toEqual(bytes);
    expect(read.every((name) => name.startsWith('model.layers.1.'))).toBe(true);
  });

  it('are not mixed with those of other inputs', async () => {
    await stopAfter(1);
    const before = contents();
    const other = { 'model-00001-of-00002.safetensors': 'b' };
    await expect(write(checkpoint, other)).rejects.toThrow(
      `${folder}: it was begun from other files (model-00001-of-00002.safetensors); name the same files`,
    );
    expect(contents()).toEqual(before);
  });

  it('are as they were where nothing is quantised, and not mixed with quantised ones', async () => {
    const { index, errors } = await writeLanguageShards(folder, checkpoint, 'none', INPUTS);
    expect(errors.size).toBe(0);
    const inside = await checkpointFolder(folder);
    const read = readCheckpointWeights(
      await readShardedSafetensors((name) => inside.open(name), index),
      checkpoint.config,
    );
    expect([...read.tensors.keys()]).toEqual([...checkpoint.tensors.keys()]);
    for (const [name, { type, read: readEntry }] of checkpoint.tensors) {
      expect(read.tensors.get(name)!.type).toBe(type);
      const again = await read.tensors.get(name)!.read();
      expect(Buffer.compare(again, await readEntry())).toBe(0);
    }
    for (const other of ['int4', 'int8'] as const)
      await expect(write(checkpoint, INPUTS, {}, other)).rejects.toThrow(
        `it was begun with quantisation none, not ${other};`,
      );
  });

  it('are stopped within a layer', async () => {
    const stop = new AbortController();
    const { checkpoint: slow, read } = watched();
    const entries = new Map(slow.tensors);
    const name = 'model.layers.1.self_attn.k_proj.weight';
    const { read: readLast, ...entry } = entries.get(name)!;
    const readAndStop = async () => {
      stop.abort();
      return readLast();
    };
    entries.set(name, { ...entry, read: readAndStop });
    const writing = write({ ...slow, tensors: entries }, INPUTS, { signal: stop.signal });
    await expect(writing).rejects.toThrow(/abort/);
    expect(contents().size).toBe(1);
    expect(read.at(-1)).toBe(name);
  });

  it('are not gone on with by a record that cannot be read', async () => {
    writeFileSync(join(folder, UNFINISHED_FILE), '{"inputs":');
    await expect(write(checkpoint)).rejects.toThrow(/no record of an unfinished/);
  });
});
