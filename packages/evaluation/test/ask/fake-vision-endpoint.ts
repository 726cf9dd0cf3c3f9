import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { sendError, sendJson } from '../../../posmed/test/generate/fake-endpoint.js';

/** A request for a chat completion about a picture. */
export interface SentQuestion {
  readonly authorization: string | undefined;
  readonly model: string;
  readonly temperature: number | undefined;
  readonly maxTokens: number | undefined;
  readonly question: string;
  /** The picture's file. */
  readonly picture: Buffer;
}

/** Answers a request, or leaves it without an answer. */
export type Reply = (request: SentQuestion, response: ServerResponse) => void;

export interface FakeVisionEndpoint {
  readonly url: string;
  /** All requests for completions, in the order in which they came. */
  readonly requests: SentQuestion[];
  /** Answers from now on, one a request; the last one answers all that follow. */
  replyWith(...replies: readonly Reply[]): void;
  /** What GET /models says: names of models, or another status than 200. */
  models: readonly string[] | number;
}

/** An OpenAI-compatible endpoint that sees pictures, in this process; it is closed after the tests of the file. */
export async function startVisionEndpoint(reply: Reply): Promise<FakeVisionEndpoint> {
  const requests: SentQuestion[] = [];
  let replies: Reply[] = [reply];
  const server = createServer(async (message, response) => {
    if (message.method === 'GET') {
      const { models } = endpoint;
      if (typeof models === 'number') sendError(response, models, 'no list for you');
      else sendJson(response, 200, { object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
      return;
    }
    const request = readQuestion(message.headers.authorization, await textOf(message));
    requests.push(request);
    const next = replies.length > 1 ? replies.shift()! : replies[0]!;
    next(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint: FakeVisionEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    replyWith(...next) {
      replies = [...next];
    },
    models: ['made-model'],
  };
  return endpoint;
}

/** An answer that another one takes the place of, sent at once. */
export const failing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Reply =>
  (_, response) =>
    sendError(response, status, 'not now', { headers });

/** As the protocol has it: one message of the user with a picture as a data URL and a text. */
function readQuestion(authorization: string | undefined, text: string): SentQuestion {
  const body = JSON.parse(text);
  const [message, ...others] = body.messages;
  if (others.length > 0 || message.role !== 'user') throw new Error('there is more than one question');
  const [image, question] = message.content;
  const [, base64] = /^data:image\/png;base64,(.+)$/.exec(image.image_url.url) ?? [];
  return {
    authorization,
    model: body.model,
    temperature: body.temperature,
    maxTokens: body.max_tokens,
    question: question.text,
    picture: Buffer.from(base64!, 'base64'),
  };
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
