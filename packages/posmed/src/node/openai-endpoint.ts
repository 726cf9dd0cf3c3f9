import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { z } from 'zod';
import { GeneratorError } from '../generate/generator-error.js';
import type { ChatPrompt } from '../generate/openai-prompt.js';
import type { Reply } from '../generate/openai-reply.js';

export interface EndpointOptions {
  /** As in "https://api.openai.com/v1", without a user, a password or a query, for it is told in errors. */
  readonly baseURL: string;
  /** Never told. */
  readonly apiKey: string;
  readonly model: string;
  /** Seconds for one try, from 1 to 300: Node's fetch waits no longer. */
  readonly timeout: number;
  /** What the command calls the options above, for errors; as `prs-med dataset build` by default. */
  readonly optionNames?: OptionNames;
}

export interface OptionNames {
  readonly baseURL: string;
  readonly model: string;
  readonly timeout: string;
}

/** A request for a chat completion of any form. */
export type ChatRequest = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model' | 'stream'>;

/** A reply and the tokens that it cost; null where the endpoint does not tell them. */
export interface Completion extends Reply {
  readonly tokens: number | null;
}

/** An OpenAI-compatible endpoint. */
export interface Endpoint {
  /** Asks for a chat completion that is a JSON object, by its prompt where the endpoint has no mode for that; see `chat`. */
  complete(prompt: ChatPrompt, signal: AbortSignal): Promise<Completion>;
  /**
   * Asks for a chat completion. Answers 408, 409, 429 and from 500 on, connections that are cut or time out, and answers
   * that are no chat completion are tried again, with growing pauses or the one that Retry-After asks for.
   * @throws GeneratorError when it refuses, or none of the tries succeeds
   * @throws the signal's reason when it aborts
   */
  chat(request: ChatRequest, signal: AbortSignal): Promise<Completion>;
  /**
   * Looks whether the endpoint is there, takes the key and has the model, without a cost.
   * @returns a warning when it has other models only, as far as it tells them
   * @throws GeneratorError when it cannot be reached or refuses the key
   * @throws the signal's reason when it aborts
   */
  check(signal: AbortSignal): Promise<string | null>;
}

/** Tries after the first; the pauses between them are half a second to eight seconds long. */
const MOST_RETRIES = 6;
/** Seconds; who asks for a longer pause has nothing to give today. */
const LONGEST_PAUSE = 600;
const LONGEST_MESSAGE = 300;
const MOST_MODELS_TOLD = 8;
const SHORTEST_SECRET = 8;

const completionBody = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z
    .object({ prompt_tokens: z.number().nonnegative(), completion_tokens: z.number().nonnegative() })
    .nullish()
    .catch(null),
});

const BUILD_OPTIONS: OptionNames = {
  baseURL: '--base-url',
  model: '--language-model',
  timeout: '--timeout',
};

export function createEndpoint({
  baseURL,
  apiKey,
  model,
  timeout,
  optionNames = BUILD_OPTIONS,
}: EndpointOptions): Endpoint {
  const client = new OpenAI({
    baseURL,
    apiKey,
    timeout: 1000 * timeout,
    maxRetries: MOST_RETRIES,
    fetch: fetchWhole,
    // Its log goes to standard output.
    logLevel: 'off',
  });
  const fail = (error: unknown): GeneratorError =>
    describeFailure(error, { baseURL, apiKey, timeout, optionNames });
  let takesJsonMode = true;

  const ask = async (request: ChatRequest, signal: AbortSignal): Promise<Completion> => {
    try {
      const body = await client.chat.completions.create({ ...request, model }, { signal });
      const { choices, usage } = completionBody.parse(body);
      const { message, finish_reason: finish } = choices[0]!;
      const tokens = usage ? usage.prompt_tokens + usage.completion_tokens : null;
      return { content: message.content ?? '', finish: finish ?? 'stop', tokens };
    } catch (error) {
      if (!(error instanceof APIError) || error.code !== 'content_filter') throw error;
      return { content: '', finish: 'content_filter', tokens: 0 };
    }
  };

  const askForJson = async ({ system, user }: ChatPrompt, signal: AbortSignal): Promise<Completion> => {
    const isJsonMode = takesJsonMode;
    const messages: ChatRequest['messages'] = [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ];
    try {
      return await ask({ messages, ...(isJsonMode && { response_format: { type: 'json_object' } }) }, signal);
    } catch (error) {
      const isMode =
        error instanceof APIError &&
        (error.status === 400 || error.status === 422) &&
        /response_format/.test(error.message);
      if (!isMode || !isJsonMode) throw error;
      // Some servers have only other formats, or none; the prompt asks for JSON as well.
      takesJsonMode = false;
      return askForJson({ system, user }, signal);
    }
  };

  const orFail = async (completion: Promise<Completion>, signal: AbortSignal): Promise<Completion> => {
    try {
      return await completion;
    } catch (error) {
      signal.throwIfAborted();
      throw fail(error);
    }
  };

  return {
    complete: (prompt, signal) => orFail(askForJson(prompt, signal), signal),
    chat: (request, signal) => orFail(ask(request, signal), signal),
    async check(signal) {
      try {
        const { data } = await client.models.list({ signal, maxRetries: 0 });
        const names = data.map(({ id }) => id);
        // Ollama's "name:latest" goes by "name" too.
        const isThere = names.some((name) => name === model || name.startsWith(`${model}:`));
        if (isThere || names.length === 0) return null;
        const told = names.slice(0, MOST_MODELS_TOLD).join(', ');
        const more = names.length > MOST_MODELS_TOLD ? ` and ${names.length - MOST_MODELS_TOLD} more` : '';
        return `${baseURL}: it lists no model "${model}" but ${told}${more}`;
      } catch (error) {
        signal.throwIfAborted();
        // A key may be good for completions and not for this list, which some servers do not have at all.
        const isRefused = error instanceof APIError && error.status === 401 && !/scope/i.test(error.message);
        if (isRefused || error instanceof APIConnectionError) throw fail(error);
        return null;
      }
    },
  };
}

