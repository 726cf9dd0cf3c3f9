import type { Picture, ProbabilityMap, Zone } from '@prs-med/imaging';
import type { ImageRow, PairRow } from '@prs-med/posmed';
import type { Subject } from '../run/schema.js';
import type { Prediction } from '../segmentation/prediction.js';

/** A picture and the pairs whose questions are asked about it. */
export interface AskedImage {
  readonly image: ImageRow;
  readonly pairs: readonly PairRow[];
  /** Decodes the picture. @throws PictureError when it cannot be read */
  readonly picture: () => Promise<Picture>;
}

/** What was answered to one question. */
export interface Answer {
  /** Null where the subject gives no text. */
  readonly text: string | null;
  /** Whether the target was said to be there, and the probability of it (0 to 1); null where none is told. */
  readonly present: boolean | null;
  readonly presence: number | null;
  /** The zone of the predicted mask by the rule; none of an empty one, and of a subject that gives no mask. */
  readonly zones: readonly Zone[];
  /** Probabilities at the picture's own size; null where the subject gives no mask. */
  readonly map: ProbabilityMap | Prediction | null;
  readonly milliseconds: number;
}

/** Takes the answer to a pair; may be called again before it is done. */
export type KeepAnswer = (pair: PairRow, answer: Answer) => Promise<void>;

/** Whoever is evaluated: a model, a folder of masks, an endpoint, or something that does not look. */
export interface Answerer {
  readonly subject: Subject;
  /**
   * Pictures whose answers are made together, which may make them differ in their last digits from those made alone; null
   * where each answer stands alone.
   */
  readonly imagesTogether: number | null;
  /**
   * Answers all pairs of the pictures, each as soon as it can. No more than a few maps are in memory at once.
   * @throws what stops the whole run; the signal's reason when it aborts
   */
  answer(asked: readonly AskedImage[], signal: AbortSignal, keep: KeepAnswer): Promise<void>;
  close(): Promise<void>;
}
