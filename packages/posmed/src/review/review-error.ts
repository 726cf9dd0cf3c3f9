/**
 * A call, a votes file or a state of the review that cannot be used.
 * The message is `WHERE: WHAT IS WRONG; HOW TO MEND IT`, on one line.
 */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';

  constructor(where: string, problem: string, remedy: string, options?: ErrorOptions) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}

/**
 * The database of a review failed or cannot be reached: no other call would have avoided it.
 * The message is `WHERE: WHAT IS WRONG; HOW TO MEND IT`.
 */
export class ReviewDatabaseError extends Error {
  override readonly name = 'ReviewDatabaseError';

  constructor(where: string, problem: string, remedy: string, options?: ErrorOptions) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}
