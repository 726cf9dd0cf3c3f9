import { CommanderError } from 'commander';
import { printable } from './printable.js';

/** Exit statuses that scripts may count on. */
export const DONE = 0;
export const FAILED = 1;
export const WRONG_INPUT = 2;
export const INTERRUPTED = 130;

/** An error of a command, told as `prs-med: WHERE: WHAT IS WRONG; HOW TO MEND IT`. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    where: string,
    problem: string,
    remedy: string,
    /** 2 when the input or the call is wrong, 1 when the work failed. */
    readonly status: 1 | 2 = WRONG_INPUT,
    options?: ErrorOptions,
  ) {
    super(`${where}: ${problem}; ${remedy}`, options);
  }
}

/** Work that was interrupted and can be taken up again otherwise than by the same call. */
export class Interruption extends Error {
  override readonly name = 'AbortError';

  constructor(
    /** How to go on. */
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super('interrupted', options);
  }
}

/** Errors of the packages whose message has the form and which say that an input is wrong, by name. */
const INPUT_ERRORS = new Set([
  'PictureError',
  'QuestionError',
  'BundleError',
  'WeightFileError',
  'SourceError',
  'DatasetError',
  'ReviewError',
  'EvaluationError',
]);

/** Errors of the packages whose message has the form and which say that the work failed, by name. */
const WORK_ERRORS = new Set(['ReviewDatabaseError', 'GeneratorError']);

/** Errors of the system that no other call would have avoided: disk full or broken, too many open files. */
const MACHINE_FAILURES = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

/** The exit status that an error stands for. */
export function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_INPUT;
  if (error instanceof CommandError) return error.status;
  if (isAbort(error)) return INTERRUPTED;
  if (!(error instanceof Error) || !INPUT_ERRORS.has(error.name)) return FAILED;
  const { cause } = error;
  const isMachine = cause instanceof Error && 'code' in cause && MACHINE_FAILURES.has(String(cause.code));
  return isMachine ? FAILED : WRONG_INPUT;
}

/** An error as one line, without a line end. With `debug` the stack and its causes follow. */
export function describeError(error: unknown, command: string, debug: boolean): string {
  const line = `prs-med: ${printable(messageOf(error, command))}`;
  return debug && error instanceof Error ? `${line}\n${stackOf(error)}` : line;
}

function messageOf(error: unknown, command: string): string {
  if (error instanceof CommanderError) {
    const problem = error.message
      .replace(/^error: /, '')
      .replace(/\n\(Did you mean (.*)\?\)/, ' (did you mean $1?)');
    return `${command || 'call'}: ${problem}; see prs-med ${command ? `${command} ` : ''}--help`;
  }
  if (isAbort(error)) {
    return `${command}: interrupted; ${error instanceof Interruption ? error.remedy : 'run it again'}`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const isFormed =
    error instanceof CommandError ||
    (error instanceof Error && (INPUT_ERRORS.has(error.name) || WORK_ERRORS.has(error.name)));
  return isFormed ? message : `${command}: ${message}; run it with --debug for more and report it`;
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
