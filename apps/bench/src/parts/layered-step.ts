import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeRuntime } from '@prs-med/autograd/node';
import {
  openBundle,
  readLanguageCheckpoint,
  readParameters,
  readTokenizer,
  readVisionTower,
} from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';
import { type BatchShape, conversationOf, parameterGroups, sequenceLength } from '@prs-med/training';
import { startTrainer } from '@prs-med/training/node';
import { mostMemory } from '../measure.js';
import type { Part } from '../row.js';
import { makeStepFeeds } from '../step-feeds.js';

const TOKENS = 640;
const ANSWER_TOKENS = 24;
/** Each takes minutes at full size, and there is nothing to warm up. */
const STEPS = 2;

/** A training step of stage 2 with LLaVA, a layer at a time, from the bundle that is named with `--model`. */
export const layeredStep: Part = async ({ model: folder }, note) => {
  const left = (why: string) => {
    note(`layered-step: left out, ${why}`);
    return [];
  };
  if (!existsSync(join(folder, 'config.json'))) return left(`${folder} holds no bundle`);
  const bundle = await openBundle(await bundleFolder(folder));
  const { preset } = bundle.config;
  if (preset.language.kind !== 'llava') return left(`${folder} has no LLaVA; name one that has with --model`);
  const start = {
    preset,
    parameters: await readParameters(bundle),
    base: { checkpoint: await readLanguageCheckpoint(bundle), tower: await readVisionTower(bundle) },
    tokenizer: await readTokenizer(bundle),
  };
  const conversation = conversationOf(preset, start.tokenizer);
  const without: BatchShape = { samples: 1, questionTokens: 0, answerTokens: ANSWER_TOKENS };
  const batch = { ...without, questionTokens: TOKENS - sequenceLength(preset, without, conversation) };
  if (batch.questionTokens < 1) return left(`a sample of ${preset.name} is longer than ${TOKENS} tokens`);
  const groups = parameterGroups(preset, 2);
  const began = performance.now();
  const trainer = await startTrainer(
    start,
    conversation,
    2,
    batch,
    groups,
    start.parameters,
    nodeRuntime(),
    {},
  );
  const loaded = performance.now() - began;
  const learningRates = Object.fromEntries(groups.map(({ name }) => [name, 1e-5]));
  const feeds = makeStepFeeds(preset, batch);
  const times: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const from = performance.now();
    const { loss } = await trainer.step(feeds, { learningRates });
    if (!Number.isFinite(loss)) throw new Error(`layered-step: the loss is ${loss}`);
    times.push((performance.now() - from) / 1000);
  }
  await trainer.close();
  const row = { part: 'layered-step', unit: 's' } as const;
  return [
    { ...row, what: `${preset.name}: open the trainer`, value: loaded / 1000 },
    ...times.map((value, step) => ({
      ...row,
      what: `  step ${step + 1} of stage 2, one sample of ${TOKENS} tokens`,
      value,
      target: '110 s',
    })),
    { ...row, what: '  most memory of the process', unit: 'MB', value: mostMemory(), target: '14,000 MB' },
  ];
};
