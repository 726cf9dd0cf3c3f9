import { sql } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { PairRow } from '../../src/dataset/schema.js';
import { readPairs } from '../../src/node/dataset-files.js';
import { openMemory } from '../../src/node/review/pglite-database.js';
import type { Review } from '../../src/node/review/review.js';
import { startReview } from '../../src/node/review/start-review.js';
import type { Judgement } from '../../src/review/criteria.js';
import { madeFolder, madePair, pairId, writePairs } from './made-folder.js';

const PAIRS = 240;
const folder = await madeFolder(PAIRS);
// Making a database takes seconds, so all tests share one and each has a review of its own in it.
const opened = await openMemory();
afterAll(() => opened.close());

let review: Review;

async function startAnew(): Promise<void> {
  await opened.database.execute(sql`drop schema if exists posmed_review cascade`);
  await opened.database.execute(sql`drop schema if exists drizzle cascade`);
  review = await startReview(opened, folder);
}

beforeEach(startAnew);

const YES: Judgement = { medicalAccuracy: true, positionalRelevance: true, clinicalPlausibility: true };
const NO: Judgement = { medicalAccuracy: false, positionalRelevance: true, clinicalPlausibility: true };

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function exported(selection: Parameters<typeof review.exportVotes>[0]): Promise<string> {
  let text = '';
  for await (const part of review.exportVotes(selection)) text += part;
  return text;
}

/** A votes file with these words in the three columns of every row. */
const fillIn = (text: string, words: string): string => text.replaceAll(/,,,,\r\n/g, `,${words},\r\n`);

async function statuses(): Promise<Map<string, PairRow['status']>> {
  const found = new Map<string, PairRow['status']>();
  for await (const { id, status } of readPairs(folder)) found.set(id, status);
  return found;
}

describe('panels', () => {
  it('have an odd number of different experts, and are made once', async () => {
    const panel = await review.createPanel(['Cleo', ' Anna', 'Ben']);
    expect(panel.reviewers).toEqual(['Anna', 'Ben', 'Cleo']);
    const again = await Promise.all([1, 2, 3].map(() => review.createPanel(['Ben', 'Cleo', 'Anna'])));
    for (const { id } of again) expect(id).toBe(panel.id);
    expect((await review.createPanel(['Anna'])).id).not.toBe(panel.id);
  });

  it.each([
    [['Anna', 'Ben'], 'panel: 2 reviewers can tie; name an odd number'],
    [[], 'panel: 0 reviewers can tie'],
    [['Anna', 'Ben', 'Anna '], 'panel: "Anna" is in it twice; name each reviewer once'],
    [['Anna', '', 'Ben'], 'panel: a reviewer has no name;'],
    [['Anna, Ben'], 'panel: "Anna, Ben" cannot be the name of a reviewer;'],
  ])('of %j are refused', async (names, message) => {
    await expect(review.createPanel(names)).rejects.toThrow(message);
  });
});

