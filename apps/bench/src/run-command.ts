import { spawn } from 'node:child_process';
import { command } from './places.js';

/** Runs `prs-med` as a user types it. @throws Error when it does not end with status 0 */
export async function runCommand(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new Error(`${args[0]}: the command ended with status ${status}`);
}
