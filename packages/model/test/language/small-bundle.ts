import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bytesSource, readSafetensors, readShardedSafetensors, toFloat32 } from '@prs-med/nn';
import { BASE_INDEX } from '../../src/language/base-shards.js';
import { type BaseWeights, readBaseWeights } from '../../src/language/base-weights.js';
import { loadTokenizer, type Tokenizer } from '../../src/language/tokenizer.js';
import { small } from '../../src/presets.js';

const bundle = new URL('../../../../models/small/', import.meta.url);
const fixtures = new URL('../fixtures/', import.meta.url);

/** Whether the base weights are there; the golden tests are skipped without them. */
export const hasSmallBundle = existsSync(new URL(BASE_INDEX, bundle));
if (!hasSmallBundle) {
  console.warn(
    `skipped: tests with the real language model, because ${fileURLToPath(new URL(BASE_INDEX, bundle))} is missing`,
  );
}

export const smallConfig = small.language;

export async function smallBase(): Promise<BaseWeights> {
  const open = async (file: string) => bytesSource(file, await readFile(new URL(file, bundle)));
  const index = await readFile(new URL(BASE_INDEX, bundle), 'utf8');
  return readBaseWeights(await readShardedSafetensors(open, index), smallConfig);
}

export function smallTokenizer(): Tokenizer {
  const text = (file: string) => readFileSync(new URL(file, bundle), 'utf8');
  return loadTokenizer(text('tokenizer.json'), text('tokenizer_config.json'));
}

export interface Golden {
  readonly seed: number;
  readonly tokenizer: readonly { readonly text: string; readonly ids: number[] }[];
  readonly generation: readonly {
    readonly question: string;
    readonly prompt: string;
    readonly prompt_ids: number[];
    readonly greedy_ids: number[];
    readonly text: string;
  }[];
  readonly lora: {
    readonly r: number;
    readonly alpha: number;
    readonly order: readonly string[];
    readonly input_ids: number[];
    readonly labels: number[];
    readonly loss: number;
    readonly grad_norms: Readonly<Record<string, number>>;
  };
}

/** What PyTorch and transformers computed with the same weights. */
export const golden: Golden = JSON.parse(readFileSync(new URL('small_towers.json', fixtures), 'utf8'));

/** A tensor of the golden file. */
export async function goldenTensor(name: string): Promise<Float32Array> {
  const bytes = await readFile(new URL('small_towers.safetensors', fixtures));
  const entry = (await readSafetensors(bytesSource('golden', bytes))).entries.get(name);
  if (entry === undefined) throw new Error(`no golden tensor ${name}`);
  return toFloat32(entry);
}

/** A page of plain medical English. */
export const medicalPage = (): string => readFileSync(new URL('medical-page.txt', fixtures), 'utf8').trim();