describe('batches', () => {
  it('mix modalities, take no pair twice, and show some again without telling', async () => {
    const panel = await review.createPanel(['Dora', 'Emil', 'Fritz']);
    const first = await review.createBatch({ panel: panel.id, size: 30, seed: 1, repeats: 0.2 });
    expect(first).toMatchObject({
      pairs: 30,
      repeats: 6,
      modalities: { ct: 10, endoscopy: 10, ultrasound: 10 },
    });
    const second = await review.createBatch({ panel: panel.id, size: 30, seed: 1 });
    expect(second.repeats).toBe(3);

    const decided = await review.decide();
    const pairsOf = (batch: number) => decided.filter((one) => one.batch === batch).map(({ pair }) => pair);
    expect(new Set([...pairsOf(first.id), ...pairsOf(second.id)]).size).toBe(60);

    const items = await review.nextItems('Dora', first.id, 100);
    expect(items.map(({ position }) => position)).toEqual(Array.from({ length: 36 }, (_, at) => at + 1));
    expect(new Set(items.map(({ question }) => question)).size).toBe(30);
    expect(items.every(({ items: all }) => all === 36)).toBe(true);
    const [item] = items;
    const row = madePair(Number(/\d+/.exec(item!.question)![0]));
    expect(item).toMatchObject({
      image: row.image,
      imageFile: `images/${row.image.slice('image-'.length)}.png`,
      target: 'finding',
      question: row.question,
      answer: row.answer,
      zones: row.zones,
      truth: row.targets,
    });
    expect(JSON.stringify(item)).not.toMatch(/occurrence|repeat|pair-/);
    const others = await review.nextItems('Emil', first.id, 100);
    expect(others.map(({ question }) => question)).not.toEqual(items.map(({ question }) => question));
  });

  it('of one modality hold that one only', async () => {
    const panel = await review.createPanel(['Dora', 'Emil', 'Fritz']);
    const batch = await review.createBatch({ panel: panel.id, size: 5, seed: 2, modalities: ['ct'] });
    expect(batch.modalities).toEqual({ ct: 5 });
  });

  it('are the same for the same seed in another review', async () => {
    const draw = async () => {
      await startAnew();
      const { id: panel } = await review.createPanel(['Anna']);
      const { id } = await review.createBatch({ panel, size: 20, seed: 9 });
      return review.nextItems('Anna', id, 100);
    };
    const first = await draw();
    expect(first).toHaveLength(22);
    expect(await draw()).toEqual(first);
  });

  it.each([
    [{ size: 0, seed: 1 }, 'batch: it cannot have 0 pairs; ask for a whole number from 1'],
    [{ size: 1, seed: -1 }, 'batch: its seed cannot be -1;'],
    [{ size: 1, seed: 1, repeats: 0.6 }, 'batch: a share of 0.6 cannot be repeated;'],
    [
      { size: 1, seed: 1, modalities: ['mri'] },
      'modality mri: the data set has none of it; choose among ct, endoscopy, ultrasound',
    ],
    [
      { size: 100, seed: 1, modalities: ['ct'] },
      'pairs in ct are left to review and the batch wants 100; ask for at most',
    ],
    [{ size: 1, seed: 1, panel: 999 }, 'panel 999: there is no such panel; create it first'],
  ])('of %j are refused', async (options, message) => {
    const { id } = await review.createPanel(['Anna']);
    const before = await review.progress();
    await expect(review.createBatch({ panel: id, ...options })).rejects.toThrow(message);
    expect(await review.progress()).toEqual(before);
  });
});

