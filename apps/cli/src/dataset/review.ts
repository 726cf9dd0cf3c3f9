import { existsSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openPosMed, openReview, type Review, type SheetSelection } from '@prs-med/posmed/node';
import { CommandError, FAILED } from '../command-error.js';
import type {
  ReviewCreateOptions,
  ReviewDatabaseOptions,
  ReviewExportOptions,
} from '../commands/dataset-review.js';
import { printable } from '../printable.js';
import { interruptible } from '../process-state.js';

/** `prs-med dataset review create` */
export async function createReview(folder: string, options: ReviewCreateOptions): Promise<void> {
  await openPosMed(folder);
  await withReview(folder, options, 'new', async (review) => {
    const panel = await review.createPanel(options.reviewers);
    const batch = await review.createBatch({
      panel: panel.id,
      size: options.batchSize,
      seed: options.seed,
      repeats: options.repeats,
      ...(options.modality && { modalities: options.modality }),
    });
    const modalities = Object.entries(batch.modalities).map(([name, pairs]) => `${name} ${pairs}`);
    process.stdout.write(
      `Batch ${batch.id}: ${batch.pairs} pairs (${printable(modalities.join(', '))}) and ${batch.repeats} repeats ` +
        `for each of ${printable(panel.reviewers.join(', '))}.\n`,
    );
  });
}

/** `prs-med dataset review export` */
export async function exportReview(folder: string, options: ReviewExportOptions): Promise<void> {
  const { out, batch, reviewer } = options;
  if (existsSync(out)) {
    throw new CommandError(out, 'it is there and may hold votes', 'name another file or move it away');
  }
  const selection: SheetSelection = {
    ...(batch !== undefined && { batch }),
    ...(reviewer !== undefined && { reviewer }),
  };
  await withReview(folder, options, 'existing', (review) =>
    interruptible((signal) => writeBeside(out, review.exportVotes(selection), signal)),
  );
  process.stdout.write(`${printable(out)}\n`);
}

/** `prs-med dataset review import` */
export async function importReview(
  folder: string,
  files: readonly string[],
  options: ReviewDatabaseOptions,
): Promise<void> {
  const contents = await Promise.all(files.map(async (file) => [file, await readVotes(file)] as const));
  await withReview(folder, options, 'existing', async (review) => {
    for (const [file, bytes] of contents) {
      const { votes, added, changed, isKnown } = await review.importVotes(file, bytes);
      const outcome = isKnown
        ? 'was imported before, nothing to do'
        : `${votes} votes, ${added} new and ${changed} changed`;
      process.stdout.write(`${printable(file)}: ${outcome}\n`);
    }
  });
}

/** `prs-med dataset review apply` */
export async function applyReview(folder: string, options: ReviewDatabaseOptions): Promise<void> {
  await openPosMed(folder);
  await withReview(folder, options, 'existing', async (review) => {
    const { accepted, rejected, undecided, changed, stale, missing } = await review.apply();
    const warn = (pairs: readonly string[], what: string): void => {
      if (pairs.length === 0) return;
      const first = printable(pairs.slice(0, 3).join(', '));
      const more = pairs.length > 3 ? ', ...' : '';
      process.stderr.write(
        `prs-med: ${folder}: ${pairs.length} pairs that were judged ${what}: ${first}${more}\n`,
      );
    };
    warn(stale, 'have changed since and keep their status; review them again');
    warn(missing, 'are not in the folder any more');
    process.stdout.write(
      `${accepted} accepted, ${rejected} rejected, ${undecided} undecided; ${changed} rows changed.\n`,
    );
  });
}

/**
 * Works with the review of a folder and closes it.
 * @param state `existing` refuses a folder without a review, in which a new database would only be in the way
 */
export async function withReview(
  folder: string,
  options: ReviewDatabaseOptions,
  state: 'new' | 'existing',
  work: (review: Review) => Promise<void>,
): Promise<void> {
  const database = options.database || undefined; // an empty PRS_MED_DATABASE names none
  if (state === 'existing' && database === undefined && !existsSync(join(folder, 'review'))) {
    throw new CommandError(
      folder,
      'it has no review',
      'begin one with prs-med dataset review create, or name its --database',
    );
  }
  const review = await openReview({ folder, ...(database !== undefined && { database }) });
  try {
    await work(review);
  } finally {
    await review.close();
  }
}

async function readVotes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(
      file,
      `it cannot be read (${code ?? message})`,
      'check the name and the rights',
      2,
      {
        cause: error,
      },
    );
  }
}

/** Writes a file under another name and gives it its own at the end; an interruption takes it away. */
async function writeBeside(path: string, parts: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const part of parts) {
        signal.throwIfAborted();
        await file.write(part);
      }
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const status = code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR' ? 2 : FAILED;
    throw new CommandError(path, `it cannot be written (${code})`, 'check its folder and the disk', status, {
      cause: error,
    });
  }
}
