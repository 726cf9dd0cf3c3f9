import { Command } from 'commander';

/** Options of `prs-med report`, parsed. */
export interface ReportCommandOptions {
  readonly out: string;
}

export function reportCommand(): Command {
  return new Command('report')
    .description(
      'Write the two tables, plots and cases of runs, as Markdown and one HTML page. No model is loaded.',
    )
    .argument('<run...>', 'folders that prs-med eval made; the first is what the others are compared with')
    .requiredOption('--out <dir>', 'where report.md, report.html and scores.json go')
    .action(async (runs: string[], options: ReportCommandOptions) => {
      const { report } = await import('../report/report.js');
      await report(runs, options);
    });
}
