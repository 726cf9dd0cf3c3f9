import { readdir } from 'node:fs/promises';
import { BundleError } from '../bundle/bundle-error.js';
import type { OpenBundle } from '../bundle/open-bundle.js';
import { type ExportFormat, exportFiles } from '../export/export-files.js';
import { saveWholeFolder, statOf, writeFolderFile } from './whole-folder.js';

/**
 * Writes a bundle in another format into a new or empty folder, whole or not at all.
 * @param signal ends the writing and takes away what is written
 * @returns the names of the files, in the order of their writing
 * @throws BundleError when the folder is in use or cannot be written, or the bundle is damaged
 */
export async function saveExport(
  path: string,
  bundle: OpenBundle,
  format: ExportFormat,
  signal?: AbortSignal,
): Promise<string[]> {
  const about = await statOf(path);
  if (about !== undefined && (!about.isDirectory() || (await readdir(path)).length > 0)) {
    throw new BundleError(path, 'there is something here already', 'choose a new or empty folder with --out');
  }
  const names: string[] = [];
  await saveWholeFolder(path, async (folder) => {
    for await (const file of exportFiles(bundle, format)) {
      signal?.throwIfAborted();
      await writeFolderFile(folder, file);
      names.push(file.name);
    }
    signal?.throwIfAborted();
  });
  return names;
}
