import { createBatch } from './batches.js';
import { type OpenDatabase, toldFailure } from './database.js';
import { migrateReview } from './migrate.js';
import { createPanel } from './panels.js';
import { agreementOf, applyDecisions, decideAll, progressOf } from './results.js';
import type { Review } from './review.js';
import { exportVotes, importVotes } from './sheets.js';
import { castVote, nextItems, voteHistoryOf } from './votes.js';

/**
 * Brings an open database to this version's state and makes the review of a PosMed folder on it. When that fails the
 * database is closed.
 */
export async function startReview(opened: OpenDatabase, folder: string): Promise<Review> {
  const { database, where } = opened;
  const told = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      throw toldFailure(where, error);
    }
  };
  try {
    await told(migrateReview(database, where));
  } catch (error) {
    await opened.close();
    throw error;
  }
  return {
    createPanel: (names) => told(createPanel(database, names)),
    createBatch: (options) => told(createBatch(database, folder, options)),
    nextItems: (reviewer, batch, limit = 1) => told(nextItems(database, reviewer, batch, limit)),
    castVote: (vote) => told(castVote(database, vote)),
    history: (item) => told(voteHistoryOf(database, item)),
    progress: () => told(progressOf(database)),
    decide: () => told(decideAll(database)),
    agreement: () => told(agreementOf(database)),
    async *exportVotes(selection = {}) {
      try {
        yield* exportVotes(database, selection);
      } catch (error) {
        throw toldFailure(where, error);
      }
    },
    importVotes: (file, bytes) => told(importVotes(database, file, bytes)),
    apply: () => told(applyDecisions(database, folder)),
    close: opened.close,
  };
}
