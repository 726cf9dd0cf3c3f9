import { rmdir } from 'node:fs/promises';
import { lockFolder } from '@prs-med/posmed/node';
import { EvaluationError } from '../evaluation-error.js';

/**
 * Keeps what a folder of locks stands for to this process.
 * @param instead what another process can do: "name another folder"
 * @returns gives it free, and takes the folder away
 * @throws EvaluationError when another process has it, or the folder cannot be made
 */
export async function lockBeside(lock: string, instead: string): Promise<() => Promise<void>> {
  const unlock = await lockFolder(lock, { Failure: EvaluationError, instead });
  return async () => {
    await unlock();
    // Not when another process waits in there.
    await rmdir(lock).catch(() => undefined);
  };
}
