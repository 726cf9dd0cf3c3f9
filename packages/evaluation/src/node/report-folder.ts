import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EvaluationError } from '../evaluation-error.js';
import { composeReport, type Drawings } from '../report/compose-report.js';
import { scoreConstantZone } from '../report/constant-zone.js';
import { groupRuns } from '../report/group-runs.js';
import { writeMarkdown } from '../report/markdown.js';
import { labelRuns, type RunGroup, type ScoredRun } from '../report/scored-run.js';
import type { Run } from '../run/run.js';
import { type RunScores, scoreRun } from '../run/score-run.js';
import { writeFailure } from './file-failure.js';
import { drawCases } from './report-cases.js';
import { writePage } from './report-page.js';
import { drawRunPlots } from './report-plots.js';
import { readPublished } from './report-published.js';
import { openRun } from './run-folder.js';
import { readWordNet } from './wordnet.js';

const TITLE = 'Evaluation of position reasoning segmentation';

/** The files of a report. */
export const REPORT_FILES = { markdown: 'report.md', page: 'report.html', scores: 'scores.json' } as const;

export interface ReportOptions {
  readonly signal?: AbortSignal;
  /** Told how many rows there are, before they are scored. */
  readonly onStart?: (rows: number) => void;
  /** Told after each row. */
  readonly onRow?: () => void;
}

/**
 * Scores runs from what they kept and writes Markdown, one HTML page and scores.json; no model is loaded, and the same runs
 * give the same bytes. The files appear together, when all is done.
 * @param folders of runs, in the order in which they shall stand
 * @param out is made where it is missing; other files in it stay
 * @throws EvaluationError when a folder is no run, unfinished or named twice, or `out` is one of them or cannot be written
 * @throws what scoring throws, and the signal's reason when it aborts
 */
export async function writeReport(
  folders: readonly string[],
  out: string,
  options: ReportOptions = {},
): Promise<readonly RunGroup[]> {
  checkFolders(folders, out);
  const runs = await openFinished(folders, options);
  const scored = await scoreAll(folders, runs, options);
  const groups = groupRuns(scored);
  const published = await readPublished();
  const drawings = new Map<ScoredRun, Drawings>();
  for (const [i, run] of scored.entries()) {
    options.signal?.throwIfAborted();
    drawings.set(run, {
      plots: await drawRunPlots(run),
      cases: await drawCases(folders[i]!, runs[i]!, run.scores.rows),
    });
  }
  const blocks = composeReport(groups, published, drawings);
  await writeTogether(out, {
    [REPORT_FILES.scores]: `${JSON.stringify({ reportVersion: 1, groups: groups.map(withoutRows), published }, null, 2)}\n`,
    [REPORT_FILES.markdown]: writeMarkdown(TITLE, blocks),
    [REPORT_FILES.page]: writePage(TITLE, blocks),
  });
  return groups;
}

/** Rows are left to the scores of the run itself. */
function withoutRows({ runs, ...group }: RunGroup): object {
  return {
    ...group,
    runs: runs.map(({ label, constantZone, scores: { rows: _, ...scores } }) => ({
      label,
      scores,
      constantZone,
    })),
  };
}

function checkFolders(folders: readonly string[], out: string): void {
  const seen = new Set<string>();
  for (const folder of folders) {
    const path = resolve(folder);
    if (seen.has(path)) throw new EvaluationError(folder, 'the run is named twice', 'name each run once');
    seen.add(path);
  }
  if (seen.has(resolve(out))) {
    throw new EvaluationError(out, 'this is one of the runs', 'write the report to a folder of its own');
  }
}

/** Opens all runs before any is scored, so that what is wrong with the last one shows at once. */
async function openFinished(folders: readonly string[], { signal, onStart }: ReportOptions): Promise<Run[]> {
  const runs: Run[] = [];
  let rows = 0;
  for (const folder of folders) {
    const run = await openRun(folder);
    let answered = 0;
    for await (const _ of run.predictions()) {
      signal?.throwIfAborted();
      answered++;
    }
    if (answered < run.record.pairs) {
      throw new EvaluationError(
        folder,
        `the run is unfinished: ${answered} of ${run.record.pairs} pairs are answered`,
        'go on with the same call of prs-med eval and --resume',
      );
    }
    rows += answered;
    runs.push(run);
  }
  onStart?.(rows);
  return runs;
}

async function scoreAll(
  folders: readonly string[],
  runs: readonly Run[],
  { signal, onRow }: ReportOptions,
): Promise<ScoredRun[]> {
  const synonyms = await readWordNet();
  const labels = labelRuns(
    runs.map(({ record }, i) => ({ subject: record.subject, folder: basename(resolve(folders[i]!)) })),
  );
  const scored: ScoredRun[] = [];
  for (const [i, run] of runs.entries()) {
    const scores: RunScores = await scoreRun(run, {
      synonyms,
      ...(signal && { signal }),
      ...(onRow && { onRow }),
    });
    const constantZone = scores.segmentation === null ? null : await scoreConstantZone(run);
    scored.push({ label: labels[i]!, scores, constantZone });
  }
  return scored;
}

/** Writes all files beside and then renames them, so that a failure leaves those of before. */
async function writeTogether(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const mark = `${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const paths = Object.keys(files).map((name) => join(folder, name));
  try {
    await mkdir(folder, { recursive: true });
    for (const [i, text] of Object.values(files).entries()) {
      await writeFile(`${paths[i]!}.${mark}`, text, { flag: 'wx' });
    }
    for (const path of paths) await rename(`${path}.${mark}`, path);
  } catch (error) {
    await Promise.all(paths.map((path) => rm(`${path}.${mark}`, { force: true }).catch(() => undefined)));
    throw writeFailure(folder, error);
  }
}
