/**
 * A run folder, predictions or answers that cannot be evaluated.
 * The message is `WHERE: WHAT IS WRONG; HOW TO MEND IT`, on one line.
 */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';

  constructor(
    readonly where: string,
    readonly problem: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}
