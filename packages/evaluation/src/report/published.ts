import { z } from 'zod';

const share = z.number().min(0).max(1);

/** What others have published of a method, and where. */
const publishedRow = z.object({
  method: z.string(),
  source: z.string(),
  /** The pictures that it was measured on. */
  data: z.string(),
  note: z.string().nullable(),
});

/** data/published.json: figures of others, which no run here is ranked with. */
export const publishedFigures = z.object({
  segmentation: z.array(
    publishedRow.extend({
      figures: z.array(
        z.object({ modality: z.string(), target: z.string(), meanDic: share, meanIoU: share.nullable() }),
      ),
    }),
  ),
  segmentationNotes: z.array(z.string()),
  /** Why there are none of answers. */
  positionReasoningNotes: z.array(z.string()),
});

export type PublishedFigures = z.infer<typeof publishedFigures>;
export type PublishedRow = z.infer<typeof publishedRow>;
