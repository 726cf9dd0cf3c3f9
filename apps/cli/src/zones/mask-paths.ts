import { readdir, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { CommandError, WRONG_INPUT } from '../command-error.js';

/** Files of a folder that are looked at; others are passed over. */
const MASK_ENDINGS = new Set(['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.webp', '.gif', '.bmp', '.json']);

/**
 * The files that an argument names: itself, or all masks below a folder, sorted, hidden ones left out.
 * @throws CommandError for a folder without masks, or one that cannot be listed
 */
export async function maskPaths(path: string): Promise<string[]> {
  const about = await stat(path).catch(() => null);
  if (!about?.isDirectory()) return [path];
  const files = await readdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      path,
      `the folder cannot be listed (${error.code ?? error.message})`,
      'choose one that is yours',
      WRONG_INPUT,
      { cause: error },
    );
  });
  const masks = files.filter(
    (file) =>
      MASK_ENDINGS.has(extname(file).toLowerCase()) && !file.split(sep).some((part) => part.startsWith('.')),
  );
  if (masks.length > 0) return masks.sort().map((file) => join(path, file));
  throw new CommandError(path, 'this folder holds no masks', 'name one with PNG, TIFF or JSON files');
}
