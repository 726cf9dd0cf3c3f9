import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mask } from '@prs-med/imaging';
import { encodeRle } from '@prs-med/posmed';
import { afterEach } from 'vitest';
import { createRunWriter, maskFileOf } from '../../src/node/run-writer.js';
import type { PredictionRow, RunRecord, TrainingRow } from '../../src/run/schema.js';
import type { Prediction } from '../../src/segmentation/prediction.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A path that is free, in a folder that is removed after the test. */
export async function freePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-run-'));
  folders.push(folder);
  return join(folder, 'run');
}

export const SIDE = 8;

/** A mask of 8 x 8 of the pixels in the rows of text, "#" for target; rows and columns that lack are background. */
export function drawn(...rows: readonly string[]): Mask {
  const data = new Uint8Array(SIDE * SIDE);
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) data[y * SIDE + x] = row[x] === '#' ? 1 : 0;
  });
  return { width: SIDE, height: SIDE, data };
}

export const EMPTY = drawn();

/** A map of one level inside a mask and another outside. */
export function mapOf(mask: Mask, inside = 255, outside = 0): Prediction {
  return { ...mask, data: mask.data.map((value) => (value !== 0 ? inside : outside)) };
}

export const record = (changes: Partial<RunRecord> = {}): RunRecord => ({
  runVersion: 1,
  subject: { kind: 'model', name: 'small', version: '1', sha256: 'a'.repeat(64) },
  data: { name: 'made', sha256: 'b'.repeat(64), split: 'test' },
  seed: 0,
  perImage: null,
  wordings: null,
  pairs: 1,
  images: 1,
  movedGroups: [],
  missing: [],
  ...changes,
});

/** What a made row is of: all that is not told is a `where` question about a polyp in the center. */
export interface MadeRow extends Partial<Omit<PredictionRow, 'truth' | 'rest'>> {
  readonly id: string;
  readonly truth?: Mask;
  readonly rest?: Mask;
  readonly map?: Prediction | null;
}

/** A row and its map. */
export function madeRow({ map = null, ...told }: MadeRow): [PredictionRow, Prediction | null] {
  const truth = encodeRle(told.truth ?? EMPTY);
  const rest = encodeRle(told.rest ?? EMPTY);
  const row: PredictionRow = {
    image: told.id,
    file: `../pictures/${told.id}.png`,
    source: 'made',
    group: told.id,
    modality: 'endoscopy',
    target: 'polyp',
    kind: 'where',
    whole: false,
    width: SIDE,
    height: SIDE,
    question: 'Where is the polyp?',
    answer: 'The polyp is in the center of the image.',
    zones: ['center'],
    prediction: null,
    predictedPresent: null,
    presence: null,
    predictedZones: [],
    mask: map === null ? null : maskFileOf(told.id),
    milliseconds: 1,
    ...told,
    truth,
    rest,
  };
  return [row, map];
}

/** A run folder with these rows. */
export async function madeRun(
  rows: readonly MadeRow[],
  options: { readonly record?: Partial<RunRecord>; readonly training?: readonly TrainingRow[] } = {},
): Promise<string> {
  const folder = await freePath();
  const training = options.training ?? [];
  const about = record({ pairs: rows.length, images: rows.length, ...options.record });
  const writer = await createRunWriter(folder, about, { resume: false, training });
  for (const row of rows) await writer.write(...madeRow(row));
  await writer.close();
  return folder;
}
