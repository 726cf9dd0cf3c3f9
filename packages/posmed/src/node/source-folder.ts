import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mask, PictureError } from '@prs-med/imaging';
import { readLabels, readMask, readPicture } from '@prs-med/imaging/node';
import { SourceError, type SourceFolder } from '../sources/source.js';

/** What systems leave behind in folders, and no set is published with. */
const IGNORED: readonly string[] = ['__MACOSX', 'Thumbs.db', 'desktop.ini'];

/**
 * Lists a folder for the source adapters. Hidden files and what systems leave behind are ignored, links are followed,
 * and a link that leads back up is not.
 * @throws SourceError when there is no such folder or a part of it cannot be listed
 */
export async function openSourceFolder(path: string): Promise<SourceFolder> {
  const files: string[] = [];
  await listInto(files, path, '', []);
  return {
    name: path,
    files: files.sort(),
    readBytes: async (file) => {
      const full = join(path, file);
      try {
        return await readFile(full);
      } catch (error) {
        throw failure(full, error);
      }
    },
    readPicture: async (file) => (await readPicture(join(path, file))).picture,
    readMask: (file) => readTarget(join(path, file)),
  };
}

/** Else a picture of labels 1 to 9, which are all dark, would be a mask without a target. */
async function readTarget(path: string): Promise<Mask> {
  const mask = await readMask(path);
  if (mask.data.includes(1)) return mask;
  const { kind, labels } = await readLabels(path);
  if (kind === 'mask') return mask;
  throw new PictureError(
    path,
    `it has nothing white and the values ${[...labels.keys()].join(', ')}`,
    'give each target a mask of its own, in white',
  );
}

async function listInto(
  files: string[],
  top: string,
  directory: string,
  above: readonly string[],
): Promise<void> {
  const full = join(top, directory);
  try {
    const real = await realpath(full);
    if (above.includes(real)) return;
    for (const entry of await readdir(full, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || IGNORED.includes(entry.name)) continue;
      const inside = directory + entry.name;
      // A link that leads nowhere is a file that is not there.
      const target = entry.isSymbolicLink()
        ? await stat(join(top, inside)).catch((error: unknown) => {
            if (codeOf(error) === 'ENOENT') return null;
            throw error;
          })
        : entry;
      if (target?.isDirectory()) await listInto(files, top, `${inside}/`, [...above, real]);
      else if (target?.isFile()) files.push(inside);
    }
  } catch (error) {
    throw error instanceof SourceError ? error : failure(full, error);
  }
}

function failure(path: string, error: unknown): SourceError {
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'ENOENT':
      return new SourceError(path, 'there is no such file or folder', 'check the path', options);
    case 'ENOTDIR':
      return new SourceError(path, 'this is a file, not a folder', 'unpack it and name its folder', options);
    case 'EACCES':
    case 'EPERM':
      return new SourceError(path, 'no permission to read it', 'ask its owner to allow it', options);
    default:
      return new SourceError(path, `it cannot be read (${codeOf(error)})`, 'check the disk', options);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
