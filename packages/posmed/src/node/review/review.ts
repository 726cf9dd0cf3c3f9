import { join } from 'node:path';
import type { AgreementReport } from '../../review/agreement.js';
import { ReviewError } from '../../review/review-error.js';
import type { Batch, BatchOptions } from './batches.js';
import type { OpenDatabase } from './database.js';
import type { Panel } from './panels.js';
import type { ApplyResult, BatchProgress, PairDecision } from './results.js';
import type { ImportResult, SheetSelection } from './sheets.js';
import type { CastVote, ReviewItem, Vote } from './votes.js';

export interface ReviewOptions {
  /** The PosMed folder whose pairs are reviewed. */
  folder: string;
  /**
   * Where votes are kept: a `postgres://` or `postgresql://` connection string, of a database for this folder alone;
   * `memory://` for a review that ends with the process; by default the folder `review` in the PosMed folder.
   */
  database?: string;
}

/**
 * A review by panels of experts. All methods may be called at once. They throw ReviewError when a call or a file is
 * wrong, DatasetError when the PosMed folder is, and ReviewDatabaseError when the database fails; then nothing of the
 * call is kept.
 */
export interface Review {
  /** Makes a panel of an odd number of experts, or gives the one that they are already. */
  createPanel(reviewers: readonly string[]): Promise<Panel>;
  /** Draws pairs that are in no batch yet for a panel: stratified, by seed, with hidden repeats. */
  createBatch(options: BatchOptions): Promise<Batch>;
  /** What a reviewer has not judged yet, in the reviewer's order; `limit` is 1 by default. */
  nextItems(reviewer: string, batch: number, limit?: number): Promise<ReviewItem[]>;
  /** Casts or changes a vote; the newest counts, all are kept. */
  castVote(vote: Vote): Promise<CastVote>;
  /** Every vote that was cast on an item, the oldest first. */
  history(item: number): Promise<CastVote[]>;
  /** How far each batch and each reviewer is. */
  progress(): Promise<BatchProgress[]>;
  /** What the panels have decided on each pair in a batch; `decide` of the package says how. */
  decide(): Promise<PairDecision[]>;
  /** Agreement of the experts with each other and with themselves. */
  agreement(): Promise<AgreementReport>;
  /** A votes file for a spreadsheet, in parts. */
  exportVotes(selection?: SheetSelection): AsyncGenerator<string>;
  /** Takes over the votes of a file, all or none; `file` is how errors call it. */
  importVotes(file: string, bytes: Uint8Array): Promise<ImportResult>;
  /** Writes what is decided into qa.parquet. */
  apply(): Promise<ApplyResult>;
  /** Ends the connection; a folder is then free for other processes. */
  close(): Promise<void>;
}

/**
 * Opens the review of a PosMed folder, makes its database if there is none, and brings its tables to this version's
 * state. A database in a folder is for one process at a time; a PostgreSQL server is for any number.
 * @throws ReviewError when the connection string is wrong or a newer version has been at work
 * @throws ReviewDatabaseError when the database cannot be opened or reached, or another process has the folder open
 */
export async function openReview(options: ReviewOptions): Promise<Review> {
  const opened = await openDatabase(options);
  const { startReview } = await import('./start-review.js');
  return startReview(opened, options.folder);
}

/** Loads the database's library only now: other commands never need it. */
async function openDatabase({ folder, database }: ReviewOptions): Promise<OpenDatabase> {
  if (database === undefined) {
    const { openFolder } = await import('./pglite-database.js');
    return openFolder(join(folder, 'review'));
  }
  if (database === 'memory://') {
    const { openMemory } = await import('./pglite-database.js');
    return openMemory();
  }
  if (/^postgres(ql)?:\/\//.test(database)) {
    const { openPostgres } = await import('./postgres-database.js');
    return openPostgres(database);
  }
  throw new ReviewError(
    'database',
    'this is no connection string of PostgreSQL',
    'write it as postgres://USER:PASSWORD@HOST:PORT/NAME',
  );
}
