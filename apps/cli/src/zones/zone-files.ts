import { describeError, FAILED, statusOf, WRONG_INPUT } from '../command-error.js';
import type { ZonesOptions } from '../commands/zones.js';
import { interruptible, outcome } from '../process-state.js';
import { maskPaths } from './mask-paths.js';
import { readMasks } from './read-masks.js';
import { type ZoneEntry, zoneEntry } from './zone-entry.js';
import { zoneTable } from './zone-table.js';

/** Files that are read at a time: enough to keep the threads that read and decode busy. */
const AT_A_TIME = 16;

/** `prs-med zones`: where masks lie. A file that fails is reported and the others are done. */
export async function zoneFiles(masks: readonly string[], options: ZonesOptions): Promise<void> {
  const entries = await interruptible((signal) => entriesOf(masks, options, signal));
  if (entries.length === 0) return;
  const { rule, laterality } = options;
  const text = options.json
    ? JSON.stringify({ masks: entries, rule, laterality }, null, 2)
    : zoneTable(entries, laterality);
  process.stdout.write(`${text}\n`);
}

async function entriesOf(
  masks: readonly string[],
  options: ZonesOptions,
  signal: AbortSignal,
): Promise<ZoneEntry[]> {
  const paths: string[] = [];
  for (const mask of masks) {
    try {
      for (const path of await maskPaths(mask)) paths.push(path);
    } catch (error) {
      fail(error);
    }
  }
  const found = new Array<readonly ZoneEntry[]>(paths.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < paths.length; at = next++) {
      signal.throwIfAborted();
      found[at] = await entriesOfFile(paths[at]!, options);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return found.flat();
}

async function entriesOfFile(path: string, options: ZonesOptions): Promise<ZoneEntry[]> {
  try {
    return (await readMasks(path)).map((mask) => zoneEntry(path, mask, options));
  } catch (error) {
    fail(error);
    return [];
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${describeError(error, 'zones', process.argv.includes('--debug'))}\n`);
  const status = statusOf(error) === WRONG_INPUT ? WRONG_INPUT : FAILED;
  outcome.status = outcome.status === FAILED ? FAILED : status;
}
