import { createHash } from 'node:crypto';
import { z } from 'zod';
import { JUDGE_PROMPT_VERSION } from '../answers/judge-prompt.js';
import { isMissing } from './file-failure.js';
import { readJsonLines } from './json-lines.js';
import { openLineWriter } from './line-writer.js';
import { lockBeside } from './lock-beside.js';

/** A line of the replies: what a judge said, as it said it. */
const judgeReply = z.object({
  model: z.string(),
  promptVersion: z.number(),
  /** Of what was sent. */
  sha256: z.string(),
  /** 1 for the first reply to the same prompt. */
  attempt: z.number().int().min(1),
  /** Of the first row that it was asked for. */
  id: z.string(),
  content: z.string(),
  finish: z.string(),
  /** Null where the endpoint does not tell. */
  tokens: z.number().nullable(),
});

export type JudgeReply = z.infer<typeof judgeReply>;

/** Replies that were paid for, in a file. */
export interface JudgeReplies {
  /** The reply of a model to a prompt, if it is there. */
  find(model: string, sha256: string, attempt: number): JudgeReply | undefined;
  /** Keeps a reply. @throws EvaluationError when the disk refuses */
  keep(reply: Omit<JudgeReply, 'promptVersion'>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file of replies, or begins one. Replies to other versions of the prompt are passed over.
 * @throws EvaluationError when another process writes to it, it cannot be written, or a line is no reply
 */
export async function openJudgeReplies(path: string): Promise<JudgeReplies> {
  const release = await lockBeside(`${path}.lock`, 'name another with --judge-replies');
  try {
    const known = await readReplies(path);
    const lines = await openLineWriter(path);
    return {
      find: (model, sha256, attempt) => known.get(keyOf({ model, sha256, attempt })),
      async keep(reply) {
        const line: JudgeReply = { ...reply, promptVersion: JUDGE_PROMPT_VERSION };
        await lines.add(line);
        known.set(keyOf(line), line);
      },
      async close() {
        await lines.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function readReplies(path: string): Promise<Map<string, JudgeReply>> {
  const known = new Map<string, JudgeReply>();
  try {
    for await (const reply of readJsonLines(path, judgeReply, 'reply of a judge', { mayBeCut: true })) {
      if (reply.promptVersion === JUDGE_PROMPT_VERSION) known.set(keyOf(reply), reply);
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return known;
}

const keyOf = ({ model, sha256, attempt }: Pick<JudgeReply, 'model' | 'sha256' | 'attempt'>): string =>
  JSON.stringify([model, sha256, attempt]);

/** What a prompt is known by. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
