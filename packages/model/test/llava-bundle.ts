import { createHash } from 'node:crypto';
import { float32ToFloat16, tensorEntry, toFloat32, writeSafetensors } from '@prs-med/nn';
import {
  byteTokenizer,
  type FileRecord,
  finishConfig,
  floatShards,
  initialParameters,
  llavaShapes,
  matchLlavaTensors,
  type Parameters,
  type Preset,
  paperTiny,
  quantizedShards,
  readCheckpointWeights,
  shardIndex,
  TOKENIZER_CONFIG_JSON,
  TOKENIZER_JSON,
  TRAINED_FILE,
  VISION_TOWER_FILE,
  visionTowerShapes,
  writeTrained,
} from '../src/index.js';
import { BASE_INDEX } from '../src/language/base-shards.js';
import { type Quantization, WEIGHT_BITS } from '../src/node/unfinished-shards.js';
import { llavaTiny } from './llava/tiny-llava.js';

/** Bytes for words: what begins and ends a sequence are tokens of their own. */
const TOKENIZER = {
  json: byteTokenizer(paperTiny.language.vocabulary),
  config: JSON.stringify({ bos_token: '<|endoftext|>', eos_token: '<|im_end|>' }),
};

/** Parameters whose masks say something, with the projector and, where asked, the adapter of the golden LLaVA. */
export async function llavaParameters(preset: Preset, { adapted = true } = {}): Promise<Parameters> {
  const { config, file, adapter } = await llavaTiny();
  const parameters = new Map(await initialParameters(preset, 5));
  const change = (name: string, map: (value: number, i: number) => number) => {
    const { shape, data } = parameters.get(name)!;
    parameters.set(name, { shape, data: data.map(map) });
  };
  for (const [name, entry] of matchLlavaTensors(llavaShapes(config), file)) {
    const parameter = parameters.get(name);
    if (parameter !== undefined) parameters.set(name, { ...parameter, data: await toFloat32(entry) });
  }
  for (const [name, data] of adapter.tensors) {
    // The preset's alpha is another than the adapter's: what differs goes into B.
    const scale = name.endsWith('lora_B.weight') ? adapter.alpha / preset.language.lora.alpha : 1;
    change(`language.${name}`, (_, i) => (adapted ? data[i]! * scale : 0));
  }
  if (preset.decoder.kind === 'prompted') {
    change('decoder.out_dec.weight', (value) => 8 * value);
  } else {
    change('presence.linear_2.bias', () => 3);
    change('decoder.head.bias', () => 0);
    change('decoder.head.weight', (value) => 30 * value);
  }
  return parameters;
}

/** The files of a bundle of the golden LLaVA, by name. */
export async function llavaFiles(
  preset: Preset,
  parameters: Parameters,
  quantization: Quantization = 'int4',
): Promise<Map<string, Uint8Array>> {
  const { config, file } = await llavaTiny();
  const checkpoint = readCheckpointWeights(file, config.language);
  const files = new Map<string, Uint8Array>();
  const bits = WEIGHT_BITS[quantization];
  const shards = await gathered(
    bits === undefined ? floatShards(checkpoint) : quantizedShards(checkpoint, bits),
  );
  for (const shard of shards) files.set(shard.file, await writeSafetensors(shard.entries));
  const text = (name: string, content: string) => files.set(name, new TextEncoder().encode(content));
  text(BASE_INDEX, shardIndex(shards));
  text(TOKENIZER_JSON, TOKENIZER.json);
  text(TOKENIZER_CONFIG_JSON, TOKENIZER.config);
  const all = matchLlavaTensors(llavaShapes(config), file);
  const tower = [...visionTowerShapes(preset)].map(async ([name, shape]) =>
    tensorEntry(name, shape, 'float16', float32ToFloat16(await toFloat32(all.get(name)!))),
  );
  files.set(VISION_TOWER_FILE, await writeSafetensors(await Promise.all(tower)));
  files.set(TRAINED_FILE, await writeTrained(parameters, 'float32'));
  return files;
}

/** The files with the config that lists them. */
export async function withConfig(
  preset: Preset,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Map<string, Uint8Array>> {
  const records = new Map<string, FileRecord>();
  for (const [name, bytes] of files) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    records.set(name, { sha256, bytes: bytes.byteLength });
  }
  const description = { name: 'tiny', version: '1', trained: false, preset, provenance: {}, licences: [] };
  const { name, chunks } = finishConfig(description, records);
  const config = Buffer.concat(await gathered(chunks));
  return new Map([...files, [name, new Uint8Array(config)]]);
}

async function gathered<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
