/**
 * What every reader and writer of weight files throws when a file cannot be used. The message has one form:
 * `FILE: WHAT IS WRONG; HOW TO MEND IT`.
 */
export class WeightFileError extends Error {
  override readonly name = 'WeightFileError';

  constructor(
    readonly file: string,
    readonly problem: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${problem}; ${remedy}`, options);
  }
}

/** What to do about a file whose bytes contradict themselves. */
export const FETCH_AGAIN = 'the file is damaged or cut off, so download or copy it again';

/** A name out of a file, shortened and escaped so that a hostile one cannot flood or garble a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}
