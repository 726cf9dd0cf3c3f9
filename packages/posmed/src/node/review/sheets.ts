import { createHash } from 'node:crypto';
import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import { perCriterion } from '../../review/criteria.js';
import { ReviewError } from '../../review/review-error.js';
import {
  formatSheetRows,
  isSameText,
  parseVoteSheet,
  SHEET_START,
  type SheetVote,
  sheetError,
} from '../../review/vote-sheet.js';
import { checkBatch } from './batches.js';
import { type Database, inStatements } from './database.js';
import { assignments, imports, pairs, reviewers, votes } from './tables.js';
import { reviewerId, storeVotes } from './votes.js';

/** Which items a votes file holds. */
export interface SheetSelection {
  /** Of this batch only. */
  batch?: number;
  /** Of this reviewer only. */
  reviewer?: string;
}

/** What became of a votes file. */
export interface ImportResult {
  file: string;
  /** Rows with votes. */
  votes: number;
  /** Items that had no vote. */
  added: number;
  /** Items that had another vote, which the history keeps. */
  changed: number;
  /** True when a file of the very same bytes was imported before: then nothing is done. */
  isKnown: boolean;
}

const ROWS_PER_PART = 4_000;

/**
 * A votes file in parts: a row an item, in the order in which each reviewer is to see them, with the votes that are
 * cast. Hidden repeats are rows like the others.
 * @throws ReviewError when batch or reviewer are unknown, or the reviewer has nothing in the batch
 */
export async function* exportVotes(
  database: Database,
  { batch, reviewer }: SheetSelection,
): AsyncGenerator<string> {
  if (batch !== undefined) await checkBatch(database, batch);
  if (reviewer !== undefined) await reviewerId(database, reviewer);
  const lists = await database
    .selectDistinct({ batch: assignments.batch, id: reviewers.id, reviewer: reviewers.name })
    .from(assignments)
    .innerJoin(reviewers, eq(reviewers.id, assignments.reviewer))
    .where(
      and(
        batch === undefined ? undefined : eq(assignments.batch, batch),
        reviewer === undefined ? undefined : eq(reviewers.name, reviewer),
      ),
    )
    .orderBy(asc(assignments.batch), asc(reviewers.name));
  if (lists.length === 0) {
    const who = reviewer === undefined ? 'anyone' : reviewer;
    const where = batch === undefined ? 'review' : `batch ${batch}`;
    throw new ReviewError(where, `it has no items for ${who}`, 'choose another batch or create one');
  }
  yield SHEET_START;
  for (const list of lists) yield* exportList(database, list);
}

async function* exportList(
  database: Database,
  list: { batch: number; id: number; reviewer: string },
): AsyncGenerator<string> {
  for (let last = 0; ; ) {
    const rows = await database
      .select({
        item: assignments.id,
        position: assignments.position,
        modality: pairs.modality,
        imageFile: pairs.imageFile,
        zones: pairs.zones,
        question: pairs.question,
        answer: pairs.answer,
        vote: votes,
      })
      .from(assignments)
      .innerJoin(pairs, eq(pairs.id, assignments.pair))
      .leftJoin(votes, eq(votes.assignment, assignments.id))
      .where(
        and(
          eq(assignments.batch, list.batch),
          eq(assignments.reviewer, list.id),
          gt(assignments.position, last),
        ),
      )
      .orderBy(asc(assignments.position))
      .limit(ROWS_PER_PART);
    if (rows.length === 0) return;
    last = rows.at(-1)!.position;
    yield formatSheetRows(
      rows.map(({ vote, position: _, ...row }) => ({
        ...row,
        batch: list.batch,
        reviewer: list.reviewer,
        judgement: vote && perCriterion((criterion) => vote[criterion]),
        comment: vote?.comment ?? null,
      })),
    );
  }
}

/**
 * Takes over the votes of a file, all or none. A row that says what the current vote says changes nothing, and so does
 * a whole file of the same bytes as one before: a later vote is not undone by importing an old file again.
 * @param file how errors and the result call it
 * @throws ReviewError naming file, row and column, as `parseVoteSheet` does, and when a row is not of this review
 */
export async function importVotes(
  database: Database,
  file: string,
  bytes: Uint8Array,
): Promise<ImportResult> {
  const cast = parseVoteSheet(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return database.transaction(async (transaction) => {
    const [entry] = await transaction
      .insert(imports)
      .values({ sha256, file })
      .onConflictDoNothing()
      .returning({ id: imports.id });
    if (!entry) return { file, votes: cast.length, added: 0, changed: 0, isKnown: true };
    await checkRows(transaction, file, cast);
    const stored = await storeVotes(transaction, cast, 'changed', entry.id);
    const added = stored.filter(({ revision }) => revision === 1).length;
    return { file, votes: cast.length, added, changed: stored.length - added, isKnown: false };
  });
}

/** Checks that every row is an item of this review, of that reviewer and with those words. */
async function checkRows(database: Database, file: string, cast: readonly SheetVote[]): Promise<void> {
  for (const part of inStatements(cast)) {
    const rows = await database
      .select({
        item: assignments.id,
        reviewer: reviewers.name,
        question: pairs.question,
        answer: pairs.answer,
      })
      .from(assignments)
      .innerJoin(reviewers, eq(reviewers.id, assignments.reviewer))
      .innerJoin(pairs, eq(pairs.id, assignments.pair))
      .where(
        inArray(
          assignments.id,
          part.map(({ item }) => item),
        ),
      );
    const items = new Map(rows.map((row) => [row.item, row]));
    for (const vote of part) {
      const item = items.get(vote.item);
      const refuse = (column: string, problem: string): ReviewError =>
        sheetError(file, {
          row: vote.row,
          column,
          problem,
          remedy: 'import the file into the review that it was exported from, and change nothing but votes',
        });
      if (!item) throw refuse('item', `there is no item ${vote.item}`);
      if (!isSameText(item.reviewer, vote.reviewer)) {
        throw refuse('reviewer', `item ${vote.item} is not an item of "${vote.reviewer}"`);
      }
      for (const column of ['question', 'answer'] as const) {
        if (!isSameText(item[column], vote[column])) {
          throw refuse(column, `it is not the ${column} of item ${vote.item}`);
        }
      }
    }
  }
}
