import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { DatasetError } from '../../dataset/dataset-error.js';
import type { PairRow } from '../../dataset/schema.js';
import { type Candidate, drawBatch, orderBatch } from '../../review/draw-batch.js';
import { ReviewError } from '../../review/review-error.js';
import { readImages, readPairs } from '../dataset-files.js';
import { type Database, inStatements, isId, workAlone } from './database.js';
import { readPanels } from './panels.js';
import { assignments, batches, pairs, reviewers } from './tables.js';

export interface BatchOptions {
  /** Id of the panel that judges it. */
  panel: number;
  /** How many pairs, not counting repeats. */
  size: number;
  /** The same seed draws the same pairs in the same orders, from the same pairs that are left. */
  seed: number;
  /** Draw from these modalities only. */
  modalities?: readonly string[];
  /** The share of pairs, from 0 to 0.5, that each reviewer is shown twice without being told; 0.1 by default. */
  repeats?: number;
}

/** Pairs that a panel judges. */
export interface Batch {
  id: number;
  panel: number;
  /** How many pairs there are of each modality. */
  modalities: Readonly<Record<string, number>>;
  pairs: number;
  /** How many pairs each reviewer is shown twice. */
  repeats: number;
}

const REPEATS = 0.1;

/**
 * Draws a batch of pairs that are in no batch yet and gives every reviewer of the panel all of them, as `drawBatch` and
 * `orderBatch` say. A pair whose picture, words or truth have changed since it was in a batch is a new pair.
 * @throws ReviewError when a number is out of its range, the panel or a modality is unknown, or fewer pairs are left
 * @throws DatasetError when the PosMed folder cannot be read
 */
export async function createBatch(database: Database, folder: string, options: BatchOptions): Promise<Batch> {
  const { panel: panelId, size, seed, repeats = REPEATS } = options;
  checkNumbers(size, seed, repeats);
  const images = await imagesOf(folder);
  const modalities = checkModalities(options.modalities, images);
  return database.transaction(async (transaction) => {
    await workAlone(transaction, 'assign');
    const panel = (await readPanels(transaction)).find(({ id }) => id === panelId);
    if (!panel) throw new ReviewError(`panel ${panelId}`, 'there is no such panel', 'create it first');
    const left = await candidatesOf(transaction, folder, images, modalities);
    if (left.length < size) {
      const where = modalities ? ` in ${[...modalities].join(', ')}` : '';
      throw new ReviewError(
        folder,
        `${left.length} pairs${where} are left to review and the batch wants ${size}`,
        left.length === 0 ? 'review another folder' : `ask for at most ${left.length}`,
      );
    }
    const drawn = drawBatch(left, size, seed);
    const [batch] = await transaction
      .insert(batches)
      .values({ panel: panelId, seed, repeats })
      .returning({ id: batches.id });
    const { id } = batch!;
    const stored = await storePairs(transaction, folder, images, id, drawn);
    const shownTwice = Math.min(Math.round(repeats * size), Math.floor(size / 2));
    const reviewerIds = new Map(
      (await transaction.select().from(reviewers)).map((row) => [row.name, row.id]),
    );
    for (const reviewer of panel.reviewers) {
      const rows = orderBatch(drawn, reviewer, shownTwice, seed).map(({ pair, occurrence }, at) => ({
        batch: id,
        pair: stored.get(pair.id)!,
        reviewer: reviewerIds.get(reviewer)!,
        occurrence,
        position: at + 1,
      }));
      for (const part of inStatements(rows)) await transaction.insert(assignments).values(part);
    }
    const counts: Record<string, number> = {};
    for (const { modality } of drawn) counts[modality] = (counts[modality] ?? 0) + 1;
    return { id, panel: panelId, modalities: counts, pairs: size, repeats: shownTwice };
  });
}

/** SHA-256, in hexadecimal, of what experts judge of a pair: its picture, question, answer, zones and truth. */
export const digestOfPair = ({ image, question, answer, zones, targets }: PairRow): string =>
  createHash('sha256')
    .update(JSON.stringify([image, question, answer, zones, targets]))
    .digest('hex');

