import type { Picture } from '@prs-med/imaging';
import { decodePicture } from '@prs-med/imaging/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closedUrl, sendJson, sendText } from '../../../posmed/test/generate/fake-endpoint.js';
import type { Answer, AskedImage } from '../../src/index.js';
import { type EndpointAnswererOptions, endpointAnswerer } from '../../src/node/index.js';
import { failing, type Reply, type SentQuestion, startVisionEndpoint } from './fake-vision-endpoint.js';
import { madeImage } from './made-images.js';

const KEY = 'sk-made-0123456789';
const never = new AbortController().signal;

const saying =
  (text: string): Reply =>
  (_, response) =>
    sendText(response, text);

const unlike: Reply = ({ question }, response) => sendText(response, `You asked: ${question}`);
const endpoint = await startVisionEndpoint(unlike);

/** For a machine that is busy with other tests. */
const LONG = { timeout: 30_000 };

/** Milliseconds that the client paused between tries, none of which was waited for. */
let pauses: number[] = [];
beforeEach(() => {
  pauses = [];
  endpoint.requests.length = 0;
  endpoint.replyWith(unlike);
  endpoint.models = ['made-model'];
  const timer = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((...args: Parameters<typeof timer>) => {
    // Others set timers too: the client for its time-out, and Node's fetch.
    if (!new Error().stack?.includes('openai/internal/utils/sleep')) return timer(...args);
    const [end, delay] = args;
    pauses.push(Number(delay));
    return timer(end, 0);
  }) as typeof timer);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const answererOf = (options: Partial<EndpointAnswererOptions> = {}) =>
  endpointAnswerer({
    baseURL: endpoint.url,
    apiKey: KEY,
    model: 'made-model',
    timeout: 60,
    concurrency: 1,
    ...options,
  });

/** A picture of one colour with these questions. */
function asked(name: string, questions: readonly string[], [width, height] = [40, 30]): AskedImage {
  const { image, pairs } = madeImage(
    name,
    {},
    questions.map((question) => ({ question })),
  );
  const picture: Picture = {
    width: width!,
    height: height!,
    data: new Uint8Array(3 * width! * height!).fill(90),
  };
  return { image: { ...image, width: width!, height: height! }, pairs, picture: async () => picture };
}

/** The answers as they came, by question. */
async function ask(
  images: readonly AskedImage[],
  options: Partial<EndpointAnswererOptions> = {},
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const answerer = await answererOf(options);
  await answerer.answer(images, never, async (pair, answer) => {
    answers.set(pair.question, answer);
  });
  return answers;
}

describe('endpointAnswerer', () => {
  it('sends the picture and the question and keeps the answer', async () => {
    endpoint.replyWith(saying('It is in the top-left.'));
    const answers = await ask([asked('a', ['Where is the polyp?'])]);
    expect(answers.get('Where is the polyp?')).toEqual({
      text: 'It is in the top-left.',
      present: true,
      presence: null,
      zones: [],
      map: null,
      milliseconds: expect.any(Number),
    });
    const [request] = endpoint.requests as [SentQuestion];
    expect(endpoint.requests).toHaveLength(1);
    expect(request).toMatchObject({
      authorization: `Bearer ${KEY}`,
      model: 'made-model',
      temperature: 0,
      question: 'Where is the polyp?',
    });
    expect(request.maxTokens).toBeGreaterThan(500);
    const { picture } = await decodePicture(request.picture, 'sent.png');
    expect(picture).toEqual({ width: 40, height: 30, data: new Uint8Array(3600).fill(90) });
    expect((await answererOf()).subject).toEqual({ kind: 'endpoint', name: 'made-model' });
  });

  it('sends large pictures smaller, and keeps their shape', async () => {
    await ask([asked('wide', ['Q'], [2048, 100]), asked('thin', ['Q'], [1, 5000])]);
    const sizes = await Promise.all(
      endpoint.requests.map(async ({ picture }) => {
        const { width, height } = (await decodePicture(picture, 'sent.png')).picture;
        return [width, height];
      }),
    );
    expect(sizes).toEqual([
      [1024, 50],
      [1, 1024],
    ]);
  });

  it('reads what a model says after it has thought', async () => {
    endpoint.replyWith(
      saying('<think>The center?</think><answer>No, there is none.</answer>'),
      saying('It may be anything.'),
    );
    const answers = await ask([asked('a', ['Q1', 'Q2'])]);
    expect(answers.get('Q1')).toMatchObject({ text: 'No, there is none.', present: false });
    expect(answers.get('Q2')).toMatchObject({ text: 'It may be anything.', present: null });
  });

  it('decodes a picture once for all its questions', async () => {
    const image = asked('a', ['Q1', 'Q2', 'Q3']);
    const picture = vi.fn(image.picture);
    await ask([{ ...image, picture }], { concurrency: 2 });
    expect(picture).toHaveBeenCalledTimes(1);
    expect(endpoint.requests.map(({ question }) => question).sort()).toEqual(['Q1', 'Q2', 'Q3']);
  });

  it('asks several questions at once, and keeps each answer as it comes', async () => {
    // By question: which of the connections comes first is not told.
    const waiting = new Map<string, () => void>();
    const later: Reply = (request, response) =>
      void waiting.set(request.question, () => unlike(request, response));
    endpoint.replyWith(later, later, later, unlike);
    const answerer = await answererOf({ concurrency: 3 });
    const kept: string[] = [];
    const images = ['a', 'b', 'c', 'd'].map((name) => asked(name, [`Q ${name}`]));
    const work = answerer.answer(images, never, async ({ question }) => void kept.push(question));
    await vi.waitFor(() => expect(waiting.size).toBe(3), LONG);
    expect(kept).toEqual([]);
    waiting.get('Q b')!();
    await vi.waitFor(() => expect(kept).toEqual(['Q b', 'Q d']), LONG);
    waiting.get('Q a')!();
    waiting.get('Q c')!();
    await work;
    expect(kept.sort()).toEqual(['Q a', 'Q b', 'Q c', 'Q d']);
  });

  it.each<[string, Reply, Partial<EndpointAnswererOptions>]>([
    ['is overloaded', failing(429), {}],
    ['fails', failing(500), {}],
    [
      'sends broken JSON',
      (_, response) => void response.setHeader('content-type', 'application/json').end('{"ch'),
      {},
    ],
    ['sends something else', (_, response) => sendJson(response, 200, { choices: [] }), {}],
    ['is cut off', (_, response) => void response.destroy(), {}],
    [
      'is cut off in the middle',
      (_, response) => {
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
          .write('{"choices"');
        setImmediate(() => response.destroy());
      },
      {},
    ],
    ['is slow', () => undefined, { timeout: 0.2 }],
  ])('asks again when the endpoint %s', async (_, reply, options) => {
    endpoint.replyWith(reply, reply, unlike);
    const answers = await ask([asked('a', ['Q1'])], options);
    expect(answers.get('Q1')).toMatchObject({ text: 'You asked: Q1' });
    expect(endpoint.requests).toHaveLength(3);
    expect(pauses).toHaveLength(2);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250);
  });

  it('pauses as long as the endpoint asks for', async () => {
    endpoint.replyWith(failing(429, { 'retry-after': '37' }), unlike);
    await ask([asked('a', ['Q1'])]);
    expect(pauses).toEqual([37_000]);
  });

  it.each<[string, Reply, Partial<EndpointAnswererOptions>, string]>([
    ['does not take the key', failing(401), {}, 'it answers 401 not now; check OPENAI_API_KEY, '],
    ['has no such model', failing(404), {}, 'it answers 404 not now; check --endpoint and --endpoint-model'],
    ['takes no pictures', failing(400), {}, 'it answers 400 not now; check --endpoint-model and what '],
    ['stays overloaded', failing(429), {}, 'it answers 429 not now; go on with --resume when '],
    [
      'stays slow',
      () => undefined,
      { timeout: 0.05 },
      'it does not answer in time (--timeout is 0.05 s); raise --timeout',
    ],
  ])('stops when the endpoint %s', async (_, reply, options, message) => {
    endpoint.replyWith(unlike, reply);
    const kept: string[] = [];
    const answerer = await answererOf(options);
    const work = answerer.answer(
      [asked('a', ['Q1', 'Q2', 'Q3'])],
      never,
      async ({ question }) => void kept.push(question),
    );
    await expect(work).rejects.toMatchObject({
      name: 'GeneratorError',
      message: expect.stringContaining(`${endpoint.url}: ${message}`),
    });
    expect(kept).toEqual(['Q1']);
    expect(endpoint.requests.map(({ question }) => question)).not.toContain('Q3');
  });

  it('keeps what was asked beside a question that failed', async () => {
    let secondIsThere: (answer: () => void) => void = () => undefined;
    const second = new Promise<() => void>((resolve) => {
      secondIsThere = resolve;
    });
    endpoint.replyWith(
      async (request, response) => {
        // Only when both are asked: the two connections may come in any order.
        const answerSecond = await second;
        failing(401)(request, response);
        setImmediate(answerSecond);
      },
      (request, response) => secondIsThere(() => unlike(request, response)),
    );
    const answerer = await answererOf({ concurrency: 2 });
    const kept: string[] = [];
    const images = ['a', 'b', 'c'].map((name) => asked(name, [`Q ${name}`]));
    const work = answerer.answer(images, never, async ({ question }) => void kept.push(question));
    await expect(work).rejects.toThrow('401');
    expect(kept).toHaveLength(1);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('stops at once when it is aborted, even while it waits', async () => {
    const controller = new AbortController();
    endpoint.replyWith(() => controller.abort());
    const answerer = await answererOf();
    const work = answerer.answer([asked('a', ['Q1'])], controller.signal, async () => undefined);
    await expect(work).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('looks whether the endpoint is there', async () => {
    expect(await (await answererOf()).check(never)).toBeNull();
    endpoint.models = ['other'];
    expect(await (await answererOf()).check(never)).toBe(
      `${endpoint.url}: it lists no model "made-model" but other`,
    );
    endpoint.models = 401;
    await expect((await answererOf()).check(never)).rejects.toThrow('check OPENAI_API_KEY');
    const baseURL = await closedUrl();
    await expect((await answererOf({ baseURL })).check(never)).rejects.toThrow(
      `${baseURL}: the connection fails (ECONNREFUSED); check --endpoint and the network`,
    );
  });
});
