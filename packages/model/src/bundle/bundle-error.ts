/**
 * A bundle that cannot be read, written or used.
 * The message is `WHERE: WHAT IS WRONG; HOW TO MEND IT`, on one line.
 */
export class BundleError extends Error {
  override readonly name = 'BundleError';

  constructor(
    /** The bundle or the file in it. */
    readonly where: string,
    /** What is wrong, without the place and the remedy. */
    readonly problem: string,
    /** How to mend it. */
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}
