import { type Endpoint, untilAborted } from '@prs-med/posmed/node';
import { JUDGEMENTS } from '../answers/judge.js';
import { type JudgedRow, type Judgement, judgePrompt, readJudgement } from '../answers/judge-prompt.js';
import { type JudgeReplies, openJudgeReplies, sha256Of } from './judge-replies.js';

export interface JudgeOptions {
  readonly endpoint: Pick<Endpoint, 'complete'>;
  /** As the endpoint calls it. */
  readonly model: string;
  /** The file that replies are kept in, and found again in. */
  readonly replies: string;
  /** Requests at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Told for each row that is done. */
  readonly onRow?: () => void;
}

export interface JudgedAnswers {
  /** By the row's id: three, or fewer where too few replies could be read. */
  readonly judgements: ReadonlyMap<string, readonly Judgement[]>;
  /** What was asked for anew, and the tokens that it cost as far as the endpoint tells them. */
  readonly requests: number;
  readonly tokens: number;
}

/** Replies to the same prompt, of which three are to be read. */
const MOST_REPLIES = 6;

/**
 * Lets a model behind an OpenAI-compatible endpoint judge answers, three times each. Each reply is on the disk before it is
 * used, so that what was paid for once is found again by a later call; rows with the same question, reference and answer
 * share theirs.
 * @throws GeneratorError when the endpoint cannot be reached or refuses
 * @throws EvaluationError when the replies cannot be read or kept
 * @throws the signal's reason when it aborts
 */
export async function judgeAnswers(
  rows: readonly JudgedRow[],
  options: JudgeOptions,
): Promise<JudgedAnswers> {
  const alike = new Map<string, JudgedRow[]>();
  for (const row of rows) {
    const { user } = judgePrompt(row);
    alike.set(user, [...(alike.get(user) ?? []), row]);
  }
  const replies = await openJudgeReplies(options.replies);
  try {
    return await untilAborted(options.signal, (signal) =>
      judgeEach([...alike.values()], replies, { ...options, signal }),
    );
  } finally {
    await replies.close();
  }
}

async function judgeEach(
  alike: readonly (readonly JudgedRow[])[],
  replies: JudgeReplies,
  { endpoint, model, concurrency, signal, onRow }: JudgeOptions,
): Promise<JudgedAnswers> {
  const judgements = new Map<string, readonly Judgement[]>();
  let requests = 0;
  let tokens = 0;

  async function replyTo(row: JudgedRow, attempt: number): Promise<string> {
    const prompt = judgePrompt(row);
    const sha256 = sha256Of(prompt.user);
    const known = replies.find(model, sha256, attempt);
    if (known) return known.content;
    signal.throwIfAborted();
    const { content, finish, tokens: cost } = await endpoint.complete(prompt, signal);
    await replies.keep({ model, sha256, attempt, id: row.id, content, finish, tokens: cost });
    requests++;
    tokens += cost ?? 0;
    return content;
  }

  async function judge(row: JudgedRow): Promise<Judgement[]> {
    const given: Judgement[] = [];
    for (let attempt = 1; attempt <= MOST_REPLIES && given.length < JUDGEMENTS; attempt++) {
      const judgement = readJudgement(await replyTo(row, attempt));
      if (judgement) given.push(judgement);
    }
    return given;
  }

  const left = alike.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    try {
      for (const same of left) {
        // The others ask no more; what they have asked is still kept.
        if (failure) return;
        const given = await judge(same[0]!);
        for (const { id } of same) {
          judgements.set(id, given);
          onRow?.();
        }
      }
    } catch (error) {
      failure ??= { error };
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (failure) throw failure.error;
  return { judgements, requests, tokens };
}
