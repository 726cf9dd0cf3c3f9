import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** A draft as it is sent to the endpoint. */
export interface SentDraft {
  readonly id: number;
  readonly question: string;
  readonly answer: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A request for a chat completion. */
export interface SentRequest {
  readonly authorization: string | undefined;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly response_format?: { readonly type: string };
  };
  readonly drafts: readonly SentDraft[];
}

/** Answers a request, or leaves it without an answer. */
export type Answer = (request: SentRequest, response: ServerResponse) => void | Promise<void>;

export interface FakeEndpoint {
  /** For `--base-url`. */
  readonly url: string;
  /** All requests for completions, in the order in which they came. */
  readonly requests: readonly SentRequest[];
  /** Those that were answered with a completion, which are what a provider bills. */
  readonly billed: readonly SentRequest[];
  /** Answers from now on, one a request; the last one answers all that follow. */
  answerWith(...answers: readonly Answer[]): void;
  /** What GET /models says: names of models, or another status than 200. */
  models: readonly string[] | number;
}

/** An OpenAI-compatible endpoint in this process, which is closed after the tests of the file. */
export async function startEndpoint(): Promise<FakeEndpoint> {
  const requests: SentRequest[] = [];
  const billed: SentRequest[] = [];
  let answers: Answer[] = [reworded()];
  const server = createServer(async (message, response) => {
    if (message.method === 'GET') {
      const { models } = endpoint;
      if (typeof models === 'number') sendError(response, models, 'no list for you');
      else sendJson(response, 200, { object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
      return;
    }
    const body = JSON.parse(await textOf(message)) as SentRequest['body'];
    const { drafts } = JSON.parse(body.messages[1]!.content) as { drafts: SentDraft[] };
    const request = { authorization: message.headers.authorization, body, drafts };
    requests.push(request);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    await answer(request, response);
    if (isCompletion.has(response)) billed.push(request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint: FakeEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    billed,
    answerWith(...next) {
      answers = [...next];
    },
    models: ['made-model'],
  };
  return endpoint;
}

/** The address of an endpoint that is not there. */
export async function closedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

const isCompletion = new WeakSet<ServerResponse>();

/** A completion with this text. */
export function sendText(
  response: ServerResponse,
  content: string | null,
  { finish = 'stop', tokens = [100, 20] as readonly [number, number] | null } = {},
): void {
  isCompletion.add(response);
  sendJson(response, 200, {
    id: 'made',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }],
    ...(tokens && {
      usage: { prompt_tokens: tokens[0], completion_tokens: tokens[1], total_tokens: tokens[0] + tokens[1] },
    }),
  });
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  { headers = {}, code = null as string | null } = {},
): void {
  sendJson(response, status, { error: { message, type: 'made', param: null, code } }, headers);
}

/** Words of its own for each draft that say the same, as JSON. */
export function rewordedText(drafts: readonly SentDraft[]): string {
  const pairs = drafts.map(({ id, question, answer }) => ({
    id,
    question: `Hello. ${question}`,
    answer: `${answer} Hope this helps.`,
  }));
  return JSON.stringify({ pairs });
}

/** The right answer. */
export const reworded =
  (options?: Parameters<typeof sendText>[2]): Answer =>
  ({ drafts }, response) =>
    sendText(response, rewordedText(drafts), options);

/** An answer that another one takes the place of, sent at once. */
export const failing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    sendError(response, status, 'not now', { headers });

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
