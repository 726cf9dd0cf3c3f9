import { and, asc, count, eq, lt, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { PairStatus } from '../../dataset/schema.js';
import {
  type AgreementReport,
  type CriteriaAgreement,
  cohenKappa,
  fleissKappa,
} from '../../review/agreement.js';
import { CRITERIA, type Criterion, type Judgement, perCriterion } from '../../review/criteria.js';
import { type Decision, decide, type Tally, type UndecidedReason } from '../../review/decision.js';
import { rewritePairs } from '../dataset-files.js';
import { digestOfPair } from './batches.js';
import type { Database } from './database.js';
import { readPanels } from './panels.js';
import { assignments, batches, pairs, reviewers, votes } from './tables.js';

/** What a panel has decided on a pair. */
export interface PairDecision {
  /** Its id in qa.parquet. */
  pair: string;
  batch: number;
  modality: string;
  /** SHA-256 of what was judged: of another text under the same id nothing is decided. */
  digest: string;
  tally: Tally;
  decision: Decision;
}

export type DecisionCounts = Record<'accepted' | 'rejected' | UndecidedReason, number>;

/** How far a batch is. */
export interface BatchProgress {
  batch: number;
  seed: number;
  pairs: number;
  decisions: DecisionCounts;
  /** Items and votes of each reviewer of the panel, repeats among them. */
  reviewers: readonly { reviewer: string; items: number; voted: number }[];
}

/** What was written into qa.parquet. */
export interface ApplyResult {
  accepted: number;
  rejected: number;
  undecided: number;
  /** Rows that have another status than before. */
  changed: number;
  /** Ids of pairs that have other words, another picture or another truth than when they were judged; left as they are. */
  stale: readonly string[];
  /** Ids of pairs that were judged and that the folder lacks. */
  missing: readonly string[];
}

/** What the panels have decided, in the order of the batches. Hidden repeats do not count. */
export async function decideAll(database: Database): Promise<PairDecision[]> {
  const panels = new Map((await readPanels(database)).map((panel) => [panel.id, panel.reviewers.length]));
  const decisions: PairDecision[] = [];
  for (const batch of await database.select().from(batches).orderBy(asc(batches.id))) {
    const rows = await database
      .select({
        pair: pairs.pair,
        digest: pairs.digest,
        modality: pairs.modality,
        votes: count(votes.assignment),
        yes: yesCounts(),
      })
      .from(pairs)
      .innerJoin(assignments, and(eq(assignments.pair, pairs.id), eq(assignments.occurrence, 1)))
      .leftJoin(votes, eq(votes.assignment, assignments.id))
      .where(eq(pairs.batch, batch.id))
      .groupBy(pairs.id)
      .orderBy(asc(pairs.id));
    for (const { pair, digest, modality, ...tally } of rows) {
      const decision = decide(panels.get(batch.panel)!, tally);
      decisions.push({ pair, batch: batch.id, modality, digest, tally, decision });
    }
  }
  return decisions;
}

/** How far the batches are, the oldest first. */
export async function progressOf(database: Database): Promise<BatchProgress[]> {
  const counts = new Map<number, DecisionCounts>();
  for (const { batch, decision } of await decideAll(database)) {
    const ofBatch = counts.get(batch) ?? {
      accepted: 0,
      rejected: 0,
      'no-votes': 0,
      'missing-votes': 0,
      tie: 0,
    };
    ofBatch[decision.status === 'undecided' ? decision.reason : decision.status]++;
    counts.set(batch, ofBatch);
  }
  const rows = await database
    .select({
      batch: assignments.batch,
      reviewer: reviewers.name,
      items: count(),
      voted: count(votes.assignment),
    })
    .from(assignments)
    .innerJoin(reviewers, eq(reviewers.id, assignments.reviewer))
    .leftJoin(votes, eq(votes.assignment, assignments.id))
    .groupBy(assignments.batch, reviewers.name)
    .orderBy(asc(reviewers.name));
  const all = await database.select().from(batches).orderBy(asc(batches.id));
  return all.map(({ id, seed }) => {
    const decisions = counts.get(id)!;
    return {
      batch: id,
      seed,
      pairs: Object.values(decisions).reduce((sum, value) => sum + value, 0),
      decisions,
      reviewers: rows.filter(({ batch }) => batch === id).map(({ batch: _, ...rest }) => rest),
    };
  });
}

/** How far the experts agree with each other and, on hidden repeats, with themselves. */
export async function agreementOf(database: Database): Promise<AgreementReport> {
  const patterns = await readPatterns(database);
  const modalities = [...new Set(patterns.map(({ modality }) => modality))].sort();
  return {
    overall: fleissOf(patterns),
    modalities: Object.fromEntries(
      modalities.map((name) => [name, fleissOf(patterns.filter(({ modality }) => modality === name))]),
    ),
    couples: await couplesOf(database),
    self: await selfAgreementOf(database),
  };
}

/** Writes what was decided into qa.parquet of the folder. Pairs that are in no batch keep their status. */
export async function applyDecisions(database: Database, folder: string): Promise<ApplyResult> {
  const decided = new Map<string, Map<string, PairStatus>>();
  for (const { pair, digest, decision } of await decideAll(database)) {
    const ofPair = decided.get(pair) ?? new Map<string, PairStatus>();
    decided.set(pair, ofPair.set(digest, decision.status));
  }
  const counts = { accepted: 0, rejected: 0, undecided: 0, checked: 0 };
  const stale: string[] = [];
  const changed = await rewritePairs(folder, (row) => {
    const ofPair = decided.get(row.id);
    if (!ofPair) return row;
    decided.delete(row.id);
    const status = ofPair.get(digestOfPair(row));
    if (status === undefined) {
      stale.push(row.id);
      return row;
    }
    counts[status]++;
    return status === row.status ? row : { ...row, status };
  });
  const { accepted, rejected, undecided } = counts;
  return { accepted, rejected, undecided, changed, stale, missing: [...decided.keys()] };
}

const yesCounts = (): Record<Criterion, SQL<number>> =>
  perCriterion((criterion) => sql<number>`count(*) filter (where ${votes[criterion]})`.mapWith(Number));

/** How many pairs of a modality have so many votes and so many that say yes. */
interface Pattern {
  modality: string;
  votes: number;
  yes: Record<Criterion, number>;
  pairs: number;
}

async function readPatterns(database: Database): Promise<Pattern[]> {
  const rows = await database
    .select({ modality: pairs.modality, votes: count(), yes: yesCounts() })
    .from(votes)
    .innerJoin(assignments, and(eq(assignments.id, votes.assignment), eq(assignments.occurrence, 1)))
    .innerJoin(pairs, eq(pairs.id, assignments.pair))
    .groupBy(pairs.id);
  const patterns = new Map<string, Pattern>();
  for (const row of rows) {
    const key = JSON.stringify([row.modality, row.votes, row.yes]);
    const pattern = patterns.get(key);
    if (pattern) pattern.pairs++;
    else patterns.set(key, { ...row, pairs: 1 });
  }
  return [...patterns.values()];
}

const fleissOf = (patterns: readonly Pattern[]): CriteriaAgreement =>
  perCriterion((criterion) =>
    fleissKappa(
      patterns.map(({ votes: total, yes, pairs: items }) => ({
        counts: [yes[criterion], total - yes[criterion]],
        items,
      })),
    ),
  );

const firstAssignment = alias(assignments, 'first_assignment');
const secondAssignment = alias(assignments, 'second_assignment');
const firstVote = alias(votes, 'first_vote');
const secondVote = alias(votes, 'second_vote');

/** Two votes on a pair and how often they were these. */
const crossing = {
  first: perCriterion((criterion) => firstVote[criterion]),
  second: perCriterion((criterion) => secondVote[criterion]),
  items: count(),
};

interface Crossing {
  first: Judgement;
  second: Judgement;
  items: number;
}

const bothVotes = [...CRITERIA.map((name) => firstVote[name]), ...CRITERIA.map((name) => secondVote[name])];

async function couplesOf(database: Database): Promise<AgreementReport['couples']> {
  const firstReviewer = alias(reviewers, 'first_reviewer');
  const secondReviewer = alias(reviewers, 'second_reviewer');
  const rows = await database
    .select({ names: { first: firstReviewer.name, second: secondReviewer.name }, ...crossing })
    .from(firstAssignment)
    .innerJoin(secondAssignment, eq(secondAssignment.pair, firstAssignment.pair))
    .innerJoin(firstReviewer, eq(firstReviewer.id, firstAssignment.reviewer))
    .innerJoin(secondReviewer, eq(secondReviewer.id, secondAssignment.reviewer))
    .innerJoin(firstVote, eq(firstVote.assignment, firstAssignment.id))
    .innerJoin(secondVote, eq(secondVote.assignment, secondAssignment.id))
    .where(
      and(
        eq(firstAssignment.occurrence, 1),
        eq(secondAssignment.occurrence, 1),
        lt(firstReviewer.name, secondReviewer.name),
      ),
    )
    .groupBy(firstReviewer.name, secondReviewer.name, ...bothVotes)
    .orderBy(asc(firstReviewer.name), asc(secondReviewer.name));
  return groupRows(rows, ({ names }) => JSON.stringify(names)).map((group) => ({
    reviewers: [group[0]!.names.first, group[0]!.names.second],
    criteria: cohenOf(group),
  }));
}

async function selfAgreementOf(database: Database): Promise<AgreementReport['self']> {
  const rows = await database
    .select({ reviewer: reviewers.name, ...crossing })
    .from(firstAssignment)
    .innerJoin(
      secondAssignment,
      and(
        eq(secondAssignment.pair, firstAssignment.pair),
        eq(secondAssignment.reviewer, firstAssignment.reviewer),
      ),
    )
    .innerJoin(reviewers, eq(reviewers.id, firstAssignment.reviewer))
    .innerJoin(firstVote, eq(firstVote.assignment, firstAssignment.id))
    .innerJoin(secondVote, eq(secondVote.assignment, secondAssignment.id))
    .where(and(eq(firstAssignment.occurrence, 1), eq(secondAssignment.occurrence, 2)))
    .groupBy(reviewers.name, ...bothVotes)
    .orderBy(asc(reviewers.name));
  return groupRows(rows, ({ reviewer }) => reviewer).map((group) => ({
    reviewer: group[0]!.reviewer,
    criteria: cohenOf(group),
  }));
}

const cohenOf = (rows: readonly Crossing[]): CriteriaAgreement =>
  perCriterion((criterion) => {
    const items = (first: boolean, second: boolean): number =>
      rows
        .filter((row) => row.first[criterion] === first && row.second[criterion] === second)
        .reduce((sum, row) => sum + row.items, 0);
    return cohenKappa([
      [items(true, true), items(true, false)],
      [items(false, true), items(false, false)],
    ]);
  });

/** Rows of one name together, in the order in which the names come. */
function groupRows<Row>(rows: readonly Row[], nameOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = nameOf(row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return [...groups.values()];
}
