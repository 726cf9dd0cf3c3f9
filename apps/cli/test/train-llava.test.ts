import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { paperReleasedTiny, paperTiny } from '@prs-med/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llavaFiles, llavaParameters, withConfig } from '../../../packages/model/test/llava-bundle.js';
import { makeData } from '../../../packages/training/test/made-data.js';
import { expectFailure, prsMed, workFolder } from './command.js';

const folder = await workFolder({ bundle: false });
const data = await makeData(4);
afterAll(() => rm(data, { recursive: true, force: true }));

const train = (preset: string, out: string, model = 'int4') =>
  prsMed(
    ['train', '--preset', preset, '--model', model, '--data', data, '--out', out, '--epochs', '0.5'],
    folder,
  );

beforeAll(async () => {
  for (const quantization of ['int4', 'int8'] as const) {
    const files = await llavaFiles(paperTiny, await llavaParameters(paperTiny), quantization);
    await mkdir(join(folder, quantization));
    for (const [name, bytes] of await withConfig(paperTiny, files))
      await writeFile(join(folder, quantization, name), bytes);
  }
  for (const preset of [paperTiny, paperReleasedTiny])
    await writeFile(join(folder, `${preset.name}.json`), JSON.stringify(preset));
});

describe('prs-med train with LLaVA', () => {
  it.each(['int4', 'int8'])(
    'trains both stages from a bundle whose language model is %s',
    async (quantization) => {
      const run = `run-${quantization}`;
      const result = await train('paper-tiny.json', run, quantization);
      expect(result).toMatchObject({ status: 0 });
      expect(result.stdout).toMatch(
        /^run-int\d: trained, best mean val Dice 0\.\d+; the best parameters are in /,
      );
      const log = await readFile(join(folder, run, 'log.jsonl'), 'utf8');
      const stages = log
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).stage);
      expect(new Set(stages)).toEqual(new Set([1, 2]));
    },
  );

  it('refuses the decoder that is used and not trained, and leaves no run', async () => {
    expectFailure(
      await train('paper-released-tiny.json', 'other'),
      2,
      "paper-released-tiny.json: its decoder is the released model's",
    );
    await expect(readFile(join(folder, 'other', 'run.json'))).rejects.toThrow();
  });

  it('names the tower when a bundle has none', async () => {
    await rm(join(folder, 'int4', 'vision-tower.safetensors'));
    expectFailure(await train('paper-tiny.json', 'other'), 2, 'vision-tower.safetensors');
  });
});
