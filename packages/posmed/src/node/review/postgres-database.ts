import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import { ReviewDatabaseError, ReviewError } from '../../review/review-error.js';
import { type OpenDatabase, reasonOf } from './database.js';

/**
 * Connects to a PostgreSQL server.
 * @param url such as `postgres://user:password@host:5432/name`
 * @throws ReviewError when it is no such URL, or the server refuses user, password or name of the database
 * @throws ReviewDatabaseError when the server cannot be reached
 */
export async function openPostgres(url: string): Promise<OpenDatabase> {
  const where = labelOf(url);
  const pool = new Pool({ connectionString: url, application_name: 'prs-med' });
  // A connection that breaks while it is idle is dropped by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  try {
    (await pool.connect()).release();
  } catch (error) {
    await pool.end();
    throw connectFailure(where, error);
  }
  return { database: drizzle({ client: pool }), where, close: () => pool.end() };
}

/** The address without user and password. */
function labelOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch (error) {
    throw new ReviewError(
      'database',
      'the connection string cannot be read',
      'write it as postgres://USER:PASSWORD@HOST:PORT/NAME, with %-codes for special characters',
      { cause: error },
    );
  }
}

/** Classes 28 and 3D of PostgreSQL's error codes: user and password, name of the database. */
const REFUSED = /^(28|3D)/;

function connectFailure(where: string, error: unknown): ReviewError | ReviewDatabaseError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const options = { cause: error };
  return REFUSED.test(code)
    ? new ReviewError(
        where,
        `the server refuses (${reasonOf(error)})`,
        'correct the connection string',
        options,
      )
    : new ReviewDatabaseError(
        where,
        `it cannot be reached (${reasonOf(error)})`,
        'start the server or correct the address',
        options,
      );
}
