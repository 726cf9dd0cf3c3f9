import * as ag from '@prs-med/autograd';
import {
  bytesSource,
  listParameters,
  readSafetensors,
  type TensorFile,
  tensorEntry,
  writeSafetensors,
} from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { readTinySam, tinySam } from '../../src/index.js';
import { waves } from '../decoder/differences.js';
import { tinyTinySam } from './tiny-configuration.js';

const shapes = listParameters((scope) => {
  tinySam(scope, ag.input('picture', [1, 3, 32, 32]), tinyTinySam);
});
const values = new Map([...shapes].map(([name, shape], i) => [name, waves(ag.elementCount(shape), i + 1)]));
const norm = 'image_encoder.layers.1.blocks.0.attn.norm.weight';

/** A file of the encoder's tensors under `image_encoder`, and of others, by name and shape. */
async function stateDict(
  others: Readonly<Record<string, readonly number[]>>,
  without?: string,
): Promise<TensorFile> {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, shape] of shapes)
    tensors.set(`image_encoder.${name}`, { shape, data: values.get(name)! });
  for (const [name, shape] of Object.entries(others))
    tensors.set(name, { shape, data: new Float32Array(ag.elementCount(shape)) });
  if (without !== undefined) tensors.delete(without);
  const entries = [...tensors].map(([name, { shape, data }]) => tensorEntry(name, shape, 'float32', data));
  return readSafetensors(bytesSource('made.safetensors', await writeSafetensors(entries)));
}

describe("TinySAM's state dicts", () => {
  it.each([
    ['the encoder alone', {}],
    [
      'the whole model',
      {
        'image_encoder.patch_embed.seq.0.bn.num_batches_tracked': [],
        'image_encoder.layers.1.blocks.0.attn.attention_bias_idxs': [9, 9],
        'image_encoder.norm_head.weight': [16],
        'image_encoder.head.bias': [1000],
        'prompt_encoder.no_mask_embed.weight': [1, 256],
        'mask_decoder.iou_token.weight': [1, 256],
        'sam.mask_decoder.iou_token.weight': [1, 256],
        pixel_mean: [3, 1, 1],
      },
    ],
  ])('are read: %s', async (_, others) => {
    const parameters = await readTinySam(await stateDict(others), tinyTinySam);
    expect([...parameters.keys()].sort()).toEqual([...shapes.keys()].sort());
    for (const [name, { shape, data }] of parameters) {
      expect(shape).toEqual(shapes.get(name));
      expect(data).toEqual(values.get(name));
    }
  });

  it('are refused whole, with all that is wrong named', async () => {
    const others = { [norm]: [9], 'image_encoder.layers.4.bias': [2] };
    const file = await stateDict(others, 'image_encoder.neck.0.weight');
    const message = await readTinySam(file, tinyTinySam).then(
      () => 'read',
      (error: Error) => error.message,
    );
    expect(message).toMatch(/^made\.safetensors: its tensors are not the model's/);
    expect(message).toContain('1 missing: image_encoder.neck.0.weight');
    expect(message).toContain('1 unexpected: image_encoder.layers.4.bias');
    expect(message).toContain(`1 of another shape: ${norm} is [9] and should be [8]`);
  });
});
