import { Command } from 'commander';

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

/** `prs-med score`: figures of files that anyone made, without a model. */
export function scoreCommand(): Command {
  const command = new Command('score').description('Score masks or answers that are there already.');
  command.addCommand(scoreSegmentationCommand());
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
