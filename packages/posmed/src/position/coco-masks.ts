import { LONGEST_SIDE, type Mask } from '@prs-med/imaging';
import { z } from 'zod';
import { decodeRle, RleError } from './rle.js';

/** The masks of a file, all of one size, by the name or else the number of their category; null where it has none. */
export type CocoMasks = ReadonlyMap<string | number | null, Mask>;

const side = z.number().int().min(1).max(LONGEST_SIDE);
const encoded = z.object({
  size: z.tuple([side, side]),
  counts: z.union([z.string(), z.array(z.number())]),
});
const annotation = z.object({
  category_name: z.string().optional(),
  category_id: z.union([z.number(), z.string()]).optional(),
  segmentation: encoded,
});
const masksFile = z.union([
  encoded.transform((segmentation) => [{ segmentation }]),
  annotation.transform((one) => [one]),
  z.array(annotation).min(1),
]);

/**
 * The masks of a JSON text with COCO's run-length encodings: one, `{ "size": [height, width], "counts": ... }`, or a
 * list of annotations that have one as their `segmentation`, with `category_name` or `category_id`. Several of one
 * category become one mask.
 * Source: the formats of COCO's annotations and results, cocodataset.org.
 * @throws RleError for anything else; its message does not name the file
 */
export function parseCocoMasks(text: string): CocoMasks {
  const masks = new Map<string | number | null, Mask>();
  let first: Mask | null = null;
  for (const { segmentation, ...category } of readEntries(text)) {
    const label = labelOf(category);
    const [height, width] = segmentation.size;
    const mask = decodeRle(segmentation.counts, width, height);
    first ??= mask;
    if (mask.width !== first.width || mask.height !== first.height) {
      const sizes = [first, mask].map((one) => `${one.width} x ${one.height}`);
      throw new RleError(`its masks are of different sizes, ${sizes.join(' and ')} pixels`);
    }
    const known = masks.get(label);
    if (known) addPixels(known, mask);
    else masks.set(label, mask);
  }
  return masks;
}

function addPixels(to: Mask, from: Mask): void {
  for (let i = 0; i < to.data.length; i++) if (from.data[i] !== 0) to.data[i] = 1;
}

function labelOf(category: {
  category_name?: string | undefined;
  category_id?: number | string | undefined;
}) {
  return category.category_name ?? category.category_id ?? null;
}

function readEntries(text: string): z.infer<typeof masksFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RleError('it is no JSON', { cause });
  }
  const parsed = masksFile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RleError(
    `it holds no masks as run lengths: "size" with height and width up to ${LONGEST_SIDE}, and "counts"`,
    { cause: parsed.error },
  );
}
