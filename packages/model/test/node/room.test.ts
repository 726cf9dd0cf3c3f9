import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorEntry } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { readCheckpointWeights } from '../../src/language/checkpoint-weights.js';
import { quantizedShards } from '../../src/language/quantize-checkpoint.js';
import { neededRoom } from '../../src/node/llava-bundle-size.js';
import { checkRoom, freeRoom } from '../../src/node/room.js';
import { llavaTiny } from '../llava/tiny-llava.js';

const GB = 1e9;

describe('room for a bundle', () => {
  it('is asked of the disk and of memory, and told in GB', () => {
    const needed = { disk: 5 * GB, memory: 1 * GB };
    checkRoom('out', needed, { disk: 5 * GB, memory: 1 * GB });
    expect(() => checkRoom('out', needed, { disk: 4.26 * GB, memory: 9 * GB })).toThrow(
      'out: 5.0 GB are to be written and 4.3 GB are free on its disk; free some room, or choose another disk',
    );
    expect(() => checkRoom('out', needed, { disk: 9 * GB, memory: 0.74 * GB })).toThrow(
      'out: its largest layer takes 1.0 GB of memory and 0.7 GB are free; end other programs',
    );
  });

  it('is that of the disk on which a folder will be', async () => {
    const here = await freeRoom(tmpdir());
    const there = await freeRoom(join(tmpdir(), 'not', 'yet'));
    expect(there.disk / here.disk).toBeCloseTo(1, 1);
    expect(here.memory).toBeGreaterThan(1e7);
  });

  it('counts the files by their shapes', async () => {
    const { file, config } = await llavaTiny();
    const language = readCheckpointWeights(file, config.language);
    const tower = new Map([['a', tensorEntry('a', [10], 'float32', new Float32Array(10))]]);
    const trained = new Map([['b', { shape: [6], data: new Float32Array(6) }]]);
    const stored = [...language.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    const none = neededRoom({ language, tower }, trained, 'none');
    expect(none).toEqual({ disk: stored + 20 + 24, memory: 320 * 64 * 4 });
    for (const bits of [4, 8] as const) {
      let written = 0;
      for await (const { entries } of quantizedShards(language, bits))
        written += entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const needed = neededRoom({ language, tower }, trained, `int${bits}`);
      expect(needed).toEqual({ disk: written + 20 + 24, memory: 12 * 320 * 64 });
    }
  });
});
