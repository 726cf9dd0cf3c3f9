import type { Prediction } from '../segmentation/prediction.js';
import type { PredictionRow, RunRecord, TrainingRow } from './schema.js';

/** A run that can be scored: what was asked of whom, and what was answered. Rows are read anew by each call. */
export interface Run {
  readonly record: RunRecord;
  /**
   * In the order in which they were answered; a line that a kill cut short is no row.
   * @throws EvaluationError naming a line that is no row, or a pair that was answered twice
   */
  predictions(): AsyncIterable<PredictionRow>;
  /**
   * None where the run keeps none.
   * @throws EvaluationError naming a line that is no row
   */
  training(): AsyncIterable<TrainingRow>;
  /**
   * The probability map that answered a row, of the picture's size.
   * @throws EvaluationError for a row without a map, or one of another size than its picture
   * @throws PictureError for a map that is missing or damaged
   */
  readMask(row: PredictionRow): Promise<Prediction>;
}
