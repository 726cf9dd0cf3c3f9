import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import {
  listParameters,
  matchTensors,
  readPytorch,
  readSafetensors,
  rootScope,
  type Scope,
  toFloat32,
} from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import { describe, expect, it } from 'vitest';
import { promptedMaskDecoder } from '../../src/decoder/prompted.js';
import { constantScope } from '../../src/segment/parameter-constants.js';
import { probe, worstError } from '../language/reference.js';
import { expectDifferences, waves } from './differences.js';

const golden = (name: string) =>
  fileURLToPath(new URL(`../../../../../shared/golden/${name}`, import.meta.url));
const hasGolden = existsSync(golden('mask_decoder.pth'));
if (!hasGolden) console.warn(`skipped: the released mask decoder, because ${golden('')} is missing`);

const runtime = nodeRuntime();
const ones = (shape: ag.Shape) => ag.constant(new Float32Array(ag.elementCount(shape)).fill(1), shape);

describe('the prompted mask decoder', () => {
  it.skipIf(!hasGolden)('has the published parameters and agrees with the published code', async () => {
    const embedding = ag.input('embedding', [1, 256, 64, 64]);
    const prompt = ag.input('prompt', [1, 37, 4096]);
    const build = (scope: Scope) => promptedMaskDecoder(scope, embedding, prompt, ones([1, 37]));
    const file = await openFile(golden('mask_decoder.pth'));
    const parameters = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const [name, entry] of matchTensors(listParameters(build), await readPytorch(file)))
      parameters.set(name, { shape: entry.shape, data: await toFloat32(entry) });
    await file.close();
    const expected = await openFile(golden('mask_decoder.expected.safetensors'));
    const { entries } = await readSafetensors(expected);
    const values = (name: string) => toFloat32(entries.get(name)!);
    const logits = build(constantScope(parameters));
    expect(logits.shape).toEqual([1, 1, 1024, 1024]);
    const session = await runtime.load(ag.compile({ logits }), { threads: 1 });
    const results = await session.run({
      embedding: { type: 'float32', shape: [1, 256, 64, 64], data: await values('image_embedding') },
      prompt: { type: 'float32', shape: [1, 37, 4096], data: probe(37 * 4096, 20260106) },
    });
    const all = results.logits!.data as Float32Array;
    const seen = Float32Array.from(
      { length: 256 * 256 },
      (_, i) => all[Math.floor(i / 256) * 4 * 1024 + (i % 256) * 4]!,
    );
    expect(worstError(seen, await values('mask_stride_4'))).toBeLessThan(2e-3);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const deviation = (await values('mask_std'))[0]!;
    expect(Math.abs(mean - (await values('mask_mean'))[0]!)).toBeLessThan(2e-3 * deviation);
    await expected.close();
    await session.release();
  });

  const width = 16;
  const shapes = listParameters((scope) => {
    promptedMaskDecoder(
      scope,
      ag.input('embedding', [1, width, 3, 2]),
      ag.input('p', [1, 3, 5]),
      ones([1, 3]),
    );
  });

  it('has gradients that agree with differences', async () => {
    const embedding = ag.constant(waves(width * 6, 1), [1, width, 3, 2]);
    const prompt = ag.constant(waves(15, 2), [1, 3, 5]);
    await expectDifferences(
      runtime,
      new Map([...shapes].filter(([name]) => !name.startsWith('ffn.norm1.'))),
      (scope) => promptedMaskDecoder(scope, embedding, prompt, ones([1, 3])),
    );
  });

  it('does not see padding', async () => {
    const scope = rootScope((name, shape) => ag.constant(waves(ag.elementCount(shape), name.length), shape));
    const embedding = ag.constant(waves(width * 6, 1), [1, width, 3, 2]);
    const prompt = ag.input('prompt', [1, 3, 5]);
    const mask = ag.constant(Float32Array.of(1, 1, 0), [1, 3]);
    const logits = promptedMaskDecoder(scope, embedding, prompt, mask);
    const session = await runtime.load(ag.compile({ logits }), { threads: 1 });
    const run = async (changed: number) => {
      const data = waves(15, 2).map((value, i) => (Math.floor(i / 5) === changed ? value + 3 : value));
      const results = await session.run({ prompt: { type: 'float32', shape: [1, 3, 5], data } });
      return results.logits!.data;
    };
    const plain = await run(-1);
    expect(await run(2)).toEqual(plain);
    expect(await run(1)).not.toEqual(plain);
    await session.release();
  });
});
