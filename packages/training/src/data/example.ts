import {
  type DatasetImage,
  type Pair,
  type PairRow,
  pairOfRow,
  type Split,
  type ZoneRule,
} from '@prs-med/posmed';

/** A picture with what is marked in it and the questions and answers about it. */
export interface Example {
  readonly id: string;
  /** Path relative to the data folder. */
  readonly image: string;
  readonly modality: string;
  readonly group: string;
  readonly split: Split;
  readonly width: number;
  readonly height: number;
  readonly targets: readonly ExampleTarget[];
  readonly pairs: readonly Pair[];
  /** What the zones that the pairs name were found with. */
  readonly zoneRule: ZoneRule;
}

/** A kind of target in a picture, as in targets.parquet. */
export interface ExampleTarget {
  readonly id: string;
  readonly target: string;
  readonly rle: string;
}

/** Statuses of pairs that nobody should learn from: a panel turned them down, or could not agree. */
const TURNED_DOWN: ReadonlySet<PairRow['status']> = new Set(['rejected', 'undecided']);

/** Pairs that a review turned down are left out. */
export function toExample({ image, targets, pairs }: DatasetImage, zoneRule: ZoneRule): Example {
  const { id, file, modality, group, split, width, height } = image;
  return {
    id,
    image: file,
    modality,
    group,
    split,
    width,
    height,
    targets: targets.map((row) => ({ id: row.id, target: row.target, rle: row.rle })),
    pairs: pairs.filter(({ status }) => !TURNED_DOWN.has(status)).map(pairOfRow),
    zoneRule,
  };
}