/**
 * Fetches an answer with its body, so that the client's time-out and its tries cover both; by itself it would wait for
 * the rest of a body without end (openai-node, issue 1825).
 */
async function fetchWhole(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const body = await response.text();
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  if (response.ok && init?.method === 'POST') {
    requireCompletion(body);
    headers.set('content-type', 'application/json');
  }
  limitPause(headers);
  return new Response(body === '' ? null : body, { status, statusText, headers });
}

/** @throws Error when a body is no chat completion */
function requireCompletion(body: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Error('the answer is no JSON');
  }
  if (completionBody.safeParse(parsed).success) return;
  const error = z.object({ error: z.object({ message: z.string() }) }).safeParse(parsed);
  throw new Error(
    error.success
      ? `the answer is an error: ${error.data.error.message}`
      : 'the answer is no chat completion',
  );
}

/** Keeps the client from pausing for hours, and from not pausing at all when the header cannot be read. */
function limitPause(headers: Headers): void {
  const text = headers.get('retry-after');
  if (text === null) return;
  const pause = pauseOf(text);
  if (Number.isNaN(pause)) headers.delete('retry-after');
  else if (pause > LONGEST_PAUSE) headers.set('x-should-retry', 'false');
}

/** Seconds that Retry-After asks to wait, of a number or a date; NaN where it is neither. */
function pauseOf(text: string): number {
  const seconds = Number.parseFloat(text);
  return Number.isNaN(seconds) ? (Date.parse(text) - Date.now()) / 1000 : seconds;
}

function describeFailure(
  error: unknown,
  { baseURL, apiKey, timeout, optionNames }: Required<Omit<EndpointOptions, 'model'>>,
): GeneratorError {
  if (!(error instanceof APIError) || error instanceof APIUserAbortError) throw error;
  if (error instanceof APIConnectionTimeoutError) {
    return new GeneratorError(
      baseURL,
      `it does not answer in time (${optionNames.timeout} is ${timeout} s)`,
      `raise ${optionNames.timeout}, or go on with --resume later`,
    );
  }
  if (error instanceof APIConnectionError) {
    const problem = hideKey(reasonOf(error), apiKey).slice(0, LONGEST_MESSAGE);
    return new GeneratorError(baseURL, problem, `check ${optionNames.baseURL} and the network`);
  }
  const text = hideKey(error.message, apiKey).slice(0, LONGEST_MESSAGE);
  const pause = error.headers?.get('retry-after');
  const asksToWait =
    pause && pauseOf(pause) > LONGEST_PAUSE ? `, and to wait ${Math.ceil(pauseOf(pause))} s` : '';
  return new GeneratorError(baseURL, `it answers ${text}${asksToWait}`, remedyOf(error.status, optionNames));
}

function remedyOf(status: number | undefined, { baseURL, model }: OptionNames): string {
  if (status === 401 || status === 403) return 'check OPENAI_API_KEY, then go on with --resume';
  if (status === 404) return `check ${baseURL} and ${model}`;
  if (status === 429) return 'go on with --resume when it allows more';
  if (status !== undefined && status >= 500) return 'go on with --resume later';
  return `check ${model} and what the endpoint takes`;
}

/** What the system says, or what is wrong with the answer: the innermost cause. */
function reasonOf(error: Error): string {
  let cause: Error = error;
  while (cause.cause instanceof Error) cause = cause.cause;
  return 'code' in cause && typeof cause.code === 'string'
    ? `the connection fails (${cause.code})`
    : cause.message;
}

/** Endpoints may repeat the key that they refuse. A word in place of a key is no secret. */
const hideKey = (text: string, apiKey: string): string =>
  apiKey.length < SHORTEST_SECRET ? text : text.replaceAll(apiKey, '***');
