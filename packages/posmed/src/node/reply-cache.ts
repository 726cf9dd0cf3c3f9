import { join } from 'node:path';
import { GeneratorError } from '../generate/generator-error.js';
import type { Reply } from '../generate/openai-reply.js';
import { Journal } from './build-journal.js';
import { lockFolder } from './review/folder-lock.js';

/** A reply that was paid for, and the tokens that it cost. */
export interface PaidReply extends Reply {
  readonly tokens: number;
}

/** Replies that are kept in a folder, each on the disk before it is used. */
export interface ReplyCache {
  readonly replies: Journal<PaidReply>;
  /** Tokens that all replies cost that were there when it was opened. */
  readonly tokens: number;
  close(): Promise<void>;
}

const FILE = 'replies.jsonl';

/**
 * Opens the replies that are kept in a folder, or begins to keep some there.
 * @throws GeneratorError when another process does, or the folder cannot be made
 * @throws DatasetError when the file cannot be written
 */
export async function openReplyCache(folder: string): Promise<ReplyCache> {
  const release = await lockFolder(folder, { Failure: GeneratorError, instead: 'name another with --cache' });
  try {
    const replies = await Journal.open<PaidReply>(join(folder, FILE), true);
    let tokens = 0;
    for (const key of replies.keys()) tokens += (await replies.get(key)).tokens;
    return {
      replies,
      tokens,
      async close() {
        await replies.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
