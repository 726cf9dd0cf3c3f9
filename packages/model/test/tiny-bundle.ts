import { createHash } from 'node:crypto';
import {
  type BundleParts,
  bundleFiles,
  byteTokenizer,
  type FileRecord,
  finishConfig,
  initialParameters,
  type Parameters,
  randomLanguage,
  TOKENIZER_JSON,
  tiny,
} from '../src/index.js';

/** Parts of a bundle of preset `tiny` of random numbers. */
export async function tinyParts(parameters?: Parameters): Promise<BundleParts> {
  return {
    description: {
      name: 'tiny',
      version: '1.2.3',
      trained: false,
      preset: tiny,
      provenance: { seed: 1, figures: { dice: 0.5 } },
      licences: [{ part: 'all', licence: 'Apache-2.0', source: 'a test' }],
    },
    language: randomLanguage(tiny.language, 1),
    tokenizer: new Map([[TOKENIZER_JSON, byteTokenizer(tiny.language.vocabulary)]]),
    trained: parameters ?? (await initialParameters(tiny, 1)),
  };
}

/** The files of a bundle, config included, by name. */
export async function filesOf(parts: BundleParts): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const records = new Map<string, FileRecord>();
  for await (const { name, chunks } of bundleFiles(parts)) {
    const bytes = await gather(chunks);
    files.set(name, bytes);
    records.set(name, {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.byteLength,
    });
  }
  const config = finishConfig(parts.description, records);
  files.set(config.name, await gather(config.chunks));
  return files;
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}
