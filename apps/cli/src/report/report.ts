import { join } from 'node:path';
import type { RunGroup, ScoredRun } from '@prs-med/evaluation';
import { REPORT_FILES, writeReport } from '@prs-med/evaluation/node';
import type { ReportCommandOptions } from '../commands/report.js';
import { startEvaluationProgress } from '../eval/progress.js';
import { printable } from '../printable.js';
import { interruptible } from '../process-state.js';

/** `prs-med report`. @throws EvaluationError or PictureError for what is broken in a run's folder */
export async function report(runs: readonly string[], { out }: ReportCommandOptions): Promise<void> {
  const progress = await startEvaluationProgress();
  const groups = await interruptible(async (signal) => {
    try {
      return await writeReport(runs, out, {
        signal,
        onStart: (rows) => progress.start(rows, 0),
        onRow: () => progress.advance(),
      });
    } finally {
      progress.stop();
    }
  });
  process.stdout.write(`${describe(groups, out)}\n`);
}

/** A line a run, below the data that it is over, and where the rest is. */
function describe(groups: readonly RunGroup[], out: string): string {
  return [
    ...groups.flatMap(({ data, runs }) => [
      `${data.name}, ${data.split}:`,
      ...runs.map((run) => `  ${describeRun(run)}`),
    ]),
    `Report: ${Object.values(REPORT_FILES)
      .map((name) => join(out, name))
      .join(', ')}`,
  ]
    .map(printable)
    .join('\n');
}

function describeRun({ label, scores: { segmentation, answers } }: ScoredRun): string {
  const figures = [
    ...(segmentation
      ? [`mDice ${segmentation.overall.meanDic.toFixed(3)}, Dice ${segmentation.overall.dice.toFixed(3)}`]
      : []),
    ...(answers && answers.overall.zoneAccuracy !== null
      ? [`zone accuracy ${answers.overall.zoneAccuracy.toFixed(3)}`]
      : []),
  ];
  return `${label}: ${figures.length > 0 ? figures.join(', ') : 'nothing to score'}`;
}
