/**
 * A PosMed folder, or a part of it, that cannot be read or written.
 * The message is `WHERE: WHAT IS WRONG; HOW TO MEND IT`, on one line.
 */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';

  constructor(where: string, problem: string, remedy: string, options?: ErrorOptions) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}