describe('votes', () => {
  it('may be changed, and all are kept', async () => {
    const { id: panel } = await review.createPanel(['Greta']);
    const batch = await review.createBatch({ panel, size: 2, seed: 3, repeats: 0 });
    const [item] = await review.nextItems('Greta', batch.id);
    const first = await review.castVote({
      item: item!.item,
      reviewer: 'Greta',
      judgement: NO,
      comment: ' a\r\nb ',
    });
    expect(first).toMatchObject({ revision: 1, judgement: NO, comment: 'a\nb', import: null });
    const second = await review.castVote({ item: item!.item, reviewer: 'Greta', judgement: YES });
    expect(second).toMatchObject({ revision: 2, judgement: YES, comment: null });
    expect(await review.history(item!.item)).toEqual([first, second]);
    expect((await review.nextItems('Greta', batch.id, 9)).map(({ position }) => position)).toEqual([2]);
    expect((await review.progress()).find((one) => one.batch === batch.id)).toMatchObject({
      pairs: 2,
      decisions: { accepted: 1, rejected: 0, 'no-votes': 1, 'missing-votes': 0, tie: 0 },
      reviewers: [{ reviewer: 'Greta', items: 2, voted: 1 }],
    });
  });

  it('that come at once are all kept: one is current', async () => {
    const { id: panel } = await review.createPanel(['Hans', 'Ida', 'Jan']);
    const batch = await review.createBatch({ panel, size: 4, seed: 4, repeats: 0 });
    const items = new Map<string, number>();
    for (const name of ['Hans', 'Ida', 'Jan'])
      items.set(name, (await review.nextItems(name, batch.id))[0]!.item);
    const cast = Array.from({ length: 60 }, (_, at) => {
      const reviewer = ['Hans', 'Ida', 'Jan'][at % 3]!;
      return { reviewer, item: items.get(reviewer)!, judgement: at % 2 ? YES : NO, comment: `vote ${at}` };
    });
    await Promise.all(cast.map((vote) => review.castVote(vote)));
    for (const [reviewer, item] of items) {
      const history = await review.history(item);
      expect(history.map(({ revision }) => revision)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
      const said = (votes: readonly { comment?: string | null; judgement: Judgement }[]) =>
        votes.map(({ comment, judgement }) => `${comment} ${judgement.medicalAccuracy}`).sort();
      expect(said(history)).toEqual(said(cast.filter((vote) => vote.reviewer === reviewer)));
      const text = await exported({ batch: batch.id, reviewer });
      expect(text).toContain(`,${history.at(-1)!.comment}\r\n`);
    }
  });

  it("on what is not the reviewer's are refused", async () => {
    const { id: panel } = await review.createPanel(['Hans', 'Ida', 'Jan']);
    const batch = await review.createBatch({ panel, size: 1, seed: 5, repeats: 0 });
    const [item] = await review.nextItems('Hans', batch.id);
    const vote = { item: item!.item, reviewer: 'Ida', judgement: YES };
    await expect(review.castVote(vote)).rejects.toThrow(`item ${item!.item}: it is not an item of Ida;`);
    for (const wrong of [0, 1.5, 2 ** 40, 999_999]) {
      await expect(review.castVote({ ...vote, item: wrong })).rejects.toThrow(`item ${wrong}: it is not`);
    }
    await expect(review.castVote({ ...vote, reviewer: 'Hans', comment: 'a\0b' })).rejects.toThrow('NUL');
    expect(await review.history(2 ** 40)).toEqual([]);
    await expect(review.nextItems('Hans', batch.id, -1)).rejects.toThrow('limit: -1 items cannot be shown;');
    await expect(review.nextItems('Hans', 2 ** 40)).rejects.toThrow('there is no such batch; choose among 1');
    expect(await review.history(item!.item)).toEqual([]);
    await expect(review.nextItems('Nobody', batch.id)).rejects.toThrow(
      'reviewer Nobody: there is no such reviewer; choose among',
    );
    await review.createPanel(['Greta']);
    await expect(review.nextItems('Greta', batch.id)).rejects.toThrow('Greta is not in its panel');
    await expect(review.nextItems('Hans', 999)).rejects.toThrow(
      'batch 999: there is no such batch; choose among 1',
    );
  });
});

describe('agreement', () => {
  it('is that of the votes, by modality, between two, and of one with the repeat', async () => {
    const panel = await review.createPanel(['Anna', 'Ben', 'Cleo']);
    const { id } = await review.createBatch({ panel: panel.id, size: 12, seed: 1, repeats: 0.5 });
    // Anna says yes to the accuracy of everything, Ben to that of ct alone, Cleo changes her mind on repeats.
    for (const reviewer of panel.reviewers) {
      const seen = new Set<string>();
      for (const { item, question, modality } of await review.nextItems(reviewer, id, 100)) {
        const isRepeat = seen.has(question);
        seen.add(question);
        const medicalAccuracy =
          reviewer === 'Anna' ||
          (reviewer === 'Ben' && modality === 'ct') ||
          (reviewer === 'Cleo' && isRepeat);
        await review.castVote({ item, reviewer, judgement: { ...YES, medicalAccuracy } });
      }
    }
    const { overall, modalities, couples, self } = await review.agreement();
    // ct: yes, yes, no; the others: yes, no, no. So a third of the pairs of votes agree everywhere.
    const yes = (4 * (2 / 3) + 8 * (1 / 3)) / 12;
    const expected = yes ** 2 + (1 - yes) ** 2;
    expect(overall.medicalAccuracy.items).toBe(12);
    expect(overall.medicalAccuracy.observed).toBeCloseTo(1 / 3, 12);
    expect(overall.medicalAccuracy.kappa).toBeCloseTo((1 / 3 - expected) / (1 - expected), 12);
    expect(overall.positionalRelevance).toEqual({ items: 12, observed: 1, expected: 1, kappa: null });
    expect(Object.keys(modalities)).toEqual(['ct', 'endoscopy', 'ultrasound']);
    expect(modalities.ct!.medicalAccuracy).toMatchObject({ items: 4 });
    expect(modalities.ct!.medicalAccuracy.expected).toBeCloseTo(5 / 9, 12);
    expect(
      couples.map(({ reviewers, criteria }) => [...reviewers, criteria.medicalAccuracy.observed]),
    ).toEqual([
      ['Anna', 'Ben', 4 / 12],
      ['Anna', 'Cleo', 0],
      ['Ben', 'Cleo', 8 / 12],
    ]);
    expect(self.map(({ reviewer, criteria }) => [reviewer, criteria.medicalAccuracy.observed])).toEqual([
      ['Anna', 1],
      ['Ben', 1],
      ['Cleo', 0],
    ]);
    expect(self[1]!.criteria.medicalAccuracy).toMatchObject({ items: 6, kappa: 1 });
  });
});

describe('votes files', () => {
  it('bring votes once, and a vote that came later stays', async () => {
    const { id: panel } = await review.createPanel(['Kurt']);
    const batch = await review.createBatch({ panel, size: 6, seed: 6, repeats: 0.5 });
    const empty = await exported({ batch: batch.id });
    expect(empty.split('\r\n')).toHaveLength(1 + 9 + 1);
    expect(await review.importVotes('empty.csv', encode(empty))).toMatchObject({ votes: 0, added: 0 });

    const filled = fillIn(empty, 'yes,no,yes');
    const taken = { file: 'filled.csv', votes: 9, added: 9, changed: 0, isKnown: false };
    expect(await review.importVotes('filled.csv', encode(filled))).toEqual(taken);
    const [item] = filled.split('\r\n')[1]!.split(',').map(Number);
    const [first] = await review.history(item!);
    expect(first).toMatchObject({ revision: 1, judgement: { ...YES, positionalRelevance: false } });
    expect(first!.import).not.toBeNull();

    await review.castVote({ item: item!, reviewer: 'Kurt', judgement: YES });
    const known = { ...taken, added: 0, isKnown: true };
    expect(await review.importVotes('filled.csv', encode(filled))).toEqual(known);
    expect(await review.history(item!)).toHaveLength(2);

    const now = await exported({ batch: batch.id });
    expect(now).toBe(filled.replace('yes,no,yes', 'yes,yes,yes'));
    const same = { file: 'now.csv', votes: 9, added: 0, changed: 0, isKnown: false };
    expect(await review.importVotes('now.csv', encode(now))).toEqual(same);
    const changed = now.replaceAll('\r\n', '\n').replace('yes,no,yes', 'no,no,no');
    expect(await review.importVotes('changed.csv', encode(changed))).toMatchObject({ added: 0, changed: 1 });
  });

  it('are taken over whole or not at all', async () => {
    const { id: panel } = await review.createPanel(['Lea']);
    const batch = await review.createBatch({ panel, size: 3, seed: 7, repeats: 0 });
    const filled = fillIn(await exported({ batch: batch.id }), '1,1,0');
    const rows = filled.split('\r\n');
    const last = rows[3]!;
    const withLast = (text: string) => encode([...rows.slice(0, 3), text, ''].join('\r\n'));
    await expect(review.importVotes('a.csv', withLast(last.replace(/^\d+/, '999999')))).rejects.toThrow(
      'a.csv, row 4, column "item": there is no item 999999; import the file into the review',
    );
    await expect(review.importVotes('a.csv', withLast(last.replace('Lea', 'Kurt')))).rejects.toThrow(
      /^a\.csv, row 4, column "reviewer": item \d+ is not an item of "Kurt";/,
    );
    await expect(review.importVotes('a.csv', withLast(last.replace('Where', 'What')))).rejects.toThrow(
      /^a\.csv, row 4, column "question": it is not the question of item \d+;/,
    );
    await expect(review.importVotes('a.csv', withLast(last.replace('lies', 'is')))).rejects.toThrow(
      /^a\.csv, row 4, column "answer": it is not the answer of item \d+;/,
    );
    expect((await review.progress()).at(-1)!.reviewers).toEqual([{ reviewer: 'Lea', items: 3, voted: 0 }]);
    expect(await review.importVotes('a.csv', withLast(last))).toMatchObject({ added: 3, isKnown: false });
  });

  it('that come at once do not block each other, and the same file counts once', async () => {
    const { id: panel } = await review.createPanel(['Mia']);
    const batch = await review.createBatch({ panel, size: 6, seed: 8, repeats: 0 });
    const empty = await exported({ batch: batch.id });
    const [head, ...rows] = fillIn(empty, 'x,x,x').trimEnd().split('\r\n');
    const backwards = [head, ...rows.reverse()].join('\n').replaceAll('x,x,x', '0,0,0');
    const files = [fillIn(empty, 'x,x,x'), fillIn(empty, 'x,x,x'), backwards];
    const results = await Promise.all(files.map((file) => review.importVotes('b.csv', encode(file))));
    expect(results.filter(({ isKnown }) => isKnown)).toHaveLength(1);
    const total = results.reduce((sum, { added, changed }) => sum + added + changed, 0);
    expect(total).toBe(12);
  });

  it('of nothing are refused', async () => {
    const { id: panel } = await review.createPanel(['Kurt']);
    await review.createBatch({ panel, size: 1, seed: 1 });
    await review.createPanel(['Lea']);
    await expect(exported({ batch: 999 })).rejects.toThrow('batch 999: there is no such batch');
    await expect(exported({ reviewer: 'Nobody' })).rejects.toThrow(
      'reviewer Nobody: there is no such reviewer',
    );
    await expect(exported({ batch: 1, reviewer: 'Lea' })).rejects.toThrow('batch 1: it has no items for Lea');
  });
});

describe('apply', () => {
  it('writes what is decided into qa.parquet, and leaves pairs that have changed', async () => {
    const panel = await review.createPanel(['Anna', 'Ben', 'Cleo']);
    const { id } = await review.createBatch({ panel: panel.id, size: PAIRS, seed: 1, repeats: 0 });
    // By number: 0 accepted, 1 rejected, 2 a tie, 3 without votes; the rest wait for two votes.
    const voters: Record<number, [string[], Judgement][]> = {
      0: [[['Anna', 'Ben'], YES]],
      1: [[['Ben', 'Cleo'], NO]],
      2: [
        [['Anna'], YES],
        [['Ben'], NO],
      ],
      3: [],
    };
    for (const reviewer of panel.reviewers) {
      for (const { item, question } of await review.nextItems(reviewer, id, PAIRS)) {
        const number = Number(/\d+/.exec(question)![0]);
        const rules = voters[number] ?? (number < 8 ? [[['Anna'], YES] as [string[], Judgement]] : []);
        for (const [names, judgement] of rules) {
          if (names.includes(reviewer)) await review.castVote({ item, reviewer, judgement });
        }
      }
    }
    const reasons = (await review.decide())
      .filter(({ pair }) => pair < pairId(5))
      .sort((a, b) => (a.pair < b.pair ? -1 : 1))
      .map(({ decision }) => (decision.status === 'undecided' ? decision.reason : decision.status));
    expect(reasons).toEqual(['accepted', 'rejected', 'tie', 'no-votes', 'missing-votes']);

    // Pair 0 gets other words, 9 is dropped, one is new.
    const pairs = Array.from({ length: PAIRS + 1 }, (_, index) => madePair(index));
    pairs[0] = { ...pairs[0]!, answer: 'It lies in the center zone.' };
    const { [PAIRS]: fresh } = pairs;
    await writePairs(
      folder,
      pairs.filter((_, index) => index !== 9 && index !== PAIRS).concat({ ...fresh!, image: 'image-0' }),
    );
    const result = await review.apply();
    expect(result).toEqual({
      accepted: 0,
      rejected: 1,
      undecided: PAIRS - 3,
      changed: PAIRS - 2,
      stale: [pairId(0)],
      missing: [pairId(9)],
    });
    const found = await statuses();
    expect(found.size).toBe(PAIRS);
    expect([0, 1, 2, 3, PAIRS].map((index) => found.get(pairId(index)))).toEqual([
      'checked',
      'rejected',
      'undecided',
      'undecided',
      'checked',
    ]);
    expect(await review.apply()).toEqual({ ...result, changed: 0 });

    // What has changed is a new pair, which can be judged anew.
    const again = await review.createBatch({ panel: panel.id, size: 2, seed: 1, repeats: 0 });
    for (const reviewer of panel.reviewers) {
      for (const { item } of await review.nextItems(reviewer, again.id, 9)) {
        await review.castVote({ item, reviewer, judgement: NO });
      }
    }
    expect(await review.apply()).toMatchObject({ accepted: 0, rejected: 3, changed: 2, stale: [] });
  });
});
