import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { ReviewDatabaseError } from '../../review/review-error.js';
import { type FolderUse, lockFolder } from '../folder-lock.js';
import { type OpenDatabase, reasonOf } from './database.js';

/** PGlite itself lets two processes write over each other. */
const USE: FolderUse = {
  Failure: ReviewDatabaseError,
  instead: 'use a PostgreSQL server for several at once',
};

/** A database in memory that ends with the process. */
export async function openMemory(): Promise<OpenDatabase> {
  return opened(await PGlite.create('memory://'), 'review in memory');
}

/**
 * Opens the database in a folder, and makes both if need be, for this process alone.
 * @throws ReviewDatabaseError when another process has it open, or it cannot be opened or made
 */
export async function openFolder(folder: string): Promise<OpenDatabase> {
  const release = await lockFolder(folder, USE);
  try {
    const path = join(folder, 'database');
    await removeHalfMade(folder);
    if (!existsSync(path)) await makeDatabase(folder, path);
    return opened(await PGlite.create(path), folder, release);
  } catch (error) {
    await release();
    throw new ReviewDatabaseError(
      folder,
      `its database cannot be opened (${reasonOf(error)})`,
      'put back a copy, or move it away to begin anew',
      { cause: error },
    );
  }
}

const MAKING = 'database-being-made-';

/** Makes the files of a new database beside and renames them, so that a killed process leaves none half made. */
async function makeDatabase(folder: string, path: string): Promise<void> {
  const temporary = join(folder, `${MAKING}${randomBytes(4).toString('hex')}`);
  const database = await PGlite.create(temporary);
  await database.close();
  await rename(temporary, path);
}

async function removeHalfMade(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(MAKING)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function opened(client: PGlite, where: string, release?: () => Promise<void>): OpenDatabase {
  return {
    database: drizzle({ client }),
    where,
    close: async () => {
      try {
        await client.close();
      } finally {
        await release?.();
      }
    },
  };
}
