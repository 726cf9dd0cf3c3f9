import type { PairStatus } from '@prs-med/posmed';
import { Command, Option } from 'commander';

/** Options of `prs-med dataset export`, parsed. */
export interface ExportCommandOptions {
  readonly format: 'csv' | 'jsonl' | 'parquet' | 'huggingface';
  readonly out: string;
  readonly status?: readonly PairStatus[];
}

export function datasetExportCommand(): Command {
  return new Command('export')
    .description('Write the pairs for other programs: a table, or a folder that Hugging Face loads.')
    .argument('<dir>', 'a PosMed folder')
    .addOption(
      new Option('--format <format>', 'csv has the released columns, huggingface is a folder with pictures')
        .choices(['csv', 'jsonl', 'parquet', 'huggingface'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'the file to write; with huggingface the folder')
    .addOption(
      new Option('--status <status...>', 'pairs to take (default: checked and accepted)').choices([
        'checked',
        'accepted',
        'undecided',
        'rejected',
      ]),
    )
    .action(async (folder: string, options: ExportCommandOptions) => {
      const { exportDataset } = await import('../dataset/export.js');
      await exportDataset(folder, options);
    });
}
