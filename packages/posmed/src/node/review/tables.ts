import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgSchema,
  primaryKey,
  real,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';

/** All tables of the review are in a schema of their own, so that a database can hold others beside them. */
export const review = pgSchema('posmed_review');

const id = () => integer().primaryKey().generatedAlwaysAsIdentity();
const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 }).notNull().defaultNow();

export const reviewers = review.table('reviewers', {
  id: id(),
  name: text().notNull().unique(),
});

export const panels = review.table('panels', { id: id(), createdAt: moment('created_at') });

export const panelMembers = review.table(
  'panel_members',
  {
    panel: integer()
      .notNull()
      .references(() => panels.id),
    reviewer: integer()
      .notNull()
      .references(() => reviewers.id),
  },
  (table) => [primaryKey({ columns: [table.panel, table.reviewer] })],
);

export const batches = review.table('batches', {
  id: id(),
  panel: integer()
    .notNull()
    .references(() => panels.id),
  seed: bigint({ mode: 'number' }).notNull(),
  /** The share of pairs that each reviewer sees twice. */
  repeats: real().notNull(),
  createdAt: moment('created_at'),
});

/**
 * Pairs under review, with what is shown of them. A pair is in one batch only; once its words change it has another
 * digest and is another pair here.
 */
export const pairs = review.table(
  'pairs',
  {
    id: id(),
    batch: integer()
      .notNull()
      .references(() => batches.id),
    /** Its id in qa.parquet. */
    pair: text().notNull(),
    /** Of what is judged, see `digestOfPair`. */
    digest: text().notNull(),
    image: text().notNull(),
    /** Relative to the PosMed folder. */
    imageFile: text('image_file').notNull(),
    modality: text().notNull(),
    kind: text().notNull(),
    target: text().notNull(),
    question: text().notNull(),
    answer: text().notNull(),
    zones: text().array().notNull(),
    /** Ids of targets or regions that are the truth. */
    truth: text().array().notNull(),
  },
  (table) => [unique().on(table.pair, table.digest), index().on(table.batch)],
);

/** What a reviewer is asked: a pair, or its hidden repeat (occurrence 2). Its id is the item of the API and the files. */
export const assignments = review.table(
  'assignments',
  {
    id: id(),
    batch: integer()
      .notNull()
      .references(() => batches.id),
    pair: integer()
      .notNull()
      .references(() => pairs.id),
    reviewer: integer()
      .notNull()
      .references(() => reviewers.id),
    occurrence: integer().notNull(),
    /** Its place in the reviewer's list of the batch, from 1 on. */
    position: integer().notNull(),
  },
  (table) => [
    unique().on(table.pair, table.reviewer, table.occurrence),
    unique().on(table.batch, table.reviewer, table.position),
    check('occurrence_is_once_or_twice', sql`${table.occurrence} in (1, 2)`),
  ],
);

const judgement = () => ({
  medicalAccuracy: boolean('medical_accuracy').notNull(),
  positionalRelevance: boolean('positional_relevance').notNull(),
  clinicalPlausibility: boolean('clinical_plausibility').notNull(),
  comment: text(),
});

/** The current vote on each item. */
export const votes = review.table('votes', {
  assignment: integer()
    .primaryKey()
    .references(() => assignments.id),
  /** How many votes the item has had, with this one. */
  revision: integer().notNull(),
  ...judgement(),
  castAt: moment('cast_at'),
});

/** Votes files that were imported, by their bytes: the same file again changes nothing. */
export const imports = review.table('imports', {
  id: id(),
  sha256: text().notNull().unique(),
  file: text().notNull(),
  importedAt: moment('imported_at'),
});

/** Every vote that was ever cast, the current ones too. */
export const voteHistory = review.table(
  'vote_history',
  {
    assignment: integer()
      .notNull()
      .references(() => assignments.id),
    revision: integer().notNull(),
    ...judgement(),
    castAt: moment('cast_at'),
    /** The votes file that it came from; null when it was cast by call. */
    import: integer().references(() => imports.id),
  },
  (table) => [primaryKey({ columns: [table.assignment, table.revision] })],
);
