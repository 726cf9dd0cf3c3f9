import { Command } from 'commander';
import { datasetAuditCommand } from './dataset-audit.js';
import { datasetBuildCommand } from './dataset-build.js';
import { datasetExportCommand } from './dataset-export.js';
import { datasetReviewCommand } from './dataset-review.js';

/** `prs-med dataset`: from masks to reviewed position-reasoning questions and answers. */
export function datasetCommand(): Command {
  const command = new Command('dataset').description('Make, check, review and export a PosMed data set.');
  command.addCommand(datasetBuildCommand());
  command.addCommand(datasetAuditCommand());
  command.addCommand(datasetExportCommand());
  command.addCommand(datasetReviewCommand());
  return command;
}
