import { Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../option-parsers.js';

/** Where votes are kept. */
export interface ReviewDatabaseOptions {
  readonly database?: string;
}

/** Options of `prs-med dataset review create`, parsed. */
export interface ReviewCreateOptions extends ReviewDatabaseOptions {
  readonly reviewers: readonly string[];
  readonly batchSize: number;
  readonly modality?: readonly string[];
  readonly seed: number;
  readonly repeats: number;
}

/** Options of `prs-med dataset review export`, parsed. */
export interface ReviewExportOptions extends ReviewDatabaseOptions {
  readonly out: string;
  readonly batch?: number;
  readonly reviewer?: string;
}

/** Options of `prs-med dataset review status`, parsed. */
export interface ReviewStatusOptions extends ReviewDatabaseOptions {
  readonly json?: boolean;
}

/** `prs-med dataset review`: experts vote on pairs, and what they decide is written into the data set. */
export function datasetReviewCommand(): Command {
  const command = new Command('review').description('Votes of experts on the pairs of a PosMed folder.');
  for (const child of [create(), exportVotes(), importVotes(), status(), apply()]) command.addCommand(child);
  return command;
}

const folder = ['<dir>', 'a PosMed folder'] as const;

const database = (): Option =>
  new Option(
    '--database <url>',
    'connection string of a PostgreSQL server (default: the folder DIR/review)',
  ).env('PRS_MED_DATABASE');

const names = (text: string): string[] => text.split(',').map((name) => name.trim());

const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 0.5)) {
    throw new InvalidArgumentError('It must be a number from 0 to 0.5.');
  }
  return value;
};

function create(): Command {
  return new Command('create')
    .description('Draw a batch of pairs that are in none yet, for a panel of an odd number of experts.')
    .argument(...folder)
    .requiredOption('--reviewers <names>', 'the experts, with commas between', names)
    .requiredOption('--batch-size <n>', 'how many pairs', wholeNumber(1))
    .option('--modality <names>', 'of these modalities only, with commas between', names)
    .option('--seed <n>', 'the same seed draws the same pairs', wholeNumber(0), 0)
    .option('--repeats <share>', 'share of pairs that each expert sees twice without being told', share, 0.1)
    .addOption(database())
    .action(async (directory: string, options: ReviewCreateOptions) => {
      const { createReview } = await import('../dataset/review.js');
      await createReview(directory, options);
    });
}

function exportVotes(): Command {
  return new Command('export')
    .description('Write a votes file (CSV) for a spreadsheet, with the votes that are cast.')
    .argument(...folder)
    .requiredOption('--out <file>', 'the file to make')
    .option('--batch <n>', 'of this batch only', wholeNumber(1))
    .option('--reviewer <name>', "this expert's rows only")
    .addOption(database())
    .action(async (directory: string, options: ReviewExportOptions) => {
      const { exportReview } = await import('../dataset/review.js');
      await exportReview(directory, options);
    });
}

function importVotes(): Command {
  return new Command('import')
    .description('Take over the votes of votes files: of each file all or none.')
    .argument(...folder)
    .argument('<files...>', 'votes files that were exported and filled in')
    .addOption(database())
    .action(async (directory: string, files: string[], options: ReviewDatabaseOptions) => {
      const { importReview } = await import('../dataset/review.js');
      await importReview(directory, files, options);
    });
}

function status(): Command {
  return new Command('status')
    .description('Say how far the batches are, what is decided and how far the experts agree.')
    .argument(...folder)
    .option('--json', 'print one JSON document and nothing else')
    .addOption(database())
    .action(async (directory: string, options: ReviewStatusOptions) => {
      const { reviewStatus } = await import('../dataset/review-status.js');
      await reviewStatus(directory, options);
    });
}

function apply(): Command {
  return new Command('apply')
    .description('Write what is decided into qa.parquet: accepted, rejected or undecided.')
    .argument(...folder)
    .addOption(database())
    .action(async (directory: string, options: ReviewDatabaseOptions) => {
      const { applyReview } = await import('../dataset/review.js');
      await applyReview(directory, options);
    });
}
