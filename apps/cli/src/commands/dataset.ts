import { Command } from 'commander';

/** `prs-med dataset`: from masks to reviewed position-reasoning questions and answers. */
export function datasetCommand(): Command {
  return new Command('dataset').description('Make, check, review and export a PosMed data set.');
}
