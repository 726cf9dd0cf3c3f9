import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { describe, expect, it } from 'vitest';
import { segmentationToken } from '../../src/fusion/question-states.js';
import {
  initialParameters,
  type Preset,
  presetSchema,
  smallSegmentationToken,
  tiny,
} from '../../src/index.js';
import { maskGraph, runMask } from '../../src/segment/mask-session.js';
import { runVision, visionGraph } from '../../src/segment/vision-session.js';

const runtime = nodeRuntime();
const one: Preset = {
  ...tiny,
  fusion: {
    kind: 'cross-attention',
    questionStates: 'segmentation-token',
    layersRead: [3],
    layers: 1,
    heads: 4,
    intermediate: 48,
  },
};

describe('the segmentation token', () => {
  it('is the last token of each question, whatever its length', async () => {
    const states = ag.input('states', [2, 4, 3]);
    const mask = ag.input('mask', [2, 4]);
    const read = segmentationToken({ states: [states], mask });
    const session = await runtime.load(ag.compile({ state: read.states[0]! }), { threads: 1 });
    const { state } = await session.run({
      states: { type: 'float32', shape: [2, 4, 3], data: Float32Array.from({ length: 24 }, (_, i) => i) },
      mask: { type: 'float32', shape: [2, 4], data: Float32Array.of(1, 1, 0, 0, 1, 1, 1, 1) },
    });
    expect(state!.shape).toEqual([2, 1, 3]);
    expect([...state!.data]).toEqual([3, 4, 5, 21, 22, 23]);
    await session.release();
  });

  it.each([
    ['alone makes the mask', one, false],
    ['is one of many where all states are read', tiny, true],
  ] as const)('%s', async (_, preset, changes) => {
    const parameters = new Map(await initialParameters(preset, 5));
    const head = parameters.get('decoder.head.weight')!;
    parameters.set('decoder.head.weight', { ...head, data: head.data.map((value) => 30 * value) });
    const vision = await runtime.load(visionGraph(parameters, preset), { threads: 1 });
    const seen = await runVision(
      vision,
      new Float32Array(3 * 64 * 64).map((_, i) => Math.sin(i / 90)),
      preset,
    );
    const session = await runtime.load(maskGraph(parameters, preset, 32), { threads: 1 });
    const { hidden } = preset.language;
    const predict = async (first: number) => {
      const data = Float32Array.from(
        { length: 5 * hidden },
        (_, i) => Math.sin(i) + (i < hidden ? first : 0),
      );
      const states = new Map(preset.fusion.layersRead.map((layer) => [layer, data]));
      return (await runMask(session, seen, states, 5, 32, 0.01, preset)).probabilities;
    };
    const [plain, changed] = [await predict(0), await predict(2)];
    const furthest = Math.max(...plain.map((value, i) => Math.abs(value - changed[i]!)));
    if (changes) expect(furthest).toBeGreaterThan(1e-5);
    else expect(furthest).toBe(0);
    await session.release();
    await vision.release();
  });

  it('is a preset, and older bundles read all states', () => {
    expect(presetSchema.parse(smallSegmentationToken)).toEqual(smallSegmentationToken);
    const older = { layersRead: [1, 3], layers: 1, heads: 4, intermediate: 48 };
    expect(presetSchema.parse({ ...tiny, fusion: older })).toEqual(tiny);
  });
});
