import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openReview, type Review } from '../../src/node/review/review.js';
import type { Judgement } from '../../src/review/criteria.js';
import { madeFolder } from './made-folder.js';

/**
 * A PostgreSQL server to test with, in a database that is made for it and dropped: the one of PRS_MED_TEST_DATABASE, or
 * PGlite behind a socket, which takes connections as a server does and runs one transaction at a time.
 */
async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = process.env.PRS_MED_TEST_DATABASE;
  if (server !== undefined) {
    const name = `posmed_review_${randomBytes(4).toString('hex')}`;
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    await admin.query(`create database ${name}`);
    const stop = async () => {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    };
    return { url: Object.assign(new URL(server), { pathname: name }).href, stop };
  }
  const db = await PGlite.create('memory://');
  const socket = new PGLiteSocketServer({ db, port: 0, maxConnections: 50 });
  await socket.start();
  const stop = async () => {
    await socket.stop();
    await db.close();
  };
  return { url: `postgres://postgres@${socket.getServerConn()}/postgres`, stop };
}

const folder = await madeFolder(80);
const { url, stop } = await startServer();
const client = new pg.Client({ connectionString: url });
await client.connect();
afterAll(async () => {
  await client.end();
  await stop();
});

beforeEach(async () => {
  await client.query('drop schema if exists posmed_review cascade');
  await client.query('drop schema if exists drizzle cascade');
});

async function withReviews(work: (first: Review, second: Review) => Promise<void>): Promise<void> {
  const reviews = await Promise.all([1, 2].map(() => openReview({ folder, database: url })));
  try {
    await work(reviews[0]!, reviews[1]!);
  } finally {
    await Promise.all(reviews.map((review) => review.close()));
  }
}

const YES: Judgement = { medicalAccuracy: true, positionalRelevance: true, clinicalPlausibility: true };

const read = async (text: string): Promise<Record<string, unknown>[]> => (await client.query(text)).rows;

