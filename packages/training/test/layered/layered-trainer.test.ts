import type { TensorValue, Values } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { ASKED, linearsOfLayer, type Preset, paperTiny } from '@prs-med/model';
import { mergeLora } from '@prs-med/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { LayeredTrainer, type StageTrainer } from '../../src/layered/layered-trainer.js';
import { type LlavaBase, layerReader, valuesOutsideLayers } from '../../src/node/frozen-language.js';
import { type BatchShape, parameterGroups, type Stage, stageGraph, stageInputs } from '../../src/stages.js';
import { llavaStart, wholeValues } from '../tiny-llava.js';

const runtime = nodeRuntime();
const preset: Preset = { ...paperTiny, fusion: { ...paperTiny.fusion, layersRead: [1, 3] } };
const shape: BatchShape = { samples: 2, questionTokens: 6, answerTokens: 4 };
const RATE = 1e-3;
const layout = { openingIds: [1, 5], suffixIds: [] };

let base: LlavaBase;
let own: Map<string, Float32Array>;
let values: Map<string, Float32Array>;
beforeAll(async () => {
  const start = await llavaStart(preset);
  base = start.base;
  own = new Map([...start.parameters].map(([name, { data }]) => [name, data]));
  values = new Map([...(await wholeValues(base)), ...own]);
});

/** A batch whose second question is padded. */
function feedsOf(stage: Stage, seed: number): Values {
  const feeds: Record<string, TensorValue> = {};
  for (const [name, { shape: own, type }] of Object.entries(stageInputs(preset, shape, stage))) {
    const length = ag.elementCount(own);
    feeds[name] =
      type === 'int64'
        ? {
            type,
            shape: own,
            data: BigInt64Array.from({ length }, (_, i) => BigInt(7 + ((i * 5 + seed) % 40))),
          }
        : floats(own, (i) => Math.sin(i * 0.3 + seed));
  }
  feeds.masks = floats(feeds.masks!.shape, (i) => (i % 64 < 20 + seed ? 1 : 0));
  feeds.present = floats([2], () => 1);
  feeds.asked = floats([2, ASKED.length], (i) => i % 2);
  feeds.questionMask = floats([2, 6], (i) => (i < 9 ? 1 : 0));
  if (stage === 2) feeds.showTruth = floats([2], (i) => i);
  return feeds;
}

const floats = (own: ag.Shape, each: (i: number) => number): TensorValue => ({
  type: 'float32',
  shape: own,
  data: Float32Array.from({ length: ag.elementCount(own) }, (_, i) => each(i)),
});

/** Losses, norms and the parameters after some steps. */
async function train(trainer: StageTrainer, stage: Stage) {
  const steps: ag.StepResult[] = [];
  for (const seed of [1, 2, 1])
    steps.push(
      await trainer.step(feedsOf(stage, seed), { learningRates: { vision: RATE, lora: RATE, fusion: RATE } }),
    );
  const parameters = new Map([...trainer.parameters()].map(([name, data]) => [name, data.slice()]));
  await trainer.close();
  return { steps, parameters };
}

/** As stage 1 of the one graph reads adapters. */
function withMergedAdapters(): Map<string, Float32Array> {
  const { lora } = preset.language;
  const merged = new Map(values);
  for (let layer = 0; layer < preset.language.layers; layer++) {
    for (const { name, outputs, inputs } of linearsOfLayer(preset.language, layer)) {
      const [weight, a, b] = ['weight', 'lora_A.weight', 'lora_B.weight'].map((end) =>
        values.get(`language.${name}.${end}`),
      );
      if (a && b) merged.set(`language.${name}.weight`, mergeLora(weight!, a, b, outputs, inputs, lora));
    }
  }
  return merged;
}

describe('LayeredTrainer', () => {
  it.each([1, 2] as const)('learns in stage %i as one graph of everything does', async (stage) => {
    const groups = parameterGroups(preset, stage);
    const whole = stage === 1 ? withMergedAdapters() : values;
    const graph = stageGraph(preset, shape, stage, layout, whole, groups);
    const expected = await train(await ag.Trainer.create(graph, whole, runtime), stage);
    const setup = {
      preset,
      stage,
      shape,
      layout,
      groups,
      values: new Map([...(await valuesOutsideLayers(base)), ...own]),
      readLayer: layerReader(base),
    };
    const actual = await train(await LayeredTrainer.create(setup, runtime), stage);

    for (const [i, step] of actual.steps.entries()) {
      const other = expected.steps[i]!;
      expect(step.loss).toBeCloseTo(other.loss, 4);
      expect(step.gradientNorm / other.gradientNorm).toBeCloseTo(1, 3);
      expect(Object.keys(step.metrics)).toEqual(Object.keys(other.metrics));
      for (const [name, { data }] of Object.entries(step.metrics))
        expect(Number(data[0])).toBeCloseTo(Number(other.metrics[name]!.data[0]), 4);
    }
    expect(actual.steps.at(-1)!.loss).toBeLessThan(actual.steps[0]!.loss);
    expect([...actual.parameters.keys()]).toEqual([...expected.parameters.keys()]);
    for (const [name, data] of actual.parameters) {
      const other = expected.parameters.get(name)!;
      // Adam's steps are as long for a gradient of nothing but rounding, as the biases before a norm have.
      const rounding = 0.1 * RATE * Math.sqrt(data.length);
      const moved = distance(other, values.get(name)!);
      expect(distance(data, other), name).toBeLessThanOrEqual(0.02 * moved + rounding);
    }
  });
});

const distance = (one: Float32Array, other: Float32Array): number =>
  Math.sqrt(one.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0));
