import { quantile } from '../statistics/bootstrap.js';
import { type Block, cell, heading, list, tableBlock } from './blocks.js';
import { NOTHING } from './figure-text.js';
import type { ScoredRun } from './scored-run.js';

/** How each run was made. */
export function recordBlocks(runs: readonly ScoredRun[]): Block[] {
  return [
    heading('How it was run'),
    tableBlock({
      caption: 'Runs',
      columns: [
        ['run'],
        ['what answered'],
        ['data', 'SHA-256 of its pairs'],
        ['split'],
        ['pairs'],
        ['pictures'],
        ['most pairs', 'a picture'],
        ['seed'],
        ['median', 'ms a pair'],
      ],
      rows: runs.map(({ label, scores: { record, rows } }) => ({
        name: label,
        cells: [
          cell(...subjectLines(record.subject)),
          cell(record.data.name, record.data.sha256.slice(0, 16)),
          cell(record.data.split),
          cell(String(record.pairs)),
          cell(String(record.images)),
          cell(record.perImage === null ? 'all' : String(record.perImage)),
          cell(String(record.seed)),
          cell(medianMilliseconds(rows)),
        ],
      })),
    }),
  ];
}

function subjectLines(subject: ScoredRun['scores']['record']['subject']): string[] {
  switch (subject.kind) {
    case 'model':
      return [`model ${subject.name} ${subject.version}`, `SHA-256 ${subject.sha256.slice(0, 16)}`];
    case 'predictions':
      return [`predictions in ${subject.name}`, `SHA-256 ${subject.sha256.slice(0, 16)}`];
    case 'endpoint':
      return [`endpoint, model ${subject.name}`];
    case 'baseline':
      return [`baseline ${subject.name}`, 'does not look at the picture'];
  }
}

function medianMilliseconds(rows: ScoredRun['scores']['rows']): string {
  const told = rows.map(({ milliseconds }) => milliseconds).filter((value) => value > 0);
  return told.length === 0
    ? NOTHING
    : quantile(
        told.sort((a, b) => a - b),
        0.5,
      ).toFixed(0);
}

/** What the figures mean. */
export function definitionBlocks(): Block[] {
  return [
    heading('How to read it'),
    list([
      'mDice and mIoU: of 8-bit probability maps, Dice and IoU at each of 256 thresholds from 0 to 1, averaged over pictures and then over thresholds, as the published evaluation does; maps are not stretched.',
      'Dice at 0.5: of the mask that a user sees, a picture at a time; of an empty truth 1 when the mask is empty too, else 0.',
      'Intervals: 95 %, from 10,000 draws of whole groups (patients, studies, sequences), since pictures of one patient are not independent. None where there is one group alone.',
      'Zone accuracy: of answers whose reference names zones, by a deterministic parser of zone language.',
      'Calibration: over all pixels of the pictures that segmentation counts.',
    ]),
  ];
}
