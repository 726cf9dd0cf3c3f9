import { Command, InvalidArgumentError, Option } from 'commander';
import { type Provider, providerOption, wholeNumber } from '../option-parsers.js';

/** Options of `prs-med train`, parsed. */
export interface TrainCommandOptions {
  readonly preset: string;
  readonly model?: string;
  readonly data: string;
  readonly out: string;
  readonly stage: '1' | '2' | 'all';
  readonly resume: boolean;
  readonly minutes?: number;
  readonly epochs?: number;
  readonly learningRateScale?: number;
  readonly freeze?: string[];
  readonly targetWeight?: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly threads?: number;
  readonly provider?: Provider;
}

/** "lung=0.5", one of several. */
const targetWeight = (
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> => {
  const [, name, value] = /^(.+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || !(Number(value) > 0))
    throw new InvalidArgumentError('It must be a target, = and a number above 0, as in "brain tumour=2".');
  return { ...before, [name]: Number(value) };
};

const positive = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
};

export function trainCommand(): Command {
  return new Command('train')
    .description('Train a model in two stages on a folder of pictures and masks with an index.csv.')
    .option('--preset <name|file>', 'a preset of ours, or a JSON file of one', 'small')
    .option(
      '--model <dir>',
      'folder of the bundle to start from (default: models/small; tiny starts from random numbers)',
    )
    .requiredOption('--data <dir>', 'folder with an index.csv')
    .requiredOption('--out <dir>', "the run's folder: log, plot and checkpoints")
    .addOption(new Option('--stage <stage>', 'what to train').choices(['1', '2', 'all']).default('all'))
    .option('--resume', 'go on from the last checkpoint in --out', false)
    .addOption(
      new Option('--minutes <n>', 'about how long, all stages together')
        .argParser(positive)
        .conflicts('epochs'),
    )
    .option('--epochs <n>', 'passes over the train split in each stage (default: 1)', positive)
    .option(
      '--learning-rate-scale <x>',
      'times the learning rates; below 1 to go on from a trained model (default: 1)',
      positive,
    )
    .option(
      '--freeze <names...>',
      'parameters to leave as they are, with * for any text, such as "vision_encoder.*"',
    )
    .option(
      '--target-weight <target=x...>',
      'times the share of the samples that are about a target, such as "brain tumour=2" (default: 1 for each)',
      targetWeight,
    )
    .option('--seed <n>', 'the same seed gives the same run', wholeNumber(0), 0)
    .option('--threads <n>', 'threads to compute with (default: all cores)', wholeNumber(1))
    .addOption(providerOption())
    .action(async (options: TrainCommandOptions) => {
      const { trainModel } = await import('../train/train-model.js');
      await trainModel(options);
    });
}
