import { join } from 'node:path';
import { drawOverlay, type Mask, type Picture, resizeMask } from '@prs-med/imaging';
import { decodeRle } from '@prs-med/posmed';
import { dataUri, readPagePicture, shrinkForPage } from '@prs-med/posmed/node';
import type { DrawnCase } from '../report/blocks.js';
import { type ChosenCase, chooseCases } from '../report/choose-cases.js';
import { modalityName } from '../report/columns.js';
import type { RowScore } from '../run/row-score.js';
import type { Run } from '../run/run.js';
import type { PredictionRow } from '../run/schema.js';
import { atHalf } from '../segmentation/score-image.js';
import { PREDICTED_COLOUR, TRUE_COLOUR } from './report-page.js';

/**
 * The best, median and worst pictures of a run, drawn with both outlines; on an empty ground where a picture is missing or
 * damaged.
 * @param folder of the run, which its pictures' paths are relative to
 * @throws what reading rows and maps throws
 */
export async function drawCases(folder: string, run: Run, rows: readonly RowScore[]): Promise<DrawnCase[]> {
  const chosen = chooseCases(rows);
  const wanted = new Set(chosen.map(({ row }) => row.id));
  const kept = new Map<string, PredictionRow>();
  for await (const row of run.predictions()) if (wanted.has(row.id)) kept.set(row.id, row);
  const drawn: DrawnCase[] = [];
  for (const one of chosen) drawn.push(await drawCase(folder, run, one, kept.get(one.row.id)!));
  return drawn;
}

async function drawCase(
  folder: string,
  run: Run,
  { rank, row }: ChosenCase,
  kept: PredictionRow,
): Promise<DrawnCase> {
  const { width, height } = kept;
  const picture = await readPagePicture(join(folder, kept.file));
  const truth = decodeRle(kept.truth, width, height);
  const predicted = atHalf(await run.readMask(kept));
  return {
    rank,
    of: `${modalityName(row.modality)}, ${row.target}`,
    image: row.image,
    dice: row.dice,
    question: row.question,
    reference: row.answer,
    answer: row.prediction,
    overlay: await dataUri(drawOutlines(picture ?? emptyGround(width, height), truth, predicted)),
    hasPicture: picture !== null,
  };
}

const emptyGround = (width: number, height: number): Picture =>
  shrinkForPage({ width, height, data: new Uint8Array(3 * width * height) });

function drawOutlines(picture: Picture, truth: Mask, predicted: Mask): Picture {
  const look = { lineWidth: 2, fillOpacity: 0, zones: false };
  const fit = (mask: Mask): Mask => resizeMask(mask, picture.width, picture.height);
  const withTruth = drawOverlay(picture, fit(truth), { ...look, colour: TRUE_COLOUR });
  return drawOverlay(withTruth, fit(predicted), { ...look, colour: PREDICTED_COLOUR });
}
