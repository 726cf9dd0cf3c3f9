import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '@prs-med/autograd/node';
import {
  byteTokenizer,
  initialParameters,
  loadTokenizer,
  type Parameters,
  presets,
  randomLanguage,
} from '@prs-med/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Example } from '../src/index.js';
import {
  loadCheckpoint,
  readExamples,
  readLog,
  type TrainOptions,
  type TrainStart,
  train,
} from '../src/node/index.js';
import { makeData } from './made-data.js';

const preset = presets.tiny!;
const runtime = nodeRuntime();
let folder: string;
let examples: Example[];
let start: TrainStart;
const made: string[] = [];

beforeAll(async () => {
  folder = await makeData(16);
  made.push(folder);
  examples = await readExamples(folder);
  start = {
    preset,
    parameters: await initialParameters(preset, 3),
    base: randomLanguage(preset.language, 3),
    tokenizer: loadTokenizer(byteTokenizer(preset.language.vocabulary)),
  };
});

afterAll(async () => {
  for (const path of made) await rm(path, { recursive: true, force: true });
});

async function newRun(changes: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const out = await mkdtemp(join(tmpdir(), 'prs-med-run-'));
  made.push(out);
  return {
    folder,
    examples,
    out,
    stages: [1, 2],
    length: { epochs: 1.5 },
    seed: 5,
    resume: false,
    batchSize: 4,
    ...changes,
  };
}

/** Sum of the absolute differences of two models' parameters. */
const distance = (one: Parameters, other: Parameters): number =>
  [...one].reduce(
    (sum, [name, { data }]) =>
      sum + data.reduce((part, value, i) => part + Math.abs(value - other.get(name)!.data[i]!), 0),
    0,
  );

const lossesOf = async (out: string): Promise<number[]> =>
  (await readLog(out)).flatMap((line) => (line.kind === 'step' ? [line.loss] : []));

