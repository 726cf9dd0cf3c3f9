import { Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../option-parsers.js';

/** Options of `prs-med dataset build`, parsed. */
export interface DatasetBuildOptions {
  readonly source: readonly { readonly kind: string; readonly folder: string }[];
  readonly out: string;
  readonly generator: 'template' | 'openai';
  readonly perImage: number;
  readonly seed: number;
  readonly laterality: 'image' | 'patient';
  readonly zoneRule: 'box' | 'centroid';
  readonly resume: boolean;
  readonly allowProblems: boolean;
  readonly baseUrl?: string;
  readonly languageModel?: string;
  readonly concurrency?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Tokens. */
  readonly budget?: number;
  readonly cache?: string;
  readonly json: boolean;
}

export function datasetBuildCommand(): Command {
  return new Command('build')
    .description('Make a PosMed data set of segmentation sets: positions, questions and answers.')
    .requiredOption(
      '--source <kind=dir...>',
      'layout and folder of a set, such as kvasir-seg=DIR; may be given several times',
      addSource,
    )
    .requiredOption('--out <dir>', 'folder to make')
    .addOption(
      new Option('--generator <name>', 'what words the questions and answers')
        .choices(['template', 'openai'])
        .default('template'),
    )
    .option('--per-image <n>', 'pairs of question and answer for each image', wholeNumber(1), 8)
    .option('--seed <n>', 'the same seed gives the same data set', wholeNumber(0), 0)
    .addOption(
      new Option(
        '--laterality <side>',
        "whose left and right the sentences mean: the picture's sides, or the patient's where pictures show them turned",
      )
        .choices(['image', 'patient'])
        .default('image'),
    )
    .addOption(
      new Option('--zone-rule <rule>', 'what a zone is found from: the bounding box, or the centroid')
        .choices(['box', 'centroid'])
        .default('box'),
    )
    .option('--resume', 'go on with an unfinished build in --out', false)
    .option('--allow-problems', 'leave out what a source lacks or what cannot be read', false)
    .option('--json', 'print one JSON document and nothing else', false)
    .optionsGroup('With --generator openai, and the key in OPENAI_API_KEY:')
    .option('--base-url <url>', 'an OpenAI-compatible endpoint (default: OPENAI_BASE_URL)')
    .option('--language-model <name>', 'the model, as the endpoint calls it')
    .option('--concurrency <n>', 'requests at once, 64 at most (default: 4)', wholeNumber(1, 64))
    .option('--timeout <seconds>', 'for an answer, 300 at most (default: 300)', wholeNumber(1, 300))
    .option('--budget <tokens>', 'stop before prompts and replies take more than this', wholeNumber(1))
    .option('--cache <dir>', 'keep replies there for other builds too (default: in --out, until it is whole)')
    .optionsGroup('Options:')
    .action(async (options: DatasetBuildOptions) => {
      const { runBuild } = await import('../dataset/build.js');
      await runBuild(options);
    });
}

function addSource(
  text: string,
  before: DatasetBuildOptions['source'] | undefined,
): DatasetBuildOptions['source'] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('It must be KIND=DIR.');
  return [...(before ?? []), { kind: text.slice(0, at), folder: text.slice(at + 1) }];
}
