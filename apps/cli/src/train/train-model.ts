import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  byteTokenizer,
  initialParameters,
  loadTokenizer,
  type OpenBundle,
  openBundle,
  type Preset,
  randomLanguage,
  readLanguageBase,
  readLanguageCheckpoint,
  readParameters,
  readTokenizer,
  readVisionTower,
} from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';
import { DATASET_FILES } from '@prs-med/posmed/node';
import { type Example, idlePatterns, parameterGroups, type Stage } from '@prs-med/training';
import {
  type FrozenLanguage,
  readExamples,
  TrainingError,
  type TrainStart,
  train,
} from '@prs-med/training/node';
import { readPreset } from '../bundle/read-preset.js';
import { sha256OfFile } from '../bundle/sha256-of-file.js';
import { CommandError } from '../command-error.js';
import type { TrainCommandOptions } from '../commands/train.js';
import { defaultModel } from '../default-model.js';
import { openRuntime } from '../open-runtime.js';
import { interruptible, outcome } from '../process-state.js';
import { trainProgress } from './progress.js';
import { restartForTraining } from './restart.js';

const RUN_FILE = 'run.json';

/** `prs-med train`. @throws CommandError, BundleError, WeightFileError or TrainingError */
export async function trainModel(options: TrainCommandOptions): Promise<void> {
  const status = await restartForTraining();
  if (status !== undefined) {
    outcome.status = status;
    return;
  }
  const runtime = await openRuntime(options.provider);
  const preset = await readPreset(options.preset);
  const stages: Stage[] = options.stage === 'all' ? [1, 2] : [options.stage === '1' ? 1 : 2];
  refuseIdleFreezing(preset, stages, options.freeze ?? []);
  const examples = await readData(options.data, options.seed);
  refuseUnknownTargets(examples, options);
  const start = await readStart(options, preset);
  await openRun(options);
  const progress = await trainProgress();
  try {
    const best = await interruptible((signal) =>
      train(
        start,
        {
          folder: options.data,
          examples,
          out: options.out,
          stages,
          length:
            options.minutes === undefined ? { epochs: options.epochs ?? 1 } : { minutes: options.minutes },
          learningRateScale: options.learningRateScale,
          frozen: options.freeze,
          targetWeights: options.targetWeight,
          seed: options.seed,
          resume: options.resume,
          threads: options.threads,
          onProgress: progress.show,
          onMessage: progress.say,
          signal,
        },
        runtime,
      ),
    );
    progress.stop();
    const figure = best === undefined ? '' : `, best mean val Dice ${best.toFixed(3)}`;
    process.stdout.write(
      `${options.out}: trained${figure}; the best parameters are in ${join(options.out, 'checkpoints', 'best')}\n`,
    );
  } catch (error) {
    progress.stop();
    if (error instanceof TrainingError)
      throw new CommandError(options.out, error.message, 'a lower learning rate or other data may help', 1);
    throw error;
  }
}

function refuseIdleFreezing(preset: Preset, stages: readonly Stage[], freeze: readonly string[]): void {
  const [idle] = idlePatterns(preset, stages, freeze);
  if (idle !== undefined) {
    throw new CommandError(
      `--freeze ${idle}`,
      `no parameter that preset ${preset.name} trains here has such a name`,
      'names are those of trained.safetensors in a bundle; * stands for any text',
    );
  }
  const still = stages.find((stage) => parameterGroups(preset, stage, freeze).length === 0);
  if (still === undefined) return;
  throw new CommandError('--freeze', `stage ${still} has nothing left to train`, 'freeze fewer parameters');
}

function refuseUnknownTargets(
  examples: readonly Example[],
  { data, targetWeight = {} }: TrainCommandOptions,
): void {
  const known = new Set(examples.flatMap(({ targets }) => targets.map(({ target }) => target)));
  const unknown = Object.keys(targetWeight).find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new CommandError(
    `--target-weight ${unknown}`,
    `${data} has no such target`,
    `it has ${[...known].sort().join(', ')}`,
  );
}

