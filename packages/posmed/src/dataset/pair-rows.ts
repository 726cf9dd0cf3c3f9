import type { Pair } from '../pair.js';
import type { PairRow } from './schema.js';

/** The pair of a row in qa.parquet. */
export function pairOfRow(row: PairRow): Pair {
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
  const { kind, template, question, answer, laterality, target, asked, zones, truth } = pair;
  const { id, image, generator, status } = rest;
  return {
    id,
    image,
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
    generator,
    status,
  };
}
