import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { listParameters, readPytorch, readSafetensors, rootScope, type Scope, toFloat32 } from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import { describe, expect, it } from 'vitest';
import { type Parameters, readTinySam, tinySam, tinyVit5M } from '../../src/index.js';
import { constantScope } from '../../src/segment/parameter-constants.js';
import { expectDifferences, waves } from '../decoder/differences.js';
import { probe, worstError } from '../language/reference.js';
import { tinyTinySam } from './tiny-configuration.js';

const golden = (name: string) =>
  fileURLToPath(new URL(`../../../../../shared/golden/${name}`, import.meta.url));
const hasGolden = existsSync(golden('image_encoder.pth'));
if (!hasGolden) console.warn(`skipped: TinySAM's encoder, because ${golden('')} is missing`);

const runtime = nodeRuntime();
const published = { ...tinyVit5M, width: 256, embeddingSide: 64 };
const pictures = (size: number) => ag.input('picture', [1, 3, size, size]);

/**
 * The golden values were made with attention biases of zero. The published attention uses a copy of the biases that
 * `eval()` makes (tiny_vit_sam.py), and the random weights were read after it. Whoever runs that code calls `eval()`
 * again after loading, and the biases count: window-attention.test.ts holds them to the formula.
 */
function withoutBiases(parameters: Parameters): Parameters {
  return new Map(
    [...parameters].map(([name, { shape, data }]) => [
      name,
      { shape, data: name.endsWith('attention_biases') ? new Float32Array(data.length) : data },
    ]),
  );
}

/**
 * A scope over the parameters of another, at which signals neither die out nor grow: weights of norms are 1 more than
 * theirs, and the statistics of batch norm, which nothing trains, are fixed.
 */
const tame = (scope: Scope): Scope =>
  rootScope((name, shape) => {
    if (/\.running_(mean|var)$/.test(name)) {
      const least = name.endsWith('var') ? 1 : 0;
      const data = waves(ag.elementCount(shape), name.length);
      return ag.constant(
        data.map((value) => least + value),
        shape,
      );
    }
    const parameter = scope.parameter(name, shape);
    const isNorm = shape.length === 1 && /(norm|bn|neck\.\d)\.weight$/.test(name);
    return isNorm ? ag.add(parameter, 1) : parameter;
  });

describe('TinyViT-5M with the neck of SAM', () => {
  it.skipIf(!hasGolden)('has the published parameters and agrees with the published code', async () => {
    const file = await openFile(golden('image_encoder.pth'));
    const parameters = await readTinySam(await readPytorch(file), published);
    await file.close();
    const { embedding } = tinySam(constantScope(withoutBiases(parameters)), pictures(1024), published);
    const session = await runtime.load(ag.compile({ embedding }), { threads: 1 });
    const found = await session.run({
      picture: { type: 'float32', shape: [1, 3, 1024, 1024], data: probe(3 * 1024 * 1024, 20260101) },
    });
    await session.release();
    expect(found.embedding!.shape).toEqual([1, 256, 64, 64]);
    const positions = 64 * 64;
    const channels = Array.from({ length: 256 }, (_, i) =>
      (found.embedding!.data as Float32Array).subarray(i * positions, (i + 1) * positions),
    );
    const expectedFile = await openFile(golden('image_encoder.expected.safetensors'));
    const { entries } = await readSafetensors(expectedFile);
    const expected = (name: string) => toFloat32(entries.get(name)!);
    const eighths = channels.filter((_, i) => i % 8 === 0).flatMap((channel) => [...channel]);
    const error = worstError(eighths, await expected('embedding_ch_0_255_step_8'));
    console.log(`TinySAM: largest error ${error.toExponential(1)} of the deviation`);
    expect(error).toBeLessThan(2e-3);
    const means = channels.map((channel) => channel.reduce((a, b) => a + b, 0) / positions);
    expect(worstError(means, await expected('mean_per_channel'))).toBeLessThan(2e-3);
    await expectedFile.close();
  });

  it.each([256, 512, 1024])('gives strides 2, 4, 8 and 16 of %i pixels', (size) => {
    const config = { ...published, embeddingSide: size / 16 };
    const found: ReturnType<typeof tinySam>[] = [];
    listParameters((scope) => found.push(tinySam(scope, pictures(size), config)));
    const { features, embedding } = found[0]!;
    expect(features[2].shape).toEqual([1, 32, size / 2, size / 2]);
    expect(features[4].shape).toEqual([1, 64, size / 4, size / 4]);
    expect(features[8].shape).toEqual([1, 128, size / 8, size / 8]);
    expect(embedding.shape).toEqual([1, 256, size / 16, size / 16]);
  });

  it('pools the embedding by means of squares', async () => {
    const picture = pictures(64);
    const scope = tame(
      rootScope((name, shape) => ag.constant(waves(ag.elementCount(shape), name.length), shape)),
    );
    const embeddingOf = (embeddingSide: number) =>
      tinySam(scope, picture, { ...tinyTinySam, embeddingSide }).embedding;
    const session = await runtime.load(ag.compile({ full: embeddingOf(4), pooled: embeddingOf(2) }), {
      threads: 1,
    });
    const { full, pooled } = await session.run({
      picture: { type: 'float32', shape: [1, 3, 64, 64], data: waves(3 * 64 * 64, 3) },
    });
    await session.release();
    const at = (channel: number, row: number, column: number) =>
      Number(full!.data[(channel * 4 + row) * 4 + column]);
    const means = Array.from({ length: 16 * 4 }, (_, i) => {
      const [channel, row, column] = [i >> 2, 2 * ((i >> 1) & 1), 2 * (i & 1)];
      const upper = at(channel, row, column) + at(channel, row, column + 1);
      return (upper + at(channel, row + 1, column) + at(channel, row + 1, column + 1)) / 4;
    });
    expect(worstError(pooled!.data as Float32Array, means)).toBeLessThan(1e-5);
    expect(() => embeddingOf(3)).toThrow(/tinySam: cannot be pooled to 3 x 3 positions/);
  });

  it('lets gradients through to every parameter', async () => {
    const picture = ag.constant(waves(3 * 32 * 32, 5), [1, 3, 32, 32]);
    const build = (scope: Scope) => {
      const { features, embedding } = tinySam(tame(scope), picture, tinyTinySam);
      const outputs = [features[2], features[4], features[8], embedding];
      return ag.concatenate(
        outputs.map((output) => ag.reshape(output, [-1])),
        0,
      );
    };
    await expectDifferences(runtime, listParameters(build), build);
  });
});
