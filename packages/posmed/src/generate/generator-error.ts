/**
 * What stops a generator and with it the whole build, and no other call would have avoided: an endpoint that is not
 * there or refuses, a budget that is used up. The message is `WHERE: WHAT IS WRONG; HOW TO MEND IT`, on one line.
 */
export class GeneratorError extends Error {
  override readonly name = 'GeneratorError';

  constructor(where: string, problem: string, remedy: string, options?: ErrorOptions) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}
