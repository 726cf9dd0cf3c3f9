import { EvaluationError } from '../evaluation-error.js';

/** The EvaluationError for an error of the file system met while reading. */
export function readFailure(path: string, error: unknown): EvaluationError {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new EvaluationError(path, 'there is no such file', 'check the path', { cause: error });
  }
  return new EvaluationError(path, `it cannot be read (${code})`, 'check the file and the disk', {
    cause: error,
  });
}

/** The EvaluationError for an error of the file system met while writing. */
export function writeFailure(path: string, error: unknown): EvaluationError {
  const code = codeOf(error);
  const remedy =
    code === 'ENOENT'
      ? 'make its folder first'
      : code === 'ENOSPC'
        ? 'free some room or choose another disk'
        : 'check the folder and the disk';
  return new EvaluationError(path, `it cannot be written (${code})`, remedy, { cause: error });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

/** Whether an error says that a file is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof EvaluationError && error.cause !== undefined && codeOf(error.cause) === 'ENOENT';
}
