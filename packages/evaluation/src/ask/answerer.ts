import type { Picture, ProbabilityMap, Zone } from '@prs-med/imaging';
import type { ImageRow, PairRow } from '@prs-med/posmed';
import type { Subject } from '../run/schema.js';

/** A picture and the pairs whose questions are asked about it. */
export interface AskedImage {
  readonly image: ImageRow;
  readonly pairs: readonly PairRow[];
  /** Decodes the picture. */
  readonly picture: () => Promise<Picture>;
}

/** What was answered to one question. */
export interface Answer {
  /** Null where the subject gives no text. */
  readonly text: string | null;
  /** Whether the target was said to be there, and the probability of it (0 to 1); null where none is told. */
  readonly present: boolean | null;
  readonly presence: number | null;
  /** The zone of the predicted mask. */
  readonly zones: readonly Zone[];
  /** Probabilities at the picture's own size; null where the subject gives no mask. */
  readonly map: ProbabilityMap | null;
  readonly milliseconds: number;
}

/** Whoever is evaluated: a model, a folder of masks, an endpoint, or something that does not look. */
export interface Answerer {
  readonly subject: Subject;
  /** Pictures that it answers best at once. */
  readonly imagesAtOnce: number;
  /**
   * Answers to the pairs of each picture, in order.
   * @throws what stops the whole run
   */
  answer(asked: readonly AskedImage[], signal: AbortSignal): Promise<readonly (readonly Answer[])[]>;
  close(): Promise<void>;
}
