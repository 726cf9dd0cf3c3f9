import { DrizzleQueryError, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { DatasetError } from '../../dataset/dataset-error.js';
import { ReviewDatabaseError, ReviewError } from '../../review/review-error.js';

/** PGlite or PostgreSQL, or a transaction in one of them. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** A database that is open and has the review's tables. */
export interface OpenDatabase {
  database: Database;
  /** What errors call it, without a password. */
  where: string;
  close(): Promise<void>;
}

/** What a failure at work with the database is told as; errors of ours and of programming stay what they are. */
export function toldFailure(where: string, error: unknown): unknown {
  const isOurs =
    error instanceof ReviewError || error instanceof DatasetError || error instanceof ReviewDatabaseError;
  if (isOurs || error instanceof TypeError || error instanceof RangeError) return error;
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return new ReviewDatabaseError(
    where,
    `the database failed (${reasonOf(cause)})`,
    'nothing of this step is kept: try again',
    {
      cause: error,
    },
  );
}

/** Why a connection or a query failed. Several addresses that were tried come as one error with an empty message. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
};

/** Whether there can be a row of this id: ids have 31 bits. */
export const isId = (id: number): boolean => Number.isInteger(id) && id > 0 && id < 2 ** 31;

/** Rows in one statement: PostgreSQL takes 65,535 parameters. */
const ROWS_PER_STATEMENT = 4_000;

/** The rows in parts that a statement can hold. */
export function* inStatements<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    yield rows.slice(start, start + ROWS_PER_STATEMENT);
  }
}

/** Locks that a transaction holds to its end: one at a time, over all connections. */
export type SoleWork = 'migrate' | 'assign';

const LOCKS: Readonly<Record<SoleWork, number>> = { migrate: 1, assign: 2 };

/** Any number that other programs on the database are unlikely to lock by. */
const LOCK_CLASS = 1_349_676_141;

/** Waits until no other transaction does this work, and keeps others from it until this transaction ends. */
export async function workAlone(transaction: Database, work: SoleWork): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(${LOCK_CLASS}::int, ${LOCKS[work]}::int)`);
}
