import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { openFile } from '@prs-med/nn/node';
import { type BundleFile, type BundleParts, bundleFiles, finishConfig } from '../bundle/assemble.js';
import { BundleError } from '../bundle/bundle-error.js';
import { CONFIG_FILE, type FileRecord } from '../bundle/config.js';
import { type BundleSource, missingFile } from '../bundle/source.js';

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
  return {
    name: path,
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    async open(file) {
      const full = join(path, file);
      const found = await statOf(full);
      if (found === undefined) throw missingFile(path, file);
      return {
        name: file,
        size: found.size,
        async read(offset, length) {
          const source = await openFile(full);
          try {
            return await source.read(offset, length);
          } finally {
            await source.close();
          }
        },
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
  const target = resolve(path);
  await refuseOccupied(path, options.replace ?? false);
  const unfinished = `${target}.${randomBytes(6).toString('hex')}.part`;
  const old = `${unfinished}.old`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(unfinished);
    const records = new Map<string, FileRecord>();
    for await (const file of bundleFiles(parts)) {
      options.signal?.throwIfAborted();
      records.set(file.name, await writeFile(unfinished, file));
    }
    options.signal?.throwIfAborted();
    await writeFile(unfinished, finishConfig(parts.description, records));
    const replaced = await rename(target, old).then(
      () => true,
      () => false,
    );
    try {
      await rename(unfinished, target);
    } catch (error) {
      if (replaced) await rename(old, target);
      throw error;
    }
    if (replaced) await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw codeOf(error) === undefined ? error : writeFailure(path, error);
  }
}

async function writeFile(folder: string, { name, chunks }: BundleFile): Promise<FileRecord> {
  const hash = createHash('sha256');
  const file = await open(join(folder, name), 'wx');
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function refuseOccupied(path: string, replace: boolean): Promise<void> {
  const about = await statOf(path);
  if (about === undefined) return;
  if (!about.isDirectory()) {
    throw new BundleError(path, 'a file has this name', 'choose another folder with --out');
  }
  const inside = await readdir(path);
  if (inside.length === 0) return;
  if (!inside.includes(CONFIG_FILE)) {
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

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new BundleError(path, `it cannot be read (${code})`, 'check the permissions', { cause: error });
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function writeFailure(path: string, error: unknown): BundleError {
  const code = codeOf(error);
  const remedies: Readonly<Record<string, string>> = {
    EACCES: 'choose a folder that is yours',
    EPERM: 'choose a folder that is yours',
    EROFS: 'choose a folder on a disk that can be written',
    ENOSPC: 'free some room or choose another disk',
    ENOTDIR: 'a part of the path is a file: choose another folder',
    EEXIST: 'a part of the path is a file: choose another folder',
  };
  const remedy = remedies[String(code)] ?? 'check the disk';
  return new BundleError(path, `the bundle cannot be written (${code})`, remedy, { cause: error });
}
