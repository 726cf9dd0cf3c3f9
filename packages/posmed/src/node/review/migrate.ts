import { fileURLToPath } from 'node:url';
import { desc, sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { bigint, pgSchema, text } from 'drizzle-orm/pg-core';
import { ReviewError } from '../../review/review-error.js';
import { type Database, workAlone } from './database.js';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url));

/** The table in which Drizzle's own tools look. */
const applied = pgSchema('drizzle').table('posmed_review_migrations', {
  hash: text().notNull(),
  createdAt: bigint('created_at', { mode: 'number' }).notNull(),
});

/**
 * Brings the review's tables to this version's state, all steps or none. It may run any number of times and in
 * several processes at once. Drizzle's own migrator looks what is applied before its transaction begins, so that two
 * of them would both apply the first step; this one waits its turn and then looks.
 * @param where what errors call the database
 * @throws ReviewError when a newer version has been at work
 */
export async function migrateReview(database: Database, where: string): Promise<void> {
  const known = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  await database.transaction(async (transaction) => {
    await workAlone(transaction, 'migrate');
    const last = await lastApplied(transaction);
    if (last > known.at(-1)!.folderMillis) {
      throw new ReviewError(where, 'a newer version has changed its tables', 'update prs-med');
    }
    for (const { sql: statements, folderMillis, hash } of known) {
      if (folderMillis <= last) continue;
      for (const statement of statements) await transaction.execute(sql.raw(statement));
      await transaction.insert(applied).values({ hash, createdAt: folderMillis });
    }
  });
}

/** When the newest migration that was applied was made; 0 without any. */
async function lastApplied(transaction: Database): Promise<number> {
  const found = sql<boolean>`to_regclass('drizzle.posmed_review_migrations') is not null`;
  const [state] = await transaction.select({ isThere: found }).from(sql`(select 1) as one`);
  if (!state?.isThere) {
    await transaction.execute(sql`create schema if not exists drizzle`);
    await transaction.execute(
      sql`create table ${applied} (id serial primary key, hash text not null, created_at bigint)`,
    );
  }
  const [last] = await transaction.select().from(applied).orderBy(desc(applied.createdAt)).limit(1);
  return last?.createdAt ?? 0;
}
