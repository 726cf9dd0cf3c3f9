import { readFileSync } from 'node:fs';
import { bytesSource, tensorEntry, writeSafetensors } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { type CheckpointFiles, readCheckpointTensors } from '../../src/llava/checkpoint.js';

const pth = readFileSync(new URL('../../../nn/test/fixtures/weights/protocol2.pth', import.meta.url));
const safetensors = await writeSafetensors([tensorEntry('own', [1], 'float32', Float32Array.of(1))]);
const index = (map: object) => new TextEncoder().encode(JSON.stringify({ weight_map: map }));

/** A checkpoint of these files, and the names of those that are opened. */
function checkpoint(files: Readonly<Record<string, Uint8Array>>) {
  const opened: string[] = [];
  const open = async (file: string) => {
    opened.push(file);
    return bytesSource(file, files[file]!);
  };
  const source: CheckpointFiles = { name: 'folder', files: new Set(Object.keys(files)), open };
  return { source, opened };
}

describe("a checkpoint's tensors", () => {
  const shard = 'pytorch_model-00001-of-00001.bin';
  const sharded = { 'pytorch_model.bin.index.json': index({ plain: shard }), [shard]: pth };

  it.each([
    ['shards of torch.save', sharded, shard, 'plain'],
    ['a file of torch.save', { 'pytorch_model.bin': pth }, 'pytorch_model.bin', 'plain'],
    [
      'safetensors where there are both',
      { ...sharded, 'model.safetensors': safetensors },
      'model.safetensors',
      'own',
    ],
    [
      'shards of safetensors where there are both',
      { ...sharded, 'model.safetensors.index.json': index({ own: 's' }), s: safetensors },
      's',
      'own',
    ],
  ])('are read of %s', async (_, files, read, name) => {
    const { source, opened } = checkpoint(files);
    expect((await readCheckpointTensors(source)).entries.has(name)).toBe(true);
    expect(opened.at(-1)).toBe(read);
    expect(opened.filter((file) => !file.endsWith('.json'))).toEqual([read]);
  });

  it('are missed with the names that they could have', async () => {
    await expect(readCheckpointTensors(checkpoint({}).source)).rejects.toThrow(
      'folder: there is neither model.safetensors nor pytorch_model.bin;',
    );
  });
});
