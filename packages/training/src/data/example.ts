import {
  type ImageRow,
  type Pair,
  type PairRow,
  pairOfRow,
  type Split,
  type TargetRow,
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
}

/** A kind of target in a picture, as in targets.parquet. */
export interface ExampleTarget {
  readonly id: string;
  readonly target: string;
  readonly rle: string;
}

/** Statuses of pairs that nobody should learn from: a panel turned them down, or could not agree. */
const TURNED_DOWN: ReadonlySet<PairRow['status']> = new Set(['rejected', 'undecided']);

/** Joins the rows of a data set by picture. Pairs that a review turned down are left out. */
export async function joinExamples(
  images: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  targets: AsyncIterable<TargetRow> | Iterable<TargetRow>,
  pairs: AsyncIterable<PairRow> | Iterable<PairRow>,
): Promise<Example[]> {
  const examples = new Map<string, Example & { targets: ExampleTarget[]; pairs: Pair[] }>();
  for await (const { id, file, modality, group, split, width, height } of images) {
    examples.set(id, { id, image: file, modality, group, split, width, height, targets: [], pairs: [] });
  }
  for await (const { id, image, target, rle } of targets)
    examples.get(image)?.targets.push({ id, target, rle });
  for await (const row of pairs) {
    if (!TURNED_DOWN.has(row.status)) examples.get(row.image)?.pairs.push(pairOfRow(row));
  }
  return [...examples.values()];
}
