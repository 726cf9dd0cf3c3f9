import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ProbabilityMap } from '@prs-med/imaging';
import { writeProbabilities } from '@prs-med/imaging/node';
import { EvaluationError } from '../evaluation-error.js';
import { type PredictionRow, RUN_FILES, type RunRecord, type TrainingRow } from '../run/schema.js';
import type { Prediction } from '../segmentation/prediction.js';
import { writeFailure } from './file-failure.js';
import { type LineWriter, openLineWriter } from './line-writer.js';
import { lockBeside } from './lock-beside.js';
import { openRun, readRunRecord } from './run-folder.js';

export interface RunWriterOptions {
  /** Whether to go on with a run that the folder holds, if any. */
  readonly resume: boolean;
  /** What training.jsonl is to hold; written when the run begins. */
  readonly training: Iterable<TrainingRow> | AsyncIterable<TrainingRow>;
}

/** Writes answers of a run as they come. */
export interface RunWriter {
  /** Ids of the pairs that the folder has answers to, from before too. */
  readonly done: ReadonlySet<string>;
  /**
   * Keeps an answer: its map at `row.mask` first, then the line. May be called again before it is done.
   * @param map of the picture's size; null exactly where `row.mask` is
   * @throws RangeError for a pair that is done, or a map that does not fit its row
   * @throws PictureError or EvaluationError when the disk refuses
   */
  write(row: PredictionRow, map: ProbabilityMap | Prediction | null): Promise<void>;
  close(): Promise<void>;
}

/** Where the map of a pair is kept, relative to the run folder. */
export const maskFileOf = (pairId: string): string =>
  `${RUN_FILES.masks}/${encodeURIComponent(pairId).replaceAll('*', '%2A')}.png`;

/**
 * Begins a run folder, or goes on with one: run.json and training.jsonl are written first, then one line an answer. A line
 * that a kill cut short is dropped, and its pair is not among those that are done.
 * @throws EvaluationError when the folder holds a run and is not to be resumed, another run than this one or other files,
 *   another process writes to it, or it cannot be written
 */
export async function createRunWriter(
  folder: string,
  record: RunRecord,
  options: RunWriterOptions,
): Promise<RunWriter> {
  const release = await lockBeside(join(folder, LOCK), 'name another folder');
  try {
    await prepare(folder, record, options);
    await removeHalfWritten(join(folder, RUN_FILES.masks));
    const done = new Set<string>();
    for await (const { id } of (await openRun(folder)).predictions()) done.add(id);
    const lines = await openLineWriter(join(folder, RUN_FILES.predictions));
    return {
      done,
      write: writerOf(folder, lines, done),
      async close() {
        await lines.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

const LOCK = 'lock';

/** Masks that a kill left under the names that they have while they are written. */
async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name));
}

function writerOf(folder: string, lines: LineWriter, done: Set<string>): RunWriter['write'] {
  const started = new Set(done);
  return async (row, map) => {
    if (started.has(row.id)) throw new RangeError(`pair ${row.id} has its answer already`);
    if ((map === null) !== (row.mask === null)) {
      throw new RangeError(`pair ${row.id}: its row names ${row.mask === null ? 'no map' : 'a map'}`);
    }
    if (map && (map.width !== row.width || map.height !== row.height)) {
      throw new RangeError(
        `pair ${row.id}: the map has ${map.width} x ${map.height} pixels and its picture ${row.width} x ${row.height}`,
      );
    }
    started.add(row.id);
    if (map && row.mask !== null) await writeProbabilities(join(folder, row.mask), asProbabilities(map));
    await lines.add(row);
    done.add(row.id);
  };
}

function asProbabilities({ width, height, data }: ProbabilityMap | Prediction): ProbabilityMap {
  if (data instanceof Float32Array) return { width, height, data };
  const probabilities = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) probabilities[i] = data[i]! / 255;
  return { width, height, data: probabilities };
}

async function prepare(
  folder: string,
  record: RunRecord,
  { resume, training }: RunWriterOptions,
): Promise<void> {
  const found = await readdir(folder);
  if (found.includes(RUN_FILES.record)) {
    if (!resume) {
      throw new EvaluationError(folder, 'it holds a run', 'go on with --resume, or name another folder');
    }
    return checkSame(folder, await readRunRecord(folder), record);
  }
  const own = new Set<string>([LOCK, ...Object.values(RUN_FILES)]);
  const foreign = found.find((name) => !own.has(name) && !name.endsWith('.tmp'));
  if (foreign !== undefined) {
    throw new EvaluationError(folder, `it holds other files, such as ${foreign}`, 'name an empty folder');
  }
  await mkdir(join(folder, RUN_FILES.masks), { recursive: true });
  const lines: string[] = [];
  for await (const row of training) lines.push(`${JSON.stringify(row)}\n`);
  await writeWhole(join(folder, RUN_FILES.training), lines.join(''));
  await writeWhole(join(folder, RUN_FILES.record), `${JSON.stringify(record, null, 2)}\n`);
}

function checkSame(folder: string, before: RunRecord, now: RunRecord): void {
  const names = Object.keys(now) as (keyof RunRecord)[];
  const other = names.filter((name) => !isDeepStrictEqual(before[name], now[name]));
  if (other.length === 0) return;
  throw new EvaluationError(
    join(folder, RUN_FILES.record),
    `the folder holds another run: ${other.join(', ')} ${other.length === 1 ? 'is' : 'are'} not the same`,
    'call it as before, or name another folder',
  );
}

async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  } catch (error) {
    throw writeFailure(path, error);
  }
}
