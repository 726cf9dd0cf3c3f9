import { Command } from 'commander';

/** Options of `prs-med dataset audit`, parsed. */
export interface AuditCommandOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function datasetAuditCommand(): Command {
  return new Command('audit')
    .description(
      'Look for leaks, duplicates, contradictions and shortcuts; exit status 1 when there are any.',
    )
    .argument('<dir>', 'a PosMed folder')
    .option('--out <file>', 'the page with plots and samples (default: audit.html in the folder)')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (folder: string, options: AuditCommandOptions) => {
      const { audit } = await import('../dataset/audit.js');
      await audit(folder, options);
    });
}
