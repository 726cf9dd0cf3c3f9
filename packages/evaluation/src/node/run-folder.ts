import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EvaluationError } from '../evaluation-error.js';
import type { Run } from '../run/run.js';
import {
  type PredictionRow,
  predictionRow,
  RUN_FILES,
  RUN_VERSION,
  type RunRecord,
  runRecord,
  type TrainingRow,
  trainingRow,
} from '../run/schema.js';
import type { Prediction } from '../segmentation/prediction.js';
import { isMissing, readFailure } from './file-failure.js';
import { problemOf, readJsonLines } from './json-lines.js';
import { readMap } from './read-map.js';

/**
 * Opens a run folder.
 * @throws EvaluationError when it has no run.json, or one of another version or form
 */
export async function openRun(folder: string): Promise<Run> {
  const record = await readRunRecord(folder);
  return {
    record,
    predictions: () => readPredictions(join(folder, RUN_FILES.predictions)),
    training: () => readTraining(join(folder, RUN_FILES.training)),
    async readMask(row) {
      const path = join(folder, RUN_FILES.predictions);
      if (row.mask === null) {
        throw new EvaluationError(path, `pair ${row.id} has no mask`, 'score its answer alone');
      }
      return readMapOf(join(folder, row.mask), row);
    },
  };
}

/** @throws EvaluationError as {@link openRun} does */
export async function readRunRecord(folder: string): Promise<RunRecord> {
  const path = join(folder, RUN_FILES.record);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const failure = readFailure(path, error);
    if (!isMissing(failure)) throw failure;
    throw new EvaluationError(
      folder,
      `this is no run folder: it has no ${RUN_FILES.record}`,
      'name one that prs-med eval made',
      { cause: error },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EvaluationError(path, 'it is no JSON', 'run prs-med eval again', { cause });
  }
  const version = z.object({ runVersion: z.number() }).safeParse(value);
  if (version.success && version.data.runVersion !== RUN_VERSION) {
    throw new EvaluationError(
      path,
      `it is of version ${version.data.runVersion}, and ${RUN_VERSION} is read here`,
      version.data.runVersion > RUN_VERSION ? 'use a newer prs-med' : 'run prs-med eval again',
    );
  }
  const parsed = runRecord.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EvaluationError(
    path,
    `it is no record of a run: ${problemOf(parsed.error)}`,
    'run prs-med eval again',
    { cause: parsed.error },
  );
}

async function* readPredictions(path: string): AsyncGenerator<PredictionRow> {
  const seen = new Set<string>();
  try {
    for await (const row of readJsonLines(path, predictionRow, 'row of predictions', { mayBeCut: true })) {
      if (seen.has(row.id)) {
        throw new EvaluationError(path, `pair ${row.id} has two lines`, 'delete one of them');
      }
      seen.add(row.id);
      yield row;
    }
  } catch (error) {
    // A run that was stopped before its first answer has no such file yet.
    if (!isMissing(error)) throw error;
  }
}

async function* readTraining(path: string): AsyncGenerator<TrainingRow> {
  try {
    yield* readJsonLines(path, trainingRow, 'row of training answers');
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function readMapOf(path: string, { width, height }: PredictionRow): Promise<Prediction> {
  const map = await readMap(path);
  if (map.width === width && map.height === height) return map;
  throw new EvaluationError(
    path,
    `the map has ${map.width} x ${map.height} pixels and its picture ${width} x ${height}`,
    'run prs-med eval again',
  );
}
