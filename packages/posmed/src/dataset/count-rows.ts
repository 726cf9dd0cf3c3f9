import { createParserReport } from '../language/parser-report.js';
import { PAIR_KINDS } from '../pair.js';
import { sceneOfRows } from '../position/scene-of-rows.js';
import { MODALITIES, SPLITS } from '../sources/source.js';
import type { MadePairs } from './make-pairs.js';
import { pairOfRow } from './pair-rows.js';
import type { DatasetRecord, ImageRow, TargetRow } from './schema.js';

/** What dataset.json tells of the rows. */
export type RowCounts = Pick<DatasetRecord, 'counts' | 'parser'>;

/** Counts the rows of a data set, picture by picture. */
export interface RowCounter {
  add(image: ImageRow, targets: readonly TargetRow[], made: MadePairs): void;
  /** Everything is in an order of its own, whatever the order of the pictures. */
  result(): RowCounts;
}

export function createRowCounter(): RowCounter {
  const report = createParserReport();
  const totals = { images: 0, targets: 0, pairs: 0, rejected: 0 };
  const splits = new Map<string, { images: number; pairs: number }>();
  const modalities = new Map<string, { images: number; pairs: number }>();
  const kinds = new Map<string, number>();
  const reasons = new Map<string, number>();
  return {
    add(image, targets, { pairs, contradicted, unmade }) {
      totals.images++;
      totals.targets += targets.length;
      totals.pairs += pairs.length;
      totals.rejected += contradicted.length + unmade.length;
      countPairs(splits, image.split, pairs.length);
      countPairs(modalities, image.modality, pairs.length);
      for (const { kind } of pairs) increase(kinds, kind);
      for (const { reason } of [...contradicted, ...unmade]) increase(reasons, withoutNames(reason));
      const scene = sceneOfRows(image, targets);
      for (const row of pairs) report.add(pairOfRow(row), scene, null);
      for (const row of contradicted) report.add(pairOfRow(row), scene, row.reason);
    },
    result: () => ({
      counts: {
        ...totals,
        splits: inOrder(splits, SPLITS),
        modalities: inOrder(modalities, MODALITIES),
        kinds: inOrder(kinds, PAIR_KINDS),
        reasons: Object.fromEntries(
          [...reasons].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1)),
        ),
      },
      parser: report.summary(),
    }),
  };
}

function countPairs(counts: Map<string, { images: number; pairs: number }>, name: string, pairs: number) {
  const count = counts.get(name) ?? { images: 0, pairs: 0 };
  count.images++;
  count.pairs += pairs;
  counts.set(name, count);
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Ids and words in quotes would make each reason one of its own. */
const withoutNames = (reason: string): string => reason.replace(/"[^"]*"/g, '"…"');

function inOrder<Value>(counts: ReadonlyMap<string, Value>, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(names.flatMap((name) => (counts.has(name) ? [[name, counts.get(name)!]] : [])));
}
