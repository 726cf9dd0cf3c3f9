import { spawn } from 'node:child_process';

/** Keeps large blocks inside the process: without it every step's outputs are paged in anew. */
const TUNABLES = 'glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184';

/**
 * Runs this same command again in a process whose allocator is set up for training, and gives its exit status; undefined
 * where that is so already, or where there is no glibc.
 */
export async function restartForTraining(): Promise<number | undefined> {
  if (process.platform !== 'linux' || process.env.GLIBC_TUNABLES !== undefined) return undefined;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, GLIBC_TUNABLES: TUNABLES },
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
