import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunScores, scoreRun } from '@prs-med/evaluation';
import { openRun, readWordNet } from '@prs-med/evaluation/node';
import { printable } from '../printable.js';
import { scoresTables } from './scores-tables.js';

/** The file in a run's folder that its scores are in. */
const SCORES_FILE = 'scores.json';

/**
 * Scores a run from what its folder keeps, writes scores.json there and prints it, or the main figures for a reader.
 * @throws EvaluationError or PictureError for what is broken in the folder; the signal's reason when it aborts
 */
export async function printScores(out: string, json: boolean, signal: AbortSignal): Promise<void> {
  const scores = await scoreRun(await openRun(out), { synonyms: await readWordNet(), signal });
  const document = `${JSON.stringify(scores, null, 2)}\n`;
  const path = join(out, SCORES_FILE);
  await writeFile(`${path}.tmp`, document);
  await rename(`${path}.tmp`, path);
  process.stdout.write(json ? document : `${describe(out, scores)}\n`);
}

function describe(out: string, scores: RunScores): string {
  const { subject, data, missing } = scores.record;
  const asked = `${scores.answered.toLocaleString('en')} questions about ${data.name}, ${data.split}`;
  return [
    printable(`${out}: ${subject.kind} ${subject.name} was asked ${asked}`),
    ...(missing.length > 0
      ? [`  ${missing.length} predictions were missing or of no use; the figures leave them out`]
      : []),
    '',
    scoresTables(scores),
    '',
    `All figures are in ${printable(join(out, SCORES_FILE))}.`,
  ].join('\n');
}
