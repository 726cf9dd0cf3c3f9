import { readFileSync } from 'node:fs';
import type { ImageRow, PairRow, TargetRow } from '../../src/index.js';

/** Two images, three targets and three pairs; the Parquet fixtures, which pyarrow wrote, hold the same. */
export const { images, targets, pairs } = JSON.parse(
  readFileSync(new URL('fixtures/rows.json', import.meta.url), 'utf8'),
) as { images: ImageRow[]; targets: TargetRow[]; pairs: PairRow[] };
