import type { Pair } from '../pair.js';
import type { PairRow, RejectedRow } from './schema.js';

/** The pair of a row in qa.parquet or rejected.jsonl. */
export function pairOfRow(row: PairRow | RejectedRow): Pair {
  const { kind, template, question, answer, laterality, target, askedZones, askedSide, askedAll } = row;
  return {
    kind,
    template,
    question,
    answer,
    laterality,
    target,
    asked: { zones: askedZones, side: askedSide, all: askedAll },
    zones: row.zones,
    truth: row.targets,
  };
}

/** The row of a pair in qa.parquet. */
export function rowOfPair(pair: Pair, rest: Pick<PairRow, 'id' | 'image' | 'generator' | 'status'>): PairRow {
  const { id, image, generator, status } = rest;
  return { id, image, ...columnsOf(pair), generator, status };
}

/** The line of a pair in rejected.jsonl. */
export function rejectedRowOfPair(
  pair: Pair,
  rest: Pick<RejectedRow, 'image' | 'generator' | 'reason'>,
): RejectedRow {
  const { image, generator, reason } = rest;
  return { image, ...columnsOf(pair), generator, reason };
}

function columnsOf(pair: Pair): Omit<RejectedRow, 'image' | 'generator' | 'reason'> {
  const { kind, template, question, answer, laterality, target, asked, zones, truth } = pair;
  return {
    kind,
    template,
    question,
    answer,
    laterality,
    target,
    askedZones: [...asked.zones],
    askedSide: asked.side,
    askedAll: asked.all,
    zones: [...zones],
    targets: [...truth],
  };
}