async function readData(folder: string, seed: number): Promise<Example[]> {
  const onWarning = (text: string) => process.stderr.write(`prs-med: ${folder}: warning: ${text}\n`);
  const examples = await interruptible((signal) => readExamples(folder, { seed, onWarning, signal }));
  for (const split of ['train', 'val'] as const) {
    if (examples.some((example) => example.split === split && example.pairs.length > 0)) continue;
    throw new CommandError(
      folder,
      `its split ${split} has no pairs`,
      'a run needs pictures in train and in val',
    );
  }
  return examples;
}

/** What tells a data folder from others: the pairs of a PosMed folder, or the index of a plain one. */
async function dataFile(folder: string): Promise<string> {
  const pairs = join(folder, DATASET_FILES.pairs);
  return (await stat(pairs).catch(() => undefined)) === undefined ? join(folder, 'index.csv') : pairs;
}

/** Makes the run's folder, or checks that the run in it is the one to go on with. */
async function openRun({ out, resume, ...options }: TrainCommandOptions): Promise<void> {
  const { preset, stage, minutes, epochs, learningRateScale, freeze, targetWeight, seed, model, data } =
    options;
  const dataSha256 = await sha256OfFile(await dataFile(data));
  const choices = { stage, minutes, epochs, learningRateScale, freeze, targetWeight, seed };
  const described = { preset, ...choices, model, dataSha256 };
  const file = join(out, RUN_FILE);
  const there = await readFile(file, 'utf8').catch(() => undefined);
  if (resume) {
    if (there === undefined) {
      throw new CommandError(
        out,
        'there is no run to resume',
        'leave out --resume, or name the folder of a run',
      );
    }
    const before: Record<string, unknown> = JSON.parse(there);
    const changed = Object.entries(described).filter(
      ([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value),
    );
    if (changed.length > 0) {
      const names = changed
        .map(([name]) =>
          name === 'dataSha256' ? '--data (its files have changed)' : `--${optionName(name)}`,
        )
        .join(', ');
      throw new CommandError(out, `the run was started with another ${names}`, `give the same as in ${file}`);
    }
    return;
  }
  if (there !== undefined)
    throw new CommandError(
      out,
      'there is a run here already',
      'go on with --resume, or choose another folder with --out',
    );
  if ((await stat(out).catch(() => undefined))?.isFile()) {
    throw new CommandError(out, 'a file has this name', 'choose another folder with --out');
  }
  await mkdir(out, { recursive: true });
  await writeFile(file, `${JSON.stringify(described, null, 2)}\n`);
}

/** As the command line writes it: `learning-rate-scale`. */
const optionName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

async function readStart(options: TrainCommandOptions, preset: Preset): Promise<TrainStart> {
  if (preset.decoder.kind === 'prompted') {
    throw new CommandError(
      options.preset,
      "its decoder is the released model's, which is used here and not trained",
      'name a preset whose decoder is of another kind, such as paper',
    );
  }
  if (options.model === undefined && preset.name === 'tiny') {
    return {
      preset,
      parameters: await initialParameters(preset, options.seed),
      base: randomLanguage(preset.language, options.seed),
      tokenizer: loadTokenizer(byteTokenizer(preset.language.vocabulary)),
    };
  }
  const folder = options.model ?? defaultModel();
  const bundle = await openBundle(await bundleFolder(folder));
  if (!isDeepStrictEqual(bundle.config.preset, preset)) {
    throw new CommandError(
      folder,
      `its preset ${bundle.config.preset.name} is not ${options.preset}`,
      'name a bundle of the same preset with --model, or make one with prs-med bundle build',
    );
  }
  return {
    preset,
    parameters: await readParameters(bundle),
    base: await readFrozen(bundle),
    tokenizer: await readTokenizer(bundle),
  };
}

/** The language model of a bundle, and the tower that it sees by where it has one. */
async function readFrozen(bundle: OpenBundle): Promise<FrozenLanguage> {
  if (bundle.config.preset.language.kind === 'llama') return readLanguageBase(bundle);
  return { checkpoint: await readLanguageCheckpoint(bundle), tower: await readVisionTower(bundle) };
}
