import pLimit from 'p-limit';
import type { GeneratedPair, Generator, PairRequest } from '../generate/generator.js';
import { type ChatPrompt, PROMPT_VERSION, promptFor } from '../generate/openai-prompt.js';
import { readReply } from '../generate/openai-reply.js';
import { estimateTokens, TokenBudget } from '../generate/token-budget.js';
import { keyOf } from './build-measure.js';
import { openEndpoint } from './open-endpoint.js';
import type { Endpoint, EndpointOptions } from './openai-endpoint.js';
import { openReplyCache, type PaidReply, type ReplyCache } from './reply-cache.js';
import { untilAborted } from './until-aborted.js';

export interface OpenAIGeneratorOptions extends EndpointOptions {
  /** Requests at once. */
  readonly concurrency: number;
  /** Most tokens of prompts and replies that the cache may have cost in all; Infinity for no limit. */
  readonly budget: number;
  /** The folder that replies are kept in; made when the first is asked for. */
  readonly cache: string;
}

/** A generator that lets a language model put the drafts in other words. */
export interface OpenAIGenerator extends Generator {
  readonly model: string;
  readonly promptVersion: number;
  /**
   * Looks whether the endpoint is there before anything else is done.
   * @returns a warning when it seems not to have the model
   * @throws GeneratorError when it cannot be reached or refuses the key
   */
  check(signal: AbortSignal): Promise<string | null>;
  /** What the replies in the cache cost; nothing before it has been opened. */
  cost(): { readonly replies: number; readonly tokens: number };
}

/** Replies to the same prompt of which none is of use, after which its drafts are given up. */
const MOST_REPLIES = 3;

/**
 * Makes pairs by asking an OpenAI-compatible endpoint, one request a picture. Each reply is on the disk before it is used,
 * so that no request is paid for twice, whatever is killed; the same replies give the same pairs. Only the words are the
 * model's: what is asked and what is right stay the draft's.
 */
export function openAIGenerator(options: OpenAIGeneratorOptions): OpenAIGenerator {
  const { baseURL, model, concurrency, cache: folder } = options;
  let endpoint: Promise<Endpoint> | undefined;
  const limit = pLimit(concurrency);
  const underWay = new Map<string, Promise<PaidReply>>();
  let opening: Promise<{ cache: ReplyCache; budget: TokenBudget }> | undefined;
  let cost = { replies: 0, tokens: 0 };
  /** What stopped the build; nothing is asked for after that. */
  let failure: { readonly error: unknown } | undefined;

  const reach = () => {
    endpoint ??= openEndpoint(options);
    return endpoint;
  };

  const open = async () => {
    const cache = await openReplyCache(folder);
    const { replies, tokens, ratio } = cache.before;
    cost = { replies, tokens };
    return { cache, budget: new TokenBudget(options.budget, tokens, ratio, baseURL) };
  };

  async function pay(key: string, prompt: ChatPrompt, signal: AbortSignal): Promise<PaidReply> {
    const { cache, budget } = await opening!;
    const { system, user } = prompt;
    // The reply has about as many words as the drafts.
    const estimate = estimateTokens(system) + 2 * estimateTokens(user);
    const settle = await budget.reserve(estimate);
    let tokens: number | null = null;
    try {
      const { complete } = await reach();
      const { content, finish, tokens: told } = await complete(prompt, signal);
      tokens = told ?? estimateTokens(system + user + content);
      const reply = { content, finish, tokens, estimate };
      await cache.replies.add(key, reply);
      cost = { replies: cost.replies + 1, tokens: cost.tokens + tokens };
      return reply;
    } finally {
      settle(tokens);
    }
  }

  /** The reply to a prompt, paid for once, however often and by how many at once it is asked for. */
  async function ask(prompt: ChatPrompt, attempt: number, signal: AbortSignal): Promise<PaidReply> {
    opening ??= open();
    const { replies } = (await opening).cache;
    const key = keyOf([model, PROMPT_VERSION, prompt.user, attempt]);
    for (;;) {
      signal.throwIfAborted();
      if (failure) throw failure.error;
      if (replies.has(key)) return replies.get(key);
      const shared = underWay.get(key);
      if (!shared) break;
      // When it fails because who asked for it gave up, it is asked for again.
      await shared.catch(() => undefined);
    }
    const paying = limit(async () => {
      signal.throwIfAborted();
      if (failure) throw failure.error;
      try {
        return await pay(key, prompt, signal);
      } catch (error) {
        if (!signal.aborted) failure ??= { error };
        throw error;
      }
    });
    underWay.set(key, paying);
    try {
      return await paying;
    } finally {
      underWay.delete(key);
    }
  }

  async function generate(request: PairRequest, signal: AbortSignal): Promise<readonly GeneratedPair[]> {
    const { drafts } = request;
    if (drafts.length === 0) return [];
    const prompt = promptFor(request);
    let problem = '';
    for (let attempt = 1; attempt <= MOST_REPLIES; attempt++) {
      const reply = await ask(prompt, attempt, signal);
      const read = readReply(reply, drafts);
      if ('pairs' in read) return read.pairs;
      problem = read.problem;
      if (reply.finish === 'content_filter') break;
    }
    return drafts.map((draft) => ({ draft, problem }));
  }

  return {
    name: 'openai',
    model,
    promptVersion: PROMPT_VERSION,
    check: async (signal) => (await reach()).check(signal),
    cost: () => cost,
    generate: (request, signal) => untilAborted(signal, (inner) => generate(request, inner)),
    async close() {
      const opened = await opening?.catch(() => undefined);
      await opened?.cache.close();
    },
  };
}
