import { Command } from 'commander';
import { wholeNumber } from '../option-parsers.js';

/** Options of `prs-med score segmentation`, parsed. */
export interface ScoreSegmentationOptions {
  readonly pred: string;
  readonly gt: string;
  readonly groups?: string;
  readonly perImage?: string;
  readonly allowMissing: boolean;
  readonly releasedNormalisation: boolean;
  readonly json: boolean;
}

/** Options of `prs-med score answers`, parsed. */
export interface ScoreAnswersOptions {
  readonly file: string;
  readonly train?: string;
  readonly judgeUrl?: string;
  readonly judgeModel?: string;
  readonly judgeReplies?: string;
  readonly concurrency?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly json: boolean;
}

/** `prs-med score`: figures of files that anyone made, without a model. */
export function scoreCommand(): Command {
  const command = new Command('score').description('Score masks or answers that are there already.');
  command.addCommand(scoreSegmentationCommand());
  command.addCommand(scoreAnswersCommand());
  return command;
}

function scoreSegmentationCommand(): Command {
  return new Command('segmentation')
    .description('Compare predicted masks or probability maps with true masks.')
    .requiredOption('--pred <dir>', 'grey maps of 8 or 16 bits, or masks of 0 and 255')
    .requiredOption('--gt <dir>', 'true masks; each pairs with the prediction of the same file stem')
    .option('--groups <file>', 'CSV of stem and group (patient, study), for the intervals')
    .option('--per-image <file>', 'write a CSV row for each picture')
    .option('--allow-missing', 'score the rest where files are missing or of no use, and say so', false)
    .option(
      '--released-normalisation',
      'stretch each map to its own range first, as the released evaluation does',
      false,
    )
    .option('--json', 'print one JSON document and nothing else', false)
    .action(async (options: ScoreSegmentationOptions) => {
      const { scoreSegmentation } = await import('../score/score-segmentation.js');
      await scoreSegmentation(options);
    });
}

function scoreAnswersCommand(): Command {
  return new Command('answers')
    .description(
      'Compare predicted answers with references: zones, presence, words, and a judge where one is named.',
    )
    .requiredOption(
      '--file <rows>',
      'JSONL file of id, modality, answer, prediction, and zones, group or question',
    )
    .option(
      '--train <file>',
      'JSONL file of modality and answer that the baselines learn from (default: --file)',
    )
    .option('--json', 'print one JSON document and nothing else', false)
    .optionsGroup('To ask a language model for its judgement, with the key in OPENAI_API_KEY:')
    .option('--judge-url <url>', 'an OpenAI-compatible endpoint')
    .option('--judge-model <name>', 'the model, as the endpoint calls it')
    .option('--judge-replies <file>', 'where replies are kept and found again (default: ROWS.judge.jsonl)')
    .option('--concurrency <n>', 'requests at once, 64 at most (default: 4)', wholeNumber(1, 64))
    .option('--timeout <seconds>', 'for a reply, 300 at most (default: 300)', wholeNumber(1, 300))
    .optionsGroup('Options:')
    .action(async (options: ScoreAnswersOptions) => {
      const { runScoreAnswers } = await import('../score/score-answers.js');
      await runScoreAnswers(options);
    });
}
