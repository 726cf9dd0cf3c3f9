import { join } from 'node:path';
import type { AuditReport, Finding } from '@prs-med/posmed';
import { auditFolder, openPosMed, writeAuditPage } from '@prs-med/posmed/node';
import { FAILED } from '../command-error.js';
import type { AuditCommandOptions } from '../commands/dataset-audit.js';
import { printable } from '../printable.js';
import { interruptible, outcome } from '../process-state.js';
import { startProgress } from '../segment/progress.js';

/** `prs-med dataset audit`: exit status 1 when something but warnings is found. */
export async function audit(folder: string, options: AuditCommandOptions): Promise<void> {
  const page = options.out ?? join(folder, 'audit.html');
  const { counts } = await openPosMed(folder);
  const progress = await startProgress(counts.images);
  const { report } = await interruptible(async (signal) => {
    try {
      const found = await auditFolder(folder, { signal, onImage: () => progress.advance() });
      await writeAuditPage(page, folder, found);
      return found;
    } finally {
      progress.stop();
    }
  });
  if (!report.passed) outcome.status = FAILED;
  const text = options.json
    ? `${JSON.stringify({ folder, page, ...report }, null, 2)}\n`
    : describe(report, page);
  process.stdout.write(text);
}

function describe(report: AuditReport, page: string): string {
  const lines = report.sizes
    .filter(({ images }) => images > 0)
    .map(({ modality, split, images, groups, pairs }) => [
      modality,
      split,
      `${images} images`,
      `${groups} groups`,
      `${pairs} pairs`,
    ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...lines.map((line) => line[column]!.length)));
  const table = lines.map((line) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
  const verdict = report.passed ? 'Passed.' : 'Failed.';
  return `${[...table, ...report.findings.flatMap(describeFinding), verdict, `Page: ${printable(page)}`].join('\n')}\n`;
}

function describeFinding({ check, severity, count, message, examples }: Finding): string[] {
  const more = count > examples.length ? [`and ${count - examples.length} more`] : [];
  return [
    `${severity}: ${check}, ${count === 1 ? 'once' : `${count} times`}: ${message}`,
    ...[...examples, ...more].map((example) => `  ${printable(example)}`),
  ];
}
