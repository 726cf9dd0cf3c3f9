import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesSource, readSafetensors, toFloat32 } from '@prs-med/nn';
import { readAdapter } from '../../src/llava/adapter.js';
import { readCheckpointTensors, readText } from '../../src/llava/checkpoint.js';
import { parseLlavaConfig } from '../../src/llava/config.js';
import { canonicalTensors } from '../../src/llava/names.js';
import { checkpointFolder } from '../../src/node/checkpoint-folder.js';
import { probe } from '../language/reference.js';

const folder = new URL('../fixtures/llava-tiny/', import.meta.url);

export const llavaTinyPath = fileURLToPath(folder);
export const llavaTinyAdapterPath = fileURLToPath(new URL('adapter/', folder));

interface Expected {
  readonly tokens_before_image: number[];
  readonly tokens_after_image: number[];
  readonly greedy_ids: number[];
  readonly visual_tokens: number;
}

/** What PyTorch and transformers were asked, and the tokens that they gave; see shared/golden/README.md. */
export const expected: Expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));

/** A tensor of what they computed. */
export async function expectedTensor(name: string): Promise<Float32Array> {
  const bytes = readFileSync(new URL('expected.safetensors', folder));
  const entry = (await readSafetensors(bytesSource('expected', bytes))).entries.get(name);
  if (entry === undefined) throw new Error(`no golden tensor ${name}`);
  return toFloat32(entry);
}

/** The picture that the golden values are of, [1, 3, 56, 56]. */
export const goldenPicture = (): Float32Array => probe(3 * 56 * 56, 20261102);

/** The tiny LLaVA-Med: its shape, its tensors under their names here, its adapter. */
export async function llavaTiny() {
  const checkpoint = await checkpointFolder(llavaTinyPath);
  const config = parseLlavaConfig(await readText(checkpoint, 'config.json'));
  const file = canonicalTensors(await readCheckpointTensors(checkpoint));
  const adapter = await readAdapter(await checkpointFolder(llavaTinyAdapterPath), config.language);
  return { config, file, adapter };
}

/** Tensors read into memory. */
export async function valuesOf(
  entries: ReadonlyMap<string, Parameters<typeof toFloat32>[0]>,
): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [name, entry] of entries) values.set(name, await toFloat32(entry));
  return values;
}
