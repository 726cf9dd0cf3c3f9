import { type Mask, ZONES } from '@prs-med/imaging';
import type { DatasetImage } from '../dataset/dataset-image.js';
import type { ImageRow, PairRow, PairStatus } from '../dataset/schema.js';
import { decodeRle, encodeRle } from '../position/rle.js';
import { maskOfTruth } from '../position/truth-mask.js';

/** A pair with all that is known of its image, and its truth as one mask. */
export interface ExportRow extends PairRow, Omit<ImageRow, 'id'> {
  /** What is right, as COCO's compressed run-length encoding of the image's height and width; empty when absent. */
  mask: string;
}

/** What users of a data set expect: all pairs but those that experts turned down or did not agree on. */
export const EXPORTED_STATUSES: readonly PairStatus[] = ['checked', 'accepted'];

/**
 * The rows of an image's pairs, in their order.
 * @param statuses of the pairs that are taken
 * @param fileOf the path of the picture as the export names it, from that in images.parquet
 */
export function exportRows(
  entry: DatasetImage,
  statuses: ReadonlySet<PairStatus>,
  fileOf: (file: string) => string,
): ExportRow[] {
  const { id: _, ...image } = entry.image;
  const masks = truthMasks(entry);
  return entry.pairs
    .filter(({ status }) => statuses.has(status))
    .map((pair) => ({ ...pair, ...image, file: fileOf(image.file), mask: masks(pair.targets) }));
}

/** Finds the mask of a truth; those of the whole targets are taken as they are, all others made once. */
export function truthMasks({ image, targets }: DatasetImage): (truth: readonly string[]) => string {
  const { width, height } = image;
  const known = new Map(targets.map(({ id, rle }) => [id, rle]));
  let masks: Map<string, Mask> | null = null;
  return (truth) => {
    const key = truth.join('\n');
    const made = known.get(key);
    if (made !== undefined) return made;
    masks ??= new Map(targets.map(({ id, rle }) => [id, decodeRle(rle, width, height)]));
    const rle = encodeRle(maskOfTruth(truth, masks, width, height));
    known.set(key, rle);
    return rle;
  };
}

/** The columns that the published set was released with. */
export const RELEASED_COLUMNS = [
  'image_path',
  'image_name',
  'split',
  'question',
  'position',
  'answer',
] as const;

/** A row in the released columns; the position is the zones that the answer names, and empty when it names none. */
export function releasedRow(row: ExportRow): Record<(typeof RELEASED_COLUMNS)[number], string> {
  return {
    image_path: row.file,
    image_name: row.file.slice(row.file.lastIndexOf('/') + 1),
    split: row.split,
    question: row.question,
    position: ZONES.filter((zone) => row.zones.includes(zone)).join(', '),
    answer: row.answer,
  };
}
