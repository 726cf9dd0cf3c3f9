import type * as ag from '@prs-med/autograd';
import type { TensorFile } from '@prs-med/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCheckpointTensors } from '../../src/llava/checkpoint.js';
import { llavaShapes } from '../../src/llava/llava.js';
import { canonicalName, canonicalTensors, matchLlavaTensors } from '../../src/llava/names.js';
import { checkpointFolder } from '../../src/node/checkpoint-folder.js';
import { llavaTiny, llavaTinyPath } from './tiny-llava.js';

/** LLaVA's names to Hugging Face's: on disk, and as the modules are nested since transformers 4.52. */
const onDisk = (name: string): string =>
  name
    .replace(/^model\.vision_tower\.vision_tower\./, 'vision_tower.')
    .replace(/^model\.mm_projector\.0\./, 'multi_modal_projector.linear_1.')
    .replace(/^model\.mm_projector\.2\./, 'multi_modal_projector.linear_2.')
    .replace(/^(model\.(layers|embed_tokens|norm)|lm_head)\./, 'language_model.$1.');
const nested = (name: string): string =>
  onDisk(name)
    .replace(/^language_model\.lm_head\./, 'lm_head.')
    .replace(/^language_model\.model\./, 'model.language_model.')
    .replace(/^(vision_tower|multi_modal_projector)\./, 'model.$1.');

let file: TensorFile;
let shapes: Map<string, ag.Shape>;

beforeAll(async () => {
  file = await readCheckpointTensors(await checkpointFolder(llavaTinyPath));
  shapes = llavaShapes((await llavaTiny()).config);
});

const renamed = (rename: (name: string) => string): TensorFile => ({
  ...file,
  entries: new Map([...file.entries].map(([name, entry]) => [rename(name), entry])),
});

describe('names of a LLaVA checkpoint', () => {
  test.each([
    ['model.layers.0.self_attn.q_proj.weight', 'model.layers.0.self_attn.q_proj.weight'],
    ['language_model.model.layers.0.self_attn.q_proj.weight', 'model.layers.0.self_attn.q_proj.weight'],
    ['model.language_model.embed_tokens.weight', 'model.embed_tokens.weight'],
    ['language_model.lm_head.weight', 'lm_head.weight'],
    ['model.mm_projector.2.bias', 'mm_projector.2.bias'],
    ['multi_modal_projector.linear_2.bias', 'mm_projector.2.bias'],
    [
      'model.vision_tower.vision_tower.vision_model.embeddings.class_embedding',
      'vision_tower.vision_model.embeddings.class_embedding',
    ],
  ])('%s', (name, canonical) => {
    expect(canonicalName(name)).toBe(canonical);
  });

  test.each([
    ["LLaVA's", (name: string) => name],
    ["Hugging Face's on disk", onDisk],
    ["Hugging Face's nested", nested],
  ])('%s give every tensor that the model asks for', async (_, rename) => {
    const other = renamed(rename);
    const matched = matchLlavaTensors(shapes, other);
    expect([...matched.keys()]).toEqual([...shapes.keys()]);
    const original = 'model.mm_projector.0.weight';
    expect(await matched.get('mm_projector.0.weight')!.read()).toEqual(
      await file.entries.get(original)!.read(),
    );
  });

  test('leave out index buffers and the layers of the tower beyond the one that is read, nothing else', () => {
    const entry = [...file.entries.values()][0]!;
    const tower = 'model.vision_tower.vision_tower.vision_model.';
    const extra = new Map([...file.entries, [`${tower}embeddings.position_ids`, entry]]);
    expect(matchLlavaTensors(shapes, { ...file, entries: extra }).size).toBe(shapes.size);
    const unexpected = new Map([...extra, ['model.layers.3.input_layernorm.weight', entry]]);
    expect(() => matchLlavaTensors(shapes, { ...file, entries: unexpected })).toThrow(
      '1 unexpected: model.layers.3.input_layernorm.weight',
    );
    unexpected.delete(`${tower}encoder.layers.2.mlp.fc1.bias`);
    expect(() => matchLlavaTensors(shapes, { ...file, entries: unexpected })).toThrow(
      '1 missing: vision_tower.vision_model.encoder.layers.2.mlp.fc1.bias',
    );
  });

  test('two of one meaning are refused', () => {
    const twice = new Map(file.entries);
    twice.set('multi_modal_projector.linear_1.bias', file.entries.get('model.mm_projector.0.bias')!);
    expect(() => canonicalTensors({ ...file, entries: twice })).toThrow('are both mm_projector.0.bias');
  });
});
