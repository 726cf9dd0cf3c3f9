/**
 * A picture or mask that cannot be read or written.
 * The message is `FILE: WHAT IS WRONG; HOW TO MEND IT`, on one line.
 */
export class PictureError extends Error {
  override readonly name = 'PictureError';
  /** The file, as the caller named it. */
  readonly file: string;
  /** What is wrong, without the file and the remedy. */
  readonly problem: string;
  /** How to mend it. */
  readonly remedy: string;

  constructor(file: string, problem: string, remedy: string, options?: { cause?: unknown }) {
    super(`${file}: ${problem}; ${remedy}`, options);
    this.file = file;
    this.problem = problem;
    this.remedy = remedy;
  }
}
