import { Command } from 'commander';

/** Options of `prs-med doctor`, parsed. */
export interface DoctorOptions {
  readonly model?: string;
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say what runs here: providers, threads, speed, model, memory.')
    .option('--model <dir>', 'folder of a model bundle (default: models/small)')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (options: DoctorOptions) => {
      const { examine } = await import('../doctor/examine.js');
      await examine(options);
    });
}
