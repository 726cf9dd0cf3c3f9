import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the bundle that is used when `--model` is left out: models/small of this project. */
export function defaultModel(): string {
  const path = fileURLToPath(new URL('../../../models/small', import.meta.url));
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}
