import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { listParameters, rootScope, type Scope } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { type DecoderConfig, decodeMask } from '../../src/decoder/transposed.js';
import { presetSchema, tiny } from '../../src/index.js';
import { expectDifferences, waves } from './differences.js';

const runtime = nodeRuntime();
const constant = (seed: number, shape: ag.Shape) =>
  ag.constant(waves(ag.elementCount(shape), seed), shape, 'float32', 'given');

/** A decoder over made features of a picture of `size` pixels, the fused embedding `side` wide. */
function decoder(config: DecoderConfig, width: number, side: number, size: number) {
  const feature = (stride: number) => constant(stride, [1, 3, size / stride, size / stride]);
  const fused = constant(1, [1, width, side, side]);
  const features = { 2: feature(2), 4: feature(4), 8: feature(8) };
  return (scope: Scope) => decodeMask(scope, fused, features, constant(5, [1, 8]), config);
}

/** Shifts of norms are 3 and -3 by turns: a rectifier passes whole channels and holds others, and none bends nearby. */
function farFromBends(name: string, shape: ag.Shape, place: number): Float32Array {
  const values = waves(ag.elementCount(shape), place + 1);
  return name.endsWith('.norm.bias') ? values.map((_, i) => (i % 2 === 0 ? 3 : -3)) : values;
}

const withSkips = { kind: 'transposed', channels: [16, 8, 8] } as const;
const withoutSkips = { kind: 'transposed-without-skips', channels: [16, 8] } as const;
const paper = { kind: 'transposed-without-skips', channels: [128, 64, 32, 16, 8] } as const;

describe('the transposed-convolution decoder', () => {
  it.each([
    ['with skips', decoder(withSkips, 6, 2, 32), [1, 1, 32, 32]],
    ['without skips', decoder(withoutSkips, 6, 2, 16), [1, 1, 16, 16]],
  ] as const)('has gradients that agree with differences %s', async (_, build, shape) => {
    const shapes = listParameters((scope) => {
      expect(build(scope).shape).toEqual(shape);
    });
    await expectDifferences(runtime, shapes, build, farFromBends);
  });

  it('doubles 256 x 16 x 16 six times to a mask of 1024 x 1024', () => {
    const shapes = listParameters((scope) => {
      const fused = ag.input('fused', [2, 256, 16, 16]);
      const half = ag.input('stride_2', [2, 64, 512, 512]);
      const features = { 2: half, 4: half, 8: half };
      const logits = decodeMask(scope, fused, features, ag.input('asked', [2, 8]), paper);
      expect(logits.shape).toEqual([2, 1, 1024, 1024]);
    });
    expect([...shapes].filter(([name]) => name.endsWith('.weight') && !name.includes('norm'))).toEqual([
      ['layers.0.up.weight', [256, 128, 2, 2]],
      ['layers.1.up.weight', [128, 64, 2, 2]],
      ['layers.2.up.weight', [64, 32, 2, 2]],
      ['layers.3.up.weight', [32, 16, 2, 2]],
      ['layers.4.up.weight', [16, 8, 2, 2]],
      ['head.weight', [8, 1, 2, 2]],
    ]);
  });

  it('refuses channels that do not lead to the size of the picture', () => {
    const scope = rootScope((name, shape) => ag.input(name, shape));
    expect(() => decoder(paper, 6, 2, 16)(scope)).toThrow(
      'decodeMask: 5 channels lead to a mask of side 128 and the picture has 16',
    );
  });

  it('is with skips in older bundles, and is checked by the preset', () => {
    const { kind: _, ...older } = tiny.decoder;
    expect(presetSchema.parse({ ...tiny, decoder: older })).toEqual(tiny);
    expect(presetSchema.parse({ ...tiny, decoder: paper }).decoder).toEqual(paper);
    const uneven = { ...paper, channels: [128, 12] };
    expect(presetSchema.safeParse({ ...tiny, decoder: uneven }).success).toBe(false);
  });
});
