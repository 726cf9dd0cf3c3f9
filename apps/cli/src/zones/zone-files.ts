import { FAILED, WRONG_INPUT } from '../command-error.js';
import type { ZonesOptions } from '../commands/zones.js';
import { interruptible, outcome } from '../process-state.js';
import { type FileResult, failureOf } from './describe-file.js';
import { describeFiles } from './describe-files.js';
import { maskPaths } from './mask-paths.js';
import type { ZoneEntry } from './zone-entry.js';
import { zoneTable } from './zone-table.js';

/** `prs-med zones`: where masks lie. A file that fails is reported and the others are done. */
export async function zoneFiles(masks: readonly string[], options: ZonesOptions): Promise<void> {
  const { rule, laterality } = options;
  const debug = process.argv.includes('--debug');
  const paths: string[] = [];
  for (const mask of masks) {
    try {
      for (const path of await maskPaths(mask)) paths.push(path);
    } catch (error) {
      entriesOf(failureOf(error, debug));
    }
  }
  const results = await interruptible((signal) => describeFiles(paths, { rule, laterality, debug }, signal));
  const entries = results.flatMap(entriesOf);
  if (entries.length === 0) return;
  const text = options.json
    ? JSON.stringify({ masks: entries, rule, laterality }, null, 2)
    : zoneTable(entries, laterality);
  process.stdout.write(`${text}\n`);
}

/** The entries of a file; none where it failed, which is told. */
function entriesOf(result: FileResult): readonly ZoneEntry[] {
  if ('entries' in result) return result.entries;
  process.stderr.write(`${result.failure}\n`);
  const status = result.status === WRONG_INPUT ? WRONG_INPUT : FAILED;
  outcome.status = outcome.status === FAILED ? FAILED : status;
  return [];
}