describe('train', () => {
  it('trains both stages, validates, plots and keeps the best', async () => {
    const options = await newRun();
    const best = await train(start, options, runtime);
    const lines = await readLog(options.out);
    expect(lines.filter((line) => line.kind === 'step').map(({ stage }) => stage)).toEqual([
      1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2,
    ]);
    const means = lines.flatMap((line) => (line.kind === 'validation' ? [line.mean] : []));
    expect(means).toHaveLength(6);
    expect(best).toBe(Math.max(...means));
    const last = lines.findLast((line) => line.kind === 'step')!;
    expect(Object.keys(last.kind === 'step' ? last.losses : {})).toEqual([
      'loss',
      'bce',
      'dice',
      'presence',
      'asked',
      'answer',
    ]);
    expect(await readdir(join(options.out, 'checkpoints'))).toEqual(['best', 'last']);
    expect(await readFile(join(options.out, 'losses.svg'), 'utf8')).toContain('<svg');
  });

  it('scales the learning rates, and learns less at a lower one', async () => {
    const rates: number[][] = [];
    const changes: number[] = [];
    for (const learningRateScale of [1, 0.25]) {
      const options = await newRun({ stages: [1], learningRateScale });
      await train(start, options, runtime);
      const lines = await readLog(options.out);
      rates.push(lines.flatMap((line) => (line.kind === 'step' ? [line.learningRate] : [])));
      const { parameters } = (await loadCheckpoint(join(options.out, 'checkpoints', 'last')))!;
      changes.push(distance(parameters, start.parameters));
    }
    expect(rates[1]).toEqual(rates[0]!.map((rate) => rate / 4));
    expect(changes[1]).toBeGreaterThan(0);
    expect(changes[1]).toBeLessThan(changes[0]! / 2);
  });

  it('leaves frozen parameters as they are, and trains the rest', async () => {
    const options = await newRun({ frozen: ['vision_encoder._blocks.*', '*.head.*'] });
    await train(start, options, runtime);
    const { parameters } = (await loadCheckpoint(join(options.out, 'checkpoints', 'last')))!;
    const isFrozen = (name: string) => name.startsWith('vision_encoder._blocks.') || name.includes('.head.');
    const moved = (name: string) =>
      parameters.get(name)!.data.some((value, i) => value !== start.parameters.get(name)!.data[i]);
    const frozen = [...parameters.keys()].filter(isFrozen);
    expect(frozen.length).toBeGreaterThan(10);
    expect(frozen.filter(moved)).toEqual([]);
    const names = [...parameters.keys()].filter((name) => moved(name));
    for (const part of ['vision_encoder._conv_stem', 'decoder.stride_2', 'fusion.', 'lora_B'])
      expect(names.some((name) => name.includes(part))).toBe(true);
  });

  it('gives the same losses after a kill and a resume as without', async () => {
    const whole = await newRun();
    await train(start, whole, runtime);
    const expected = await lossesOf(whole.out);
    for (const killedAt of [4, 9]) {
      const options = await newRun();
      const controller = new AbortController();
      let steps = 0;
      const onProgress = () => {
        if (++steps === killedAt) controller.abort(new Error('killed'));
      };
      await expect(
        train(start, { ...options, onProgress, signal: controller.signal }, runtime),
      ).rejects.toThrow('killed');
      await train(start, { ...options, resume: true }, runtime);
      expect(await lossesOf(options.out)).toEqual(expected);
    }
  });

  it('reads questions in stage 1 through the adapters of an earlier training, as stage 2 does', async () => {
    const parameters = new Map(
      [...start.parameters].map(([name, { shape, data }]) => {
        const livened = name.endsWith('lora_B.weight') ? data.map((_, i) => 0.3 * Math.sin(i)) : data;
        return [name, { shape, data: livened }] as const;
      }),
    );
    const firstLosses = async (stage: 1 | 2, from: TrainStart) => {
      const options = await newRun({ stages: [stage], length: { epochs: 0.1 } });
      await train(from, options, runtime);
      const [first] = (await readLog(options.out)).flatMap((line) =>
        line.kind === 'step' ? [line.losses] : [],
      );
      return first!;
    };
    const adapted = await firstLosses(1, { ...start, parameters });
    const withGraph = await firstLosses(2, { ...start, parameters });
    const without = await firstLosses(1, start);
    for (const name of ['bce', 'dice', 'presence', 'asked']) {
      expect(adapted[name], name).toBeCloseTo(withGraph[name]!, 4);
    }
    expect(Math.abs(adapted.asked! - without.asked!)).toBeGreaterThan(1e-3);
  });

  it('learns to find drawn discs', async () => {
    const options = await newRun({ stages: [1], length: { epochs: 120 }, batchSize: 8 });
    await train(start, options, runtime);
    const steps = (await readLog(options.out)).flatMap((line) => (line.kind === 'step' ? [line.losses] : []));
    const mean = (name: string, part: typeof steps) =>
      part.reduce((total, losses) => total + losses[name]!, 0) / part.length;
    for (const [name, share] of Object.entries({ bce: 0.7, dice: 0.8 })) {
      expect(mean(name, steps.slice(-20)), name).toBeLessThan(share * mean(name, steps.slice(0, 20)));
    }
  });

  it('trains the baseline that reads one state of the question', async () => {
    const fusion = { ...preset.fusion, questionStates: 'segmentation-token' as const, layersRead: [3] };
    const one = { ...preset, fusion };
    const options = await newRun({ length: { epochs: 0.5 } });
    const parameters = await initialParameters(one, 3);
    expect(await train({ ...start, preset: one, parameters }, options, runtime)).toBeGreaterThanOrEqual(0);
    expect((await lossesOf(options.out)).every(Number.isFinite)).toBe(true);
  });

  it('stops at a loss that is no number, and names the step, the files and the checkpoint', async () => {
    const parameters = new Map(start.parameters);
    const head = parameters.get('decoder.head.bias')!;
    parameters.set('decoder.head.bias', { ...head, data: head.data.map(() => Number.NaN) });
    const options = await newRun();
    await expect(train({ ...start, parameters }, options, runtime)).rejects.toThrow(
      /stage 1, step 1: the loss is NaN; look at the batch's files \(pictures\/.*\.png.*\) and go on from .*checkpoints.last with --resume/,
    );
  });

  it('names the file when a picture cannot be read', async () => {
    const broken = await makeData(4);
    made.push(broken);
    const options = await newRun({ folder: broken, examples: await readExamples(broken) });
    await writeFile(join(broken, 'pictures/1.png'), 'no picture');
    await expect(train(start, options, runtime)).rejects.toThrow(/pictures\/1\.png/);
  });
});
