import type { Zone } from '@prs-med/imaging';
import { decodeRle } from '@prs-med/posmed';
import { commonestZone, type TrainingAnswer } from '../answers/baselines.js';
import { mapOfZone } from '../baselines/blind.js';
import type { Run } from '../run/run.js';
import type { PredictionRow } from '../run/schema.js';
import type { SegmentationFigures } from '../segmentation/figures.js';
import { levelCounts, plainValues } from '../segmentation/prediction.js';
import { thresholdCurves } from '../segmentation/threshold-curves.js';
import { bootstrapMean, type ResamplingOptions } from '../statistics/bootstrap.js';

/** The figures of the segmentation table. */
export type TableFigures = Pick<SegmentationFigures, 'images' | 'meanDic' | 'meanIoU' | 'dice'> & {
  readonly confidenceInterval: Pick<SegmentationFigures['confidenceInterval'], 'dice'>;
};

/** What a mask reaches that is all of the modality's commonest zone, whatever the picture. */
export interface ConstantZoneFigures {
  readonly overall: TableFigures;
  readonly targets: readonly (TableFigures & { readonly modality: string; readonly target: string })[];
}

interface PictureFigures {
  readonly modality: string;
  readonly target: string;
  readonly group: string;
  readonly meanDic: number;
  readonly meanIoU: number;
  readonly dice: number;
}

/**
 * Scores the constant baseline of segmentation on the whole targets of a run. The zone is the one that most training answers
 * of the modality name, or most references where the run keeps no training answers. Null without whole targets.
 * @throws what reading rows throws
 */
export async function scoreConstantZone(
  run: Run,
  options: ResamplingOptions = {},
): Promise<ConstantZoneFigures | null> {
  const zoneOf = await learnZones(run);
  const pictures: PictureFigures[] = [];
  for await (const row of run.predictions())
    if (row.whole) pictures.push(scoreZone(row, zoneOf(row.modality)));
  if (pictures.length === 0) return null;
  const targets = new Map<string, PictureFigures[]>();
  for (const picture of pictures) {
    const key = JSON.stringify([picture.modality, picture.target]);
    targets.set(key, [...(targets.get(key) ?? []), picture]);
  }
  return {
    overall: summarize(pictures, options),
    targets: [...targets.values()].map((some) => ({
      modality: some[0]!.modality,
      target: some[0]!.target,
      ...summarize(some, options),
    })),
  };
}

async function learnZones(run: Run): Promise<(modality: string) => Zone> {
  const answers: TrainingAnswer[] = [];
  for await (const { modality, answer, zones } of run.training()) answers.push({ modality, answer, zones });
  if (answers.length === 0) {
    for await (const { modality, answer, zones } of run.predictions())
      answers.push({ modality, answer, zones });
  }
  const known = new Map<string, Zone>();
  return (modality) => {
    const own = answers.filter((row) => row.modality === modality);
    const zone = known.get(modality) ?? commonestZone(own.length > 0 ? own : answers);
    known.set(modality, zone);
    return zone;
  };
}

function scoreZone(row: PredictionRow, zone: Zone): PictureFigures {
  const { modality, target, group, width, height } = row;
  const inZone = mapOfZone(zone, width, height).data;
  const truth = decodeRle(row.truth, width, height);
  const counts = levelCounts({ width, height, data: Uint8Array.from(inZone, (value) => 255 * value) }, truth);
  const curves = thresholdCurves(counts, plainValues());
  const hits = counts.inside[255]!;
  const zonePixels = hits + counts.outside[255]!;
  const truthPixels = hits + counts.inside[0]!;
  return {
    modality,
    target,
    group,
    meanDic: mean(curves.dice),
    meanIoU: mean(curves.iou),
    dice: zonePixels + truthPixels === 0 ? 1 : (2 * hits) / (zonePixels + truthPixels),
  };
}

function summarize(pictures: readonly PictureFigures[], options: ResamplingOptions): TableFigures {
  const dice = pictures.map((picture) => picture.dice);
  const groups = pictures.map(({ group }) => group);
  return {
    images: pictures.length,
    meanDic: mean(pictures.map(({ meanDic }) => meanDic)),
    meanIoU: mean(pictures.map(({ meanIoU }) => meanIoU)),
    dice: mean(dice),
    confidenceInterval: { dice: bootstrapMean(dice, groups, options) },
  };
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
