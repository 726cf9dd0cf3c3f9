import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatasetError } from '../dataset/dataset-error.js';
import type { DatasetRecord } from '../dataset/schema.js';
import { DATASET_FILES, openPosMed } from './dataset-files.js';
import { writeFailure } from './write-beside.js';

/** Where the results of an unfinished build are kept, in the folder that is built. */
export const WORK_FOLDER = '.build';
const OPTIONS_FILE = 'options.json';

/** What must be the same when a build is resumed, for else the folder would be a mixture. */
export type BuildIdentity = Pick<
  DatasetRecord,
  'generator' | 'seed' | 'perImage' | 'laterality' | 'zoneRule'
> & {
  readonly sources: readonly Pick<DatasetRecord['sources'][number], 'kind' | 'folder'>[];
};

/** A folder to build in, or the record of one that is whole. */
export type BuildFolder = { readonly work: string } | { readonly finished: DatasetRecord };

/**
 * Makes the folder of a build and its work folder, or finds what an unfinished build left there.
 * @param resume whether to go on with what is there; if there is nothing, the build begins
 * @throws DatasetError when the folder holds something else, a finished build, an unfinished one that is not to be
 * resumed, or one that was begun otherwise
 */
export async function openBuildFolder(
  out: string,
  identity: BuildIdentity,
  resume: boolean,
): Promise<BuildFolder> {
  const work = join(out, WORK_FOLDER);
  const entries = await listOrMake(out);
  if (entries.includes(DATASET_FILES.record)) {
    if (!resume) {
      throw new DatasetError(
        out,
        'a finished data set is in it',
        'choose another folder with --out, or remove it',
      );
    }
    const finished = await openPosMed(out);
    checkIdentity(out, finished, identity);
    await rm(work, { recursive: true, force: true });
    return { finished };
  }
  if (entries.includes(WORK_FOLDER)) {
    if (!resume) {
      throw new DatasetError(
        out,
        'an unfinished build is in it',
        'go on with --resume, or remove the folder',
      );
    }
    const begun = await readOptions(join(work, OPTIONS_FILE));
    if (begun) {
      checkIdentity(out, begun, identity);
      return { work };
    }
  } else if (entries.length > 0) {
    throw new DatasetError(out, 'it holds other files', 'choose a new or empty folder with --out');
  }
  await mkdir(work, { recursive: true });
  await writeWhole(join(work, OPTIONS_FILE), `${JSON.stringify(identity, null, 2)}\n`, work);
  return { work };
}

/**
 * Writes a file in the work folder and moves it to its path, so that it is there whole or not at all.
 * @throws DatasetError when the disk refuses
 */
export async function writeWhole(path: string, content: string | Uint8Array, work: string): Promise<void> {
  const temporary = join(work, `${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

async function listOrMake(out: string): Promise<string[]> {
  try {
    await mkdir(out, { recursive: true });
    return await readdir(out);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const isFile = code === 'EEXIST' || code === 'ENOTDIR';
    throw new DatasetError(
      out,
      isFile ? 'a file is in the way of this folder' : `the folder cannot be made or listed (${code})`,
      isFile ? 'choose another folder with --out' : 'choose a folder that is yours with --out',
      { cause: error },
    );
  }
}

/** Undefined when a kill came before they were written, and so before anything else was. */
async function readOptions(path: string): Promise<BuildIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new DatasetError(
      path,
      `it cannot be read (${String(error)})`,
      'remove the folder and build again',
      {
        cause: error,
      },
    );
  });
  return text === undefined ? undefined : (JSON.parse(text) as BuildIdentity);
}

function checkIdentity(out: string, begun: BuildIdentity, now: BuildIdentity): void {
  const [before, after] = [describeIdentity(begun), describeIdentity(now)];
  const differing = Object.keys(after).filter((name) => before[name] !== after[name]);
  if (differing.length === 0) return;
  const told = differing.map((name) => `${name} ${before[name]}, not ${after[name]}`);
  throw new DatasetError(
    out,
    `it was begun with ${told.join(', and with ')}`,
    'give the same options, or build in another folder',
  );
}

/** The options of the command that make it. */
function describeIdentity(identity: BuildIdentity): Record<string, string> {
  const { generator, seed, perImage, laterality, zoneRule, sources } = identity;
  return {
    '--source': sources.map(({ kind, folder }) => `${kind}=${folder}`).join(' --source '),
    '--generator': generator.name,
    '--language-model': generator.model ?? 'none',
    'version of the prompt': String(generator.promptVersion ?? 'none'),
    '--per-image': String(perImage),
    '--seed': String(seed),
    '--laterality': laterality,
    '--zone-rule': zoneRule,
  };
}