describe('a review on a server', () => {
  it('is made once by two who open it at once', async () => {
    await withReviews(async (first, second) => {
      const { id } = await first.createPanel(['Anna', 'Ben', 'Cleo']);
      expect(await second.createPanel(['Anna', 'Ben', 'Cleo'])).toMatchObject({ id });
    });
    expect(await read('select count(*)::int as number from drizzle.posmed_review_migrations')).toEqual([
      { number: 2 },
    ]);
  });

  it('comes from an earlier state with all its votes', async () => {
    const migrations = new URL('../../migrations/', import.meta.url);
    const journal = JSON.parse(await readFile(new URL('meta/_journal.json', migrations), 'utf8'));
    await client.query(await readFile(new URL('0000_votes.sql', migrations), 'utf8'));
    await client.query('create schema drizzle');
    await client.query(
      'create table drizzle.posmed_review_migrations (id serial primary key, hash text not null, created_at bigint)',
    );
    await client.query('insert into drizzle.posmed_review_migrations (hash, created_at) values ($1, $2)', [
      'first',
      journal.entries[0].when,
    ]);
    await client.query(`
      insert into posmed_review.reviewers (name) values ('Anna');
      insert into posmed_review.panels default values;
      insert into posmed_review.panel_members values (1, 1);
      insert into posmed_review.batches (panel, seed, repeats) values (1, 5, 0);
      insert into posmed_review.pairs
        (batch, pair, digest, image, image_file, modality, kind, target, question, answer, zones, truth)
        values (1, 'p', 'd', 'i', 'i.png', 'ct', 'where', 'lung', 'Where?', 'There.', '{center}', '{i/lung}');
      insert into posmed_review.assignments (batch, pair, reviewer, occurrence, position) values (1, 1, 1, 1, 1);
      insert into posmed_review.votes values (1, 1, true, true, false, 'early', '2026-01-02T03:04:05.678Z');
      insert into posmed_review.vote_history values (1, 1, true, true, false, 'early', '2026-01-02T03:04:05.678Z');
    `);
    await withReviews(async (review) => {
      const early = {
        item: 1,
        revision: 1,
        judgement: { ...YES, clinicalPlausibility: false },
        comment: 'early',
        castAt: new Date('2026-01-02T03:04:05.678Z'),
        import: null,
      };
      expect(await review.history(1)).toEqual([early]);
      const now = await review.castVote({ item: 1, reviewer: 'Anna', judgement: YES });
      expect(now.revision).toBe(2);
      expect(await review.history(1)).toEqual([early, now]);
    });
  });

  it('that a newer version has changed is refused and stays as it is', async () => {
    await withReviews(async () => undefined);
    await client.query("insert into drizzle.posmed_review_migrations (hash, created_at) values ('x', 9e12)");
    await expect(openReview({ folder, database: url })).rejects.toThrow(
      /^postgres:\/\/.+: a newer version has changed its tables; update prs-med$/,
    );
  });

  it('loses no vote of two connections that vote at once', async () => {
    await withReviews(async (first, second) => {
      const { id: panel } = await first.createPanel(['Anna', 'Ben', 'Cleo']);
      const batch = await first.createBatch({ panel, size: 10, seed: 1, repeats: 0.2 });
      const lists = new Map<string, number[]>();
      for (const reviewer of ['Anna', 'Ben', 'Cleo']) {
        lists.set(
          reviewer,
          (await first.nextItems(reviewer, batch.id, 99)).map(({ item }) => item),
        );
      }
      // PGlite behind a socket mixes up statements of two connections outside of transactions: from here on all is in them.
      const cast = [...lists].flatMap(([reviewer, items]) =>
        items.flatMap((item) =>
          [first, second, first, second].map((review, at) => {
            const judgement = { ...YES, medicalAccuracy: at % 2 === 0 };
            return review.castVote({ item, reviewer, judgement, comment: `${item} ${at}` });
          }),
        ),
      );
      await Promise.all(cast);
      const rows = await read(`
        select assignment, array_agg(revision order by revision) as revisions,
          array_agg(comment order by comment) as comments
        from posmed_review.vote_history group by assignment order by assignment`);
      expect(rows).toEqual(
        [...lists.values()].flat().map((item) => ({
          assignment: item,
          revisions: [1, 2, 3, 4],
          comments: [0, 1, 2, 3].map((at) => `${item} ${at}`),
        })),
      );
      const current = await read(`
        select count(*)::int as votes from posmed_review.votes join posmed_review.vote_history
        using (assignment, revision, medical_accuracy, comment, cast_at) where revision = 4`);
      expect(current).toEqual([{ votes: 36 }]);
    });
  });

  it('gives no pair to two batches that are drawn at once', async () => {
    await withReviews(async (first, second) => {
      const { id: panel } = await first.createPanel(['Anna']);
      const results = await Promise.allSettled(
        [first, second, first].map((review) => review.createBatch({ panel, size: 30, seed: 1 })),
      );
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      const [row] = await read(
        'select count(*)::int as pairs, count(distinct pair)::int as different from posmed_review.pairs',
      );
      expect(row).toEqual({ pairs: 60, different: 60 });
    });
  });
});

describe('openReview', () => {
  it('tells a wrong connection string without its password', async () => {
    await expect(openReview({ folder, database: 'mysql://host/name' })).rejects.toThrow(
      'database: this is no connection string of PostgreSQL; write it as postgres://',
    );
    await expect(openReview({ folder, database: 'postgres://a:b@c:d/e' })).rejects.toThrow(
      'database: the connection string cannot be read; write it as',
    );
  });

  it('tells when there is no server', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const failure = openReview({ folder, database: `postgres://me:secret@127.0.0.1:${port}/name` });
    await expect(failure).rejects.toThrow(
      new RegExp(
        `^postgres://127.0.0.1:${port}/name: it cannot be reached \\(.*ECONNREFUSED.*\\); start the server`,
      ),
    );
    await expect(failure).rejects.not.toThrow('secret');
  });

  it('tells a failure of the database, keeps nothing of the step and goes on', async () => {
    const review = await openReview({ folder, database: url });
    try {
      await client.query('alter table posmed_review.panels rename to other');
      await expect(review.createPanel(['Anna'])).rejects.toThrow(
        /^postgres:.*: the database failed \(.*panels.*\); nothing of this step is kept: try again$/,
      );
      expect(await read('select * from posmed_review.reviewers')).toEqual([]);
      await client.query('alter table posmed_review.other rename to panels');
      expect(await review.createPanel(['Anna'])).toMatchObject({ id: 1 });
    } finally {
      await review.close();
    }
  });
});
