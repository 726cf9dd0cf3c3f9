import { ZONES } from '@prs-med/imaging';
import type { SaidZone, ZoneConfusion } from '../run/zone-confusion.js';
import { type Block, heading, paragraph, type Table, tableBlock } from './blocks.js';
import type { ScoredRun } from './scored-run.js';

/** Which zones are taken for which, by answers and by masks. */
export function zoneBlocks(runs: readonly ScoredRun[]): Block[] {
  return [
    heading('Zones'),
    paragraph(
      'Of references that name one zone: how often that zone (the row) was said to be another (the column). An answer that denies or names no zone is in none, as is an empty mask.',
    ),
    ...runs.map(({ label, scores: { confusion } }) =>
      tableBlock(
        ...confusionTable(`${label}: zones of answers`, confusion.answers),
        ...confusionTable(`${label}: zones of masks`, confusion.masks),
      ),
    ),
  ];
}

function confusionTable(caption: string, confusion: ZoneConfusion | null): Table[] {
  if (confusion === null) return [];
  const all: readonly SaidZone[] = [...ZONES, 'several', 'none'];
  const said = all.filter(
    (zone) => (zone !== 'several' && zone !== 'none') || ZONES.some((truth) => confusion[truth][zone] > 0),
  );
  return [
    {
      caption,
      columns: [['true zone'], ...said.map((zone) => zone.split('-'))],
      rows: ZONES.map((truth) => {
        const counts = said.map((zone) => confusion[truth][zone]);
        const total = counts.reduce((sum, count) => sum + count, 0);
        return {
          name: truth,
          cells: counts.map((count) => ({ lines: [String(count)], heat: total === 0 ? 0 : count / total })),
        };
      }),
    },
  ];
}
