import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '@prs-med/autograd/node';
import { presets, randomLanguage } from '@prs-med/model';
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
import { llavaStart } from './tiny-llava.js';

const runtime = nodeRuntime();
let folder: string;
let examples: Example[];
let start: TrainStart;
/** A run of both stages, and what it gave. */
let whole: TrainOptions;
let best: number | undefined;
const made: string[] = [];

beforeAll(async () => {
  folder = await makeData(8);
  made.push(folder);
  examples = await readExamples(folder);
  start = await llavaStart();
  whole = await newRun();
  best = await train(start, whole, runtime);
}, 120_000);

afterAll(async () => {
  for (const path of made) await rm(path, { recursive: true, force: true });
});

async function newRun(changes: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const out = await mkdtemp(join(tmpdir(), 'prs-med-run-'));
  made.push(out);
  const length = { epochs: 1 };
  return {
    folder,
    examples,
    out,
    stages: [1, 2],
    length,
    seed: 5,
    resume: false,
    batchSize: 4,
    ...changes,
  };
}

const lossesOf = async (out: string) =>
  (await readLog(out)).flatMap((line) => (line.kind === 'step' ? [line.losses] : []));

describe('train with LLaVA', () => {
  it('trains and validates both stages, the projector and the adapters in the second', async () => {
    const losses = await lossesOf(whole.out);
    expect(losses.map((step) => 'answer' in step)).toEqual([
      ...new Array<boolean>(2).fill(false),
      ...new Array<boolean>(2).fill(true),
    ]);
    expect(best).toBeGreaterThanOrEqual(0);
    const { parameters } = (await loadCheckpoint(join(whole.out, 'checkpoints', 'last')))!;
    const changed = [...parameters]
      .filter(([name, { data }]) => data.some((value, i) => value !== start.parameters.get(name)!.data[i]))
      .map(([name]) => name);
    expect(changed).toContain('mm_projector.0.weight');
    expect(changed).toContain('language.model.layers.0.self_attn.q_proj.lora_A.weight');
  });

  it('goes on after a kill with the same losses', async () => {
    const killed = await newRun();
    const controller = new AbortController();
    let steps = 0;
    const onProgress = () => {
      if (++steps === 3) controller.abort(new Error('killed'));
    };
    await expect(train(start, { ...killed, onProgress, signal: controller.signal }, runtime)).rejects.toThrow(
      'killed',
    );
    await train(start, { ...killed, resume: true }, runtime);
    expect(await lossesOf(killed.out)).toEqual(await lossesOf(whole.out));
  });

  it('reads prompts in stage 1 through the adapters, as stage 2 does', async () => {
    const first = async (stage: 1 | 2) => {
      const options = await newRun({ stages: [stage], length: { epochs: 0.1 } });
      await train(start, options, runtime);
      return (await lossesOf(options.out))[0]!;
    };
    const [merged, beside] = [await first(1), await first(2)];
    for (const name of ['bce', 'dice', 'presence', 'asked'])
      expect(merged[name], name).toBeCloseTo(beside[name]!, 4);
  });

  it('learns to answer', async () => {
    const options = await newRun({ stages: [2], length: { epochs: 8 }, learningRateScale: 10 });
    await train(start, options, runtime);
    const losses = await lossesOf(options.out);
    const mean = (name: string, part: typeof losses) =>
      part.reduce((sum, step) => sum + step[name]!, 0) / part.length;
    for (const [name, share] of Object.entries({ loss: 0.95, answer: 0.9 })) {
      expect(mean(name, losses.slice(-4)), name).toBeLessThan(share * mean(name, losses.slice(0, 4)));
    }
  });

  it('refuses a base of another kind', async () => {
    const other = { ...start, base: randomLanguage(presets.tiny!.language, 1) };
    await expect(train(other, await newRun(), runtime)).rejects.toThrow(
      'preset paper-tiny has a language model of kind llava and llama was given',
    );
  });
});
