import type { ImageRow, PairRow, TargetRow } from './schema.js';

/** An image of a PosMed folder with all that is known of it, each in the order of its table. */
export interface DatasetImage {
  image: ImageRow;
  targets: readonly TargetRow[];
  pairs: readonly PairRow[];
}
