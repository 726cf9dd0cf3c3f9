import type { RowVerdict } from '../answers/answer-row.js';
import type { PredictionRow } from './schema.js';

/** What a run's row says and how right it is; what is not known of it is null. */
export interface RowScore
  extends Pick<
    PredictionRow,
    | 'id'
    | 'image'
    | 'file'
    | 'source'
    | 'group'
    | 'modality'
    | 'target'
    | 'kind'
    | 'whole'
    | 'question'
    | 'answer'
    | 'prediction'
    | 'zones'
    | 'presence'
    | 'predictedPresent'
    | 'mask'
    | 'milliseconds'
  > {
  /** Pixels that are right; 0 for what is absent. */
  readonly truthPixels: number;
  /** Of the map at one half, as all that follows: null without a map. */
  readonly predictedPixels: number | null;
  readonly maskZone: PredictionRow['zones'][number] | null;
  readonly dice: number | null;
  readonly iou: number | null;
  /** With the parts of the target that were not asked for; null where there are none. */
  readonly restDice: number | null;
  /** Of rows with `whole` alone: pixels, and means over thresholds. */
  readonly hd95: number | null;
  readonly meanDic: number | null;
  readonly meanIoU: number | null;
  /** Of the answer; null without one. */
  readonly verdict: RowVerdict | null;
  /** What the answer says of position, by the parser; null without one. */
  readonly saidZones: readonly PredictionRow['zones'][number][] | null;
  readonly denies: boolean | null;
  /** Whether the answer says where the mask is; see `agreesWithMask`. */
  readonly agrees: boolean | null;
}
