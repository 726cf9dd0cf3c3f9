import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FileSource, openFile } from '@prs-med/nn/node';
import { type BundleParts, bundleFiles, finishConfig } from '../bundle/assemble.js';
import { BundleError } from '../bundle/bundle-error.js';
import { CONFIG_FILE, type FileRecord } from '../bundle/config.js';
import { type BundleSource, missingFile } from '../bundle/source.js';
import { hashingThread } from './hashing-thread.js';
import { saveWholeFolder, statOf, writeFolderFile } from './whole-folder.js';

/**
 * The bundle in a folder.
 * @throws BundleError when there is no such folder or it holds no bundle
 */
export async function bundleFolder(path: string): Promise<BundleSource> {
  const about = await statOf(path);
  if (about === undefined) {
    throw new BundleError(path, 'there is no such folder', 'name the folder of a model bundle with --model');
  }
  if (!about.isDirectory()) {
    throw new BundleError(path, 'this is not a folder', 'name the folder of a model bundle with --model');
  }
  if ((await statOf(join(path, CONFIG_FILE))) === undefined) {
    throw new BundleError(
      path,
      `this folder is no model bundle: it has no ${CONFIG_FILE}`,
      'name another folder with --model, or make one with prs-med bundle build',
    );
  }
  const hashing = hashingThread();
  return {
    name: path,
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    sha256OfFile: (file) => hashing.sum(path, file),
    async open(file) {
      const full = join(path, file);
      const found = await statOf(full);
      if (found === undefined) throw missingFile(path, file);
      const reading = async <T>(read: (source: FileSource) => Promise<T>): Promise<T> => {
        const source = await openFile(full);
        try {
          return await read(source);
        } finally {
          await source.close();
        }
      };
      return {
        name: file,
        size: found.size,
        read: (offset, length) => reading((source) => source.read(offset, length)),
        readInto: (offset, into) => reading((source) => source.readInto(offset, into)),
      };
    },
  };
}

/**
 * Writes a bundle: into a folder beside first, renamed when it is whole.
 * @param options.replace takes the place of a bundle that is there; otherwise a folder that holds anything is refused
 * @param options.signal ends the writing and takes away what is written
 * @throws BundleError when the folder is in use or cannot be written
 */
export async function saveBundle(
  path: string,
  parts: BundleParts,
  options: { readonly replace?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  await refuseOccupied(path, options.replace ?? false);
  await saveWholeFolder(path, async (folder) => {
    const records = new Map<string, FileRecord>();
    for await (const file of bundleFiles(parts)) {
      options.signal?.throwIfAborted();
      records.set(file.name, await writeFolderFile(folder, file));
    }
    options.signal?.throwIfAborted();
    await writeFolderFile(folder, finishConfig(parts.description, records));
  });
}

/** Throws BundleError where a bundle must not be written: over a file, other files, or a bundle unless that is to be replaced. */
export async function refuseOccupied(path: string, replace: boolean): Promise<void> {
  const about = await statOf(path);
  if (about === undefined) return;
  if (!about.isDirectory()) {
    throw new BundleError(path, 'a file has this name', 'choose another folder with --out');
  }
  const inside = await readdir(path);
  if (inside.length === 0) return;
  if (!(await holdsBundle(path))) {
    throw new BundleError(
      path,
      `the folder ${basename(path)} holds other files`,
      'choose a new or empty folder with --out',
    );
  }
  if (!replace) {
    throw new BundleError(
      path,
      'there is a bundle here already',
      'choose another folder with --out, or say --force to replace it',
    );
  }
}

/** Whether a folder's `config.json` is a bundle's: checkpoints of other programs have a file of that name, and stay. */
async function holdsBundle(path: string): Promise<boolean> {
  try {
    const config: unknown = JSON.parse(await readFile(join(path, CONFIG_FILE), 'utf8'));
    return typeof config === 'object' && config !== null && 'schemaVersion' in config;
  } catch {
    return false;
  }
}
