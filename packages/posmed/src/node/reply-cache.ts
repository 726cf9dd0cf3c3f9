import { join } from 'node:path';
import { GeneratorError } from '../generate/generator-error.js';
import type { Reply } from '../generate/openai-reply.js';
import { Journal } from './build-journal.js';
import { lockFolder } from './folder-lock.js';

/** A reply that was paid for, the tokens that it cost, and those that were expected. */
export interface PaidReply extends Reply {
  readonly tokens: number;
  readonly estimate: number;
}

/** Replies that are kept in a folder, each on the disk before it is used. */
export interface ReplyCache {
  readonly replies: Journal<PaidReply>;
  /** Of all replies that were there when it was opened. */
  readonly before: {
    readonly replies: number;
    readonly tokens: number;
    /** The greatest of tokens by estimate; null where there was no reply. */
    readonly ratio: number | null;
  };
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
    const before = { replies: 0, tokens: 0, ratio: null as number | null };
    for (const key of replies.keys()) {
      const { tokens, estimate } = await replies.get(key);
      before.replies++;
      before.tokens += tokens;
      before.ratio = Math.max(before.ratio ?? 0, tokens / estimate);
    }
    return {
      replies,
      before,
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
