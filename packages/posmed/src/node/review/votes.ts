import { and, asc, count, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { CRITERIA, type Judgement, perCriterion } from '../../review/criteria.js';
import { ReviewError } from '../../review/review-error.js';
import { tidyComment } from '../../review/vote-sheet.js';
import { checkBatch } from './batches.js';
import { type Database, inStatements, isId } from './database.js';
import { assignments, pairs, reviewers, voteHistory, votes } from './tables.js';

/** What a reviewer is shown to judge. It does not tell whether it is a repeat. */
export interface ReviewItem {
  /** Its number, by which to vote. */
  item: number;
  batch: number;
  /** Its place in the reviewer's list, from 1 to `items`. */
  position: number;
  items: number;
  modality: string;
  image: string;
  /** Relative to the PosMed folder. */
  imageFile: string;
  target: string;
  question: string;
  answer: string;
  zones: readonly string[];
  /** Ids of targets or regions in targets.parquet that are the truth. */
  truth: readonly string[];
}

export interface Vote {
  item: number;
  /** Whose item it is. */
  reviewer: string;
  judgement: Judgement;
  comment?: string;
}

/** A vote as it is kept. */
export interface CastVote {
  item: number;
  /** From 1 on; the highest of an item is the current vote. */
  revision: number;
  judgement: Judgement;
  comment: string | null;
  castAt: Date;
  /** Id of the votes file that it came from; null when it was cast by call. */
  import: number | null;
}

/**
 * The next items that a reviewer has not voted on, in the order of the list.
 * @throws ReviewError when there is no such reviewer or batch, the batch is another panel's, or the limit is below 1
 */
export async function nextItems(
  database: Database,
  reviewer: string,
  batch: number,
  limit: number,
): Promise<ReviewItem[]> {
  if (!isId(limit)) {
    throw new ReviewError('limit', `${limit} items cannot be shown`, 'ask for a whole number from 1');
  }
  await checkBatch(database, batch);
  const id = await reviewerId(database, reviewer);
  const mine = and(eq(assignments.batch, batch), eq(assignments.reviewer, id));
  const [total] = await database.select({ items: count() }).from(assignments).where(mine);
  if (total!.items === 0) {
    throw new ReviewError(`batch ${batch}`, `${reviewer} is not in its panel`, 'choose another batch');
  }
  const rows = await database
    .select({
      item: assignments.id,
      batch: assignments.batch,
      position: assignments.position,
      modality: pairs.modality,
      image: pairs.image,
      imageFile: pairs.imageFile,
      target: pairs.target,
      question: pairs.question,
      answer: pairs.answer,
      zones: pairs.zones,
      truth: pairs.truth,
    })
    .from(assignments)
    .innerJoin(pairs, eq(pairs.id, assignments.pair))
    .leftJoin(votes, eq(votes.assignment, assignments.id))
    .where(and(mine, isNull(votes.assignment)))
    .orderBy(asc(assignments.position))
    .limit(limit);
  return rows.map((row) => ({ ...row, items: total!.items }));
}

/**
 * Casts a vote, or changes it: the newest is the current one and all are kept, also when several come at once.
 * @throws ReviewError when the item is not the reviewer's
 */
export async function castVote(
  database: Database,
  { item, reviewer, judgement, comment }: Vote,
): Promise<CastVote> {
  const kept = tidyComment(comment ?? '');
  if (kept?.includes('\0')) {
    throw new ReviewError(`item ${item}`, 'its comment has a NUL character', 'write it without');
  }
  return database.transaction(async (transaction) => {
    const [found] = isId(item)
      ? await transaction
          .select({ reviewer: reviewers.name })
          .from(assignments)
          .innerJoin(reviewers, eq(reviewers.id, assignments.reviewer))
          .where(eq(assignments.id, item))
      : [];
    if (found?.reviewer !== reviewer) {
      throw new ReviewError(
        `item ${item}`,
        `it is not an item of ${reviewer}`,
        'vote on items that were given to the reviewer',
      );
    }
    const [stored] = await storeVotes(transaction, [{ item, judgement, comment: kept }], 'always');
    return stored!;
  });
}

/** Every vote that was cast on an item, the oldest first. */
export async function voteHistoryOf(database: Database, item: number): Promise<CastVote[]> {
  if (!isId(item)) return [];
  const rows = await database
    .select()
    .from(voteHistory)
    .where(eq(voteHistory.assignment, item))
    .orderBy(asc(voteHistory.revision));
  return rows.map(toCastVote);
}

/**
 * Makes votes the current ones and writes them to the history. The rows lock in the order of their items, so that two
 * who store many at once wait for each other and do not block each other.
 * @param when `changed` leaves out votes that say what the current ones say
 * @returns what was stored
 */
export async function storeVotes(
  transaction: Database,
  cast: readonly { item: number; judgement: Judgement; comment: string | null }[],
  when: 'always' | 'changed',
  importId: number | null = null,
): Promise<CastVote[]> {
  const rows = [...cast]
    .sort((a, b) => a.item - b.item)
    .map(({ item, judgement, comment }) => ({
      assignment: item,
      revision: 1,
      ...perCriterion((criterion) => judgement[criterion]),
      comment,
    }));
  const columns = [...CRITERIA, 'comment'] as const;
  const isOther = or(...columns.map((name) => sql`${votes[name]} is distinct from ${excluded(votes[name])}`));
  const stored: CastVote[] = [];
  for (const part of inStatements(rows)) {
    const current = await transaction
      .insert(votes)
      .values(part)
      .onConflictDoUpdate({
        target: votes.assignment,
        set: {
          revision: sql`${votes.revision} + 1`,
          ...perCriterion((criterion) => excluded(votes[criterion])),
          comment: excluded(votes.comment),
          castAt: excluded(votes.castAt),
        },
        ...(when === 'changed' && isOther ? { setWhere: isOther } : {}),
      })
      .returning();
    if (current.length === 0) continue;
    const kept = current.map((row) => ({ ...row, import: importId }));
    await transaction.insert(voteHistory).values(kept);
    stored.push(...kept.map(toCastVote));
  }
  return stored;
}

const excluded = (column: PgColumn): SQL => sql.raw(`excluded."${column.name}"`);

const toCastVote = (row: typeof voteHistory.$inferSelect): CastVote => ({
  item: row.assignment,
  revision: row.revision,
  judgement: perCriterion((criterion) => row[criterion]),
  comment: row.comment,
  castAt: row.castAt,
  import: row.import,
});

/** @throws ReviewError when there is no reviewer of that name */
export async function reviewerId(database: Database, name: string): Promise<number> {
  const [found] = await database.select().from(reviewers).where(eq(reviewers.name, name));
  if (found) return found.id;
  const known = await database.select({ name: reviewers.name }).from(reviewers).orderBy(reviewers.name);
  throw new ReviewError(
    `reviewer ${name}`,
    'there is no such reviewer',
    known.length === 0 ? 'create a panel first' : `choose among ${known.map((row) => row.name).join(', ')}`,
  );
}
