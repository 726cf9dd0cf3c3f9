import { fileURLToPath } from 'node:url';

/** A thread's file: beside this one once compiled; tests that run from source use what was built. */
export function workerFile(name: string): string {
  const compiled = import.meta.url.endsWith('.js');
  return fileURLToPath(new URL(compiled ? `./${name}` : `../../dist/node/${name}`, import.meta.url));
}