function checkNumbers(size: number, seed: number, repeats: number): void {
  const problem = !(Number.isSafeInteger(size) && size > 0)
    ? [`it cannot have ${size} pairs`, 'ask for a whole number from 1']
    : !(Number.isSafeInteger(seed) && seed >= 0)
      ? [`its seed cannot be ${seed}`, 'give a whole number from 0']
      : !(repeats >= 0 && repeats <= 0.5)
        ? [`a share of ${repeats} cannot be repeated`, 'give a number from 0 to 0.5']
        : null;
  if (problem) throw new ReviewError('batch', problem[0]!, problem[1]!);
}

interface ImageFacts {
  modality: string;
  file: string;
}

type Images = ReadonlyMap<string, ImageFacts>;

async function imagesOf(folder: string): Promise<Images> {
  const images = new Map<string, ImageFacts>();
  for await (const { id, modality, file } of readImages(folder)) images.set(id, { modality, file });
  return images;
}

function checkModalities(asked: readonly string[] | undefined, images: Images): Set<string> | null {
  if (!asked || asked.length === 0) return null;
  const known = new Set([...images.values()].map(({ modality }) => modality));
  const unknown = asked.find((name) => !known.has(name));
  if (unknown === undefined) return new Set(asked);
  throw new ReviewError(
    `modality ${unknown}`,
    'the data set has none of it',
    `choose among ${[...known].sort().join(', ')}`,
  );
}

/** Pairs that are in no batch yet. */
async function candidatesOf(
  database: Database,
  folder: string,
  images: Images,
  modalities: ReadonlySet<string> | null,
): Promise<Candidate[]> {
  const taken = new Map<string, Set<string>>();
  for (const { pair, digest } of await database
    .select({ pair: pairs.pair, digest: pairs.digest })
    .from(pairs)) {
    const digests = taken.get(pair);
    if (digests) digests.add(digest);
    else taken.set(pair, new Set([digest]));
  }
  const candidates: Candidate[] = [];
  for await (const row of readPairs(folder)) {
    const { modality } = imageOf(row, images, folder);
    if (modalities && !modalities.has(modality)) continue;
    if (taken.get(row.id)?.has(digestOfPair(row))) continue;
    candidates.push({ id: row.id, modality, kind: row.kind });
  }
  return candidates;
}

/** @returns the ids in the database by those of the data set */
async function storePairs(
  database: Database,
  folder: string,
  images: Images,
  batch: number,
  drawn: readonly Candidate[],
): Promise<Map<string, number>> {
  const wanted = new Set(drawn.map(({ id }) => id));
  const rows: (typeof pairs.$inferInsert)[] = [];
  for await (const row of readPairs(folder)) {
    if (!wanted.has(row.id)) continue;
    const { modality, file } = imageOf(row, images, folder);
    rows.push({
      batch,
      pair: row.id,
      digest: digestOfPair(row),
      image: row.image,
      imageFile: file,
      modality,
      kind: row.kind,
      target: row.target,
      question: row.question,
      answer: row.answer,
      zones: row.zones,
      truth: row.targets,
    });
  }
  const ids = new Map<string, number>();
  for (const part of inStatements(rows)) {
    const stored = await database.insert(pairs).values(part).returning({ id: pairs.id, pair: pairs.pair });
    for (const { id, pair } of stored) ids.set(pair, id);
  }
  return ids;
}

function imageOf(pair: PairRow, images: Images, folder: string): ImageFacts {
  const image = images.get(pair.image);
  if (image) return image;
  throw new DatasetError(
    folder,
    `pair ${pair.id} is of image ${pair.image}, which images.parquet lacks`,
    'build the data set again',
  );
}

/** Number of a batch that is there. @throws ReviewError when there is none of that number */
export async function checkBatch(database: Database, batch: number): Promise<void> {
  const found = isId(batch)
    ? await database.select({ id: batches.id }).from(batches).where(eq(batches.id, batch))
    : [];
  if (found.length > 0) return;
  const known = await database.select({ id: batches.id }).from(batches).orderBy(batches.id);
  throw new ReviewError(
    `batch ${batch}`,
    'there is no such batch',
    known.length === 0 ? 'create one first' : `choose among ${known.map(({ id }) => id).join(', ')}`,
  );
}
