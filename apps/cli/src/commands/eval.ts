import { Command, Option } from 'commander';
import { type Provider, providerOption, wholeNumber } from '../option-parsers.js';

/** Options of `prs-med eval`, parsed. */
export interface EvalOptions {
  readonly model?: string;
  readonly data: string;
  readonly split: 'train' | 'val' | 'test';
  readonly out: string;
  readonly perImage: number;
  readonly questions?: string;
  readonly seed: number;
  readonly resume: boolean;
  readonly threads?: number;
  readonly provider?: Provider;
  readonly baseline?: 'constant' | 'random' | 'mean-mask';
  readonly predictions?: string;
  readonly allowMissing: boolean;
  readonly endpoint?: string;
  readonly endpointModel?: string;
  readonly concurrency?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly json: boolean;
}

export function evalCommand(): Command {
  return new Command('eval')
    .description(
      'Ask a model, or a baseline, all questions of a data set, and keep masks, answers and figures.',
    )
    .option('--model <dir>', 'folder of the bundle (default: models/small)')
    .requiredOption('--data <dir>', 'a PosMed folder, or a folder with an index.csv')
    .requiredOption('--out <dir>', "the run's folder: masks, answers, scores")
    .addOption(
      new Option('--split <split>', 'which part of the data')
        .choices(['train', 'val', 'test'])
        .default('test'),
    )
    .option(
      '--per-image <n>',
      'most pairs asked a picture, those about whole targets first; 0 for all',
      wholeNumber(0),
      2,
    )
    .option(
      '--questions <file>',
      'CSV of questions in your own words (columns target, asks, question), asked of --per-image pictures each in place of the pairs that they fit',
    )
    .option('--seed <n>', 'chooses among the pairs, and makes those of a plain folder', wholeNumber(0), 0)
    .option('--resume', 'go on with an unfinished run in --out', false)
    .option('--threads <n>', 'threads to compute with (default: all cores)', wholeNumber(1))
    .addOption(providerOption())
    .option('--json', 'print one JSON document and nothing else', false)
    .optionsGroup('Instead of a model:')
    .addOption(
      new Option('--baseline <name>', 'something that does not look at the picture')
        .choices(['constant', 'random', 'mean-mask'])
        .conflicts(['model', 'threads', 'provider', 'predictions', 'endpoint']),
    )
    .addOption(
      new Option('--predictions <dir>', 'PNG masks or probability maps that any segmenter made').conflicts([
        'model',
        'threads',
        'provider',
        'endpoint',
      ]),
    )
    .option('--allow-missing', 'leave out predictions that are missing or of no use, and say so', false)
    .addOption(
      new Option(
        '--endpoint <url>',
        'an OpenAI-compatible endpoint that sees pictures; its key is in OPENAI_API_KEY',
      ).conflicts(['model', 'threads', 'provider']),
    )
    .option('--endpoint-model <name>', 'the model, as the endpoint calls it')
    .option('--concurrency <n>', 'questions at once, 64 at most (default: 4)', wholeNumber(1, 64))
    .option('--timeout <seconds>', 'for an answer, 300 at most (default: 300)', wholeNumber(1, 300))
    .optionsGroup('Options:')
    .action(async (options: EvalOptions) => {
      const { runEvaluation } = await import('../eval/run-evaluation.js');
      await runEvaluation(options);
    });
}
