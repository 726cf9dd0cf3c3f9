import { rename, rm, writeFile } from 'node:fs/promises';
import { stringify } from 'csv-stringify/browser/esm/sync';
import type { ImageScore } from '../segmentation/score-image.js';
import { summarizeImage } from '../segmentation/summarize.js';
import { writeFailure } from './file-failure.js';
import type { PredictionPair } from './prediction-pairs.js';

/** The row of one picture in a table of figures. */
export interface PictureRow extends PredictionPair {
  readonly group: string;
  readonly dice: number;
  readonly iou: number;
  readonly hd95: number | null;
  readonly meanDic: number;
  readonly meanIoU: number;
  readonly wFm: number;
  readonly Sm: number;
  readonly meanEm: number;
  readonly mae: number;
  readonly truthPixels: number;
  readonly predictedPixels: number;
}

const COLUMNS = [
  'stem',
  'prediction',
  'truth',
  'group',
  'dice',
  'iou',
  'hd95',
  'meanDic',
  'meanIoU',
  'wFm',
  'Sm',
  'meanEm',
  'mae',
  'truthPixels',
  'predictedPixels',
] as const satisfies readonly (keyof PictureRow)[];

export function pictureRow(pair: PredictionPair, group: string, score: ImageScore): PictureRow {
  return {
    ...pair,
    group,
    dice: score.dice,
    iou: score.iou,
    hd95: score.hd95,
    ...summarizeImage(score),
    wFm: score.weightedFMeasure,
    Sm: score.structureMeasure,
    mae: score.meanAbsoluteError,
    truthPixels: score.truthPixels,
    predictedPixels: score.predictedPixels,
  };
}

/**
 * Writes a CSV file with a row a picture, beside and renamed; an empty cell stands for null.
 * @throws EvaluationError when it cannot be written
 */
export async function writePictureTable(path: string, rows: readonly PictureRow[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, stringify([...rows], { header: true, columns: [...COLUMNS] }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}
