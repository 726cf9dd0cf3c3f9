import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { openSourceFolder } from '@prs-med/posmed/node';
import { CommandError } from '../command-error.js';

/** Files of a folder that are looked at: those of others are passed over. */
const MASK_ENDINGS = new Set(['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.webp', '.gif', '.bmp', '.json']);

/**
 * The files that an argument names: itself, or all masks below a folder, sorted.
 * @throws CommandError for a folder without masks, SourceError for one that cannot be listed
 */
export async function maskPaths(path: string): Promise<string[]> {
  const about = await stat(path).catch(() => null);
  if (!about?.isDirectory()) return [path];
  const { files } = await openSourceFolder(path);
  const masks = files.filter((file) => MASK_ENDINGS.has(extname(file).toLowerCase()));
  if (masks.length > 0) return masks.map((file) => join(path, file));
  throw new CommandError(path, 'this folder holds no masks', 'name one with PNG, TIFF or JSON files');
}
