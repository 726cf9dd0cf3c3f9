import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GeneratedPair, PairRequest } from '../../src/generate/generator.js';
import { type OpenAIGeneratorOptions, openAIGenerator } from '../../src/node/openai-generator.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
import { draftPairs } from '../../src/questions/draft-pairs.js';
import { createRandom } from '../../src/random.js';
import { sceneOf } from '../questions/made-scene.js';
import {
  type Answer,
  closedUrl,
  failing,
  reworded,
  rewordedText,
  type SentDraft,
  sendError,
  sendJson,
  sendText,
  startEndpoint,
} from './fake-endpoint.js';

const KEY = 'sk-made-0123456789';
const TIMEOUT = 60;
const bank = await readTemplateBank();
const endpoint = await startEndpoint();
const root = await mkdtemp(join(tmpdir(), 'posmed-openai-'));
const never = new AbortController().signal;
afterAll(() => rm(root, { recursive: true, force: true }));

/** Milliseconds that the client paused between tries, none of which was waited for. */
let pauses: number[] = [];
/** What the next pause does instead of ending at once. */
let onPause: ((end: () => void) => void) | undefined;
beforeEach(() => {
  pauses = [];
  onPause = undefined;
  endpoint.answerWith(reworded());
  endpoint.models = ['made-model'];
  const timer = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((...args: Parameters<typeof timer>) => {
    // Others set timers too: the client for its time-out, and Node's fetch.
    if (!new Error().stack?.includes('openai/internal/utils/sleep')) return timer(...args);
    const [end, delay] = args;
    pauses.push(Number(delay));
    if (onPause) return void onPause(end as () => void);
    return timer(end, 0);
  }) as typeof timer);
});
afterEach(() => {
  vi.restoreAllMocks();
});

let folders = 0;
const newCache = () => join(root, `cache-${folders++}`);

function generatorOf(options: Partial<OpenAIGeneratorOptions> = {}) {
  return openAIGenerator({
    baseURL: endpoint.url,
    apiKey: KEY,
    model: 'made-model',
    timeout: TIMEOUT,
    concurrency: 4,
    budget: Number.POSITIVE_INFINITY,
    cache: newCache(),
    ...options,
  });
}

/** A picture with a polyp, and its drafts by this seed. */
function request(seed: number, perImage = 3): PairRequest {
  const scene = sceneOf('endoscopy', { polyp: [[4, 4, 20, 20]] });
  const random = createRandom(seed, 'pairs', 0);
  const drafts = draftPairs(scene, { bank, perImage, use: 'train', laterality: 'image', random });
  return { image: `image-${seed}`, scene, drafts };
}

/** What `reworded` makes of a request. */
function rewordedPairs({ drafts }: PairRequest): GeneratedPair[] {
  const { pairs } = JSON.parse(
    rewordedText(drafts.map((draft, at) => ({ ...draft, id: at + 1 }) as unknown as SentDraft)),
  );
  return drafts.map((draft, at) => {
    const { question, answer } = pairs[at] as { question: string; answer: string };
    return { pair: { ...draft, question, answer } };
  });
}

/** The pairs of one request by a generator of its own. */
async function generateOne(options: Partial<OpenAIGeneratorOptions> = {}) {
  const generator = generatorOf(options);
  try {
    return await generator.generate(request(1), never);
  } finally {
    await generator.close();
  }
}

/** Counts from now on. */
function counted() {
  const [requests, billed] = [endpoint.requests.length, endpoint.billed.length];
  return {
    requests: () => endpoint.requests.length - requests,
    billed: () => endpoint.billed.length - billed,
  };
}

describe('openAIGenerator', () => {
  it('sends one request a picture and puts the words of the reply to its drafts', async () => {
    const count = counted();
    const generator = generatorOf();
    expect(generator).toMatchObject({ name: 'openai', model: 'made-model', promptVersion: 1 });
    expect(await generator.generate(request(1), never)).toEqual(rewordedPairs(request(1)));
    expect(await generator.generate({ ...request(2), drafts: [] }, never)).toEqual([]);
    await generator.close();
    expect(count.requests()).toBe(1);
    const { authorization, body } = endpoint.requests.at(-1)!;
    expect(authorization).toBe(`Bearer ${KEY}`);
    expect(body).toMatchObject({ model: 'made-model', response_format: { type: 'json_object' } });
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(generator.cost()).toEqual({ replies: 1, tokens: 120 });
  });

  it('asks as many at once as it may, and no more', async () => {
    const count = counted();
    const waiting: (() => void)[] = [];
    let most = 0;
    endpoint.answerWith(async (sent, response) => {
      const isGroupWhole = new Promise<void>((resolve) => waiting.push(resolve));
      most = Math.max(most, waiting.length);
      if (waiting.length === 3) for (const go of waiting.splice(0)) go();
      await isGroupWhole;
      await reworded()(sent, response);
    });
    const generator = generatorOf({ concurrency: 3 });
    const made = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((seed) => generator.generate(request(seed), never)),
    );
    await generator.close();
    expect(made).toEqual([1, 2, 3, 4, 5, 6].map((seed) => rewordedPairs(request(seed))));
    expect([most, count.requests()]).toEqual([3, 6]);
  });

  it('goes without JSON mode where the endpoint has none', async () => {
    const count = counted();
    const refuse: Answer = ({ body }, response) =>
      body.response_format
        ? sendJson(response, 400, { error: "'response_format.type' must be 'json_schema' or 'text'" })
        : sendText(response, 'not yet');
    endpoint.answerWith(refuse, refuse, reworded());
    const generator = generatorOf();
    expect(await generator.generate(request(1), never)).toEqual(rewordedPairs(request(1)));
    await generator.generate(request(2), never);
    await generator.close();
    expect(count.requests()).toBe(4);
    expect(endpoint.requests.slice(-4).map(({ body }) => body.response_format?.type)).toEqual([
      'json_object',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('estimates what the endpoint does not tell', async () => {
    endpoint.answerWith(reworded({ tokens: null }));
    const generator = generatorOf();
    await generator.generate(request(1), never);
    await generator.close();
    const { tokens } = generator.cost();
    expect(tokens).toBeGreaterThan(700);
    expect(tokens).toBeLessThan(2500);
  });
});

const cut: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"choices":[', () => response.destroy());
};
const text =
  (body: string, type = 'application/json'): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': type }).end(body);

describe('an endpoint that fails', () => {
  it.each<[string, Answer]>([
    ['408', failing(408)],
    ['409', failing(409)],
    ['429', failing(429)],
    ['500', failing(500)],
    ['503', failing(503)],
    ['a connection that is refused', (_, response) => void response.destroy()],
    ['a connection that is cut within the answer', cut],
    ['an answer that is broken JSON', text('{"choices":[')],
    ['a page', text('<html>', 'text/html')],
    ['JSON that is no completion', text('{"choices":[]}')],
    ['an error under status 200', text('{"error":{"message":"overloaded"}}')],
  ])('is asked again, with growing pauses, after %s', async (_, answer) => {
    const count = counted();
    endpoint.answerWith(answer, answer, answer, reworded());
    expect(await generateOne()).toEqual(rewordedPairs(request(1)));
    expect([count.requests(), count.billed()]).toEqual([4, 1]);
    expect(pauses).toHaveLength(3);
    // Half a second, then twice as long each time, less up to a quarter.
    for (const [at, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(375 * 2 ** at);
      expect(pause).toBeLessThanOrEqual(500 * 2 ** at);
    }
  });

  it('is asked again after a pause as long as Retry-After says', async () => {
    const inTen = new Date(Date.now() + 10_000).toUTCString();
    endpoint.answerWith(
      failing(429, { 'retry-after': '7' }),
      failing(503, { 'retry-after': inTen }),
      failing(429, { 'retry-after': '0' }),
      failing(429, { 'retry-after': 'soon' }),
      reworded(),
    );
    expect(await generateOne()).toEqual(rewordedPairs(request(1)));
    expect(pauses).toHaveLength(4);
    expect(pauses[0]).toBe(7000);
    expect(pauses[1]).toBeGreaterThan(8000);
    expect(pauses[1]).toBeLessThanOrEqual(10_000);
    expect(pauses[2]).toBe(0);
    expect(pauses[3]).toBeGreaterThanOrEqual(3000);
    expect(pauses[3]).toBeLessThanOrEqual(4000);
  });

  it('is asked again when it does not answer in time, be it in the middle', async () => {
    const count = counted();
    const stalls: Answer = (_, response) => void response.writeHead(200).write('{');
    endpoint.answerWith(() => undefined, stalls, reworded());
    expect(await generateOne({ timeout: 0.05 })).toEqual(rewordedPairs(request(1)));
    expect([count.requests(), count.billed()]).toEqual([3, 1]);
  });

  it.each<[string, Answer, string]>([
    ['500', failing(500), 'it answers 500 not now; go on with --resume later'],
    ['429', failing(429), 'it answers 429 not now; go on with --resume when it allows more'],
    ['a broken answer', text('{'), 'the answer is no JSON; check --base-url and the network'],
    ['an error', text('{"error":{"message":"overloaded"}}'), 'the answer is an error: overloaded; check'],
    [
      'no connection',
      (_, response) => void response.destroy(),
      'the connection fails (UND_ERR_SOCKET); check',
    ],
  ])('stops the build when %s does not end', async (_, answer, message) => {
    const count = counted();
    endpoint.answerWith(answer);
    await expect(generateOne()).rejects.toMatchObject({
      name: 'GeneratorError',
      message: expect.stringContaining(`${endpoint.url}: ${message}`),
    });
    expect(count.requests()).toBe(7);
  });

  it('stops the build when it never answers in time', async () => {
    endpoint.answerWith(() => undefined);
    await expect(generateOne({ timeout: 0.01 })).rejects.toThrow(
      `${endpoint.url}: it does not answer in time (--timeout is 0.01 s); raise --timeout, or go on with --resume later`,
    );
  });

  it('stops the build when it asks to wait for hours', async () => {
    const count = counted();
    endpoint.answerWith(failing(429, { 'retry-after': '86400' }));
    await expect(generateOne()).rejects.toThrow(
      'it answers 429 not now, and to wait 86400 s; go on with --resume',
    );
    expect([count.requests(), pauses]).toEqual([1, []]);
  });

  it.each([
    [401, `Incorrect key ${KEY}`, 'it answers 401 Incorrect key ***; check OPENAI_API_KEY'],
    [403, 'no access', 'it answers 403 no access; check OPENAI_API_KEY'],
    [404, 'The model "made-model" does not exist', 'does not exist; check --base-url and --language-model'],
    [400, 'bad call', 'it answers 400 bad call; check --language-model'],
    [402, 'no credit', 'it answers 402 no credit; check --language-model'],
  ])('stops the build at once with %i', async (status, message, told) => {
    const count = counted();
    endpoint.answerWith((_, response) => sendError(response, status, message));
    const generator = generatorOf({ concurrency: 1 });
    const all = await Promise.allSettled([1, 2, 3].map((seed) => generator.generate(request(seed), never)));
    await generator.close();
    for (const one of all) {
      expect(one).toMatchObject({ status: 'rejected', reason: { name: 'GeneratorError' } });
      expect(String((one as PromiseRejectedResult).reason.stack)).not.toContain(KEY);
      expect((one as PromiseRejectedResult).reason.message).toContain(told);
    }
    // The others were waiting for their turn.
    expect(count.requests()).toBe(1);
  });
});

describe('a reply that is not as it must be', () => {
  it('costs the drafts that it has no words for, and no others', async () => {
    const count = counted();
    endpoint.answerWith(({ drafts }, response) => sendText(response, rewordedText(drafts.slice(1))));
    const [first, ...rest] = await generateOne();
    expect(first).toEqual({ draft: request(1).drafts[0], problem: 'the reply has no item for this draft' });
    expect(rest).toEqual(rewordedPairs(request(1)).slice(1));
    expect(count.requests()).toBe(1);
  });

  it('is asked for twice more when it is no JSON, and then gives no pair', async () => {
    const count = counted();
    const say =
      (content: string, finish = 'stop'): Answer =>
      (_, response) =>
        sendText(response, content, { finish });
    endpoint.answerWith(say('Sure!'), say('{"pairs":[{"id":1,', 'length'), reworded());
    expect(await generateOne()).toEqual(rewordedPairs(request(1)));
    expect(count.requests()).toBe(3);
    endpoint.answerWith(say('Sure!'), say('Sure!'), say('{"pairs":[{"id":1,', 'length'), reworded());
    expect(await generateOne()).toEqual(
      request(1).drafts.map((draft) => ({ draft, problem: 'the reply was cut at the limit of tokens' })),
    );
    expect(count.requests()).toBe(6);
  });

  it('gives no pair and is not asked for again where a filter stopped it', async () => {
    const count = counted();
    const problems = request(1).drafts.map((draft) => ({
      draft,
      problem: "the endpoint's filter stopped the reply",
    }));
    endpoint.answerWith((_, response) => sendText(response, null, { finish: 'content_filter' }));
    expect(await generateOne()).toEqual(problems);
    endpoint.answerWith((_, response) => sendError(response, 400, 'filtered', { code: 'content_filter' }));
    expect(await generateOne()).toEqual(problems);
    expect(count.requests()).toBe(2);
  });
});

describe('the cache', () => {
  it('gives every reply again, the broken ones too, and no file has the key in it', async () => {
    const cache = newCache();
    endpoint.answerWith((_, response) => sendText(response, 'Sure!'), reworded());
    const make = async () => {
      const generator = generatorOf({ cache });
      const made = await Promise.all([1, 2, 3].map((seed) => generator.generate(request(seed), never)));
      await generator.close();
      return { made, cost: generator.cost() };
    };
    const first = await make();
    const count = counted();
    expect(await make()).toEqual(first);
    expect(count.requests()).toBe(0);
    expect(first.cost).toEqual({ replies: 4, tokens: 480 });
    expect(await readdir(cache)).toEqual(['replies.jsonl']);
    expect(await readFile(join(cache, 'replies.jsonl'), 'utf8')).not.toContain(KEY);
  });

  it('has a reply before it is used, and after a kill within its writing asks again', async () => {
    const cache = newCache();
    const make = async () => {
      const generator = generatorOf({ cache });
      const made = await Promise.all([1, 2].map((seed) => generator.generate(request(seed), never)));
      await generator.close();
      return made;
    };
    const first = await make();
    const file = join(cache, 'replies.jsonl');
    const bytes = await readFile(file);
    await truncate(file, bytes.length - 5);
    const count = counted();
    expect(await make()).toEqual(first);
    expect(count.requests()).toBe(1);
  });

  it('keeps replies of other models apart', async () => {
    const cache = newCache();
    const count = counted();
    await generateOne({ cache });
    await generateOne({ cache, model: 'other' });
    await generateOne({ cache });
    expect(count.requests()).toBe(2);
  });

  it('lets the same requests at once share one', async () => {
    const count = counted();
    const generator = generatorOf();
    const made = await Promise.all(Array.from({ length: 5 }, () => generator.generate(request(1), never)));
    await generator.close();
    for (const one of made) expect(one).toEqual(rewordedPairs(request(1)));
    expect(count.requests()).toBe(1);
  });

  it('is not shared by two at work', async () => {
    const cache = newCache();
    const generator = generatorOf({ cache });
    await generator.generate(request(1), never);
    await expect(generateOne({ cache })).rejects.toThrow(
      new RegExp(`^${cache}: process \\d+ on .* has it open; wait until it ends, name another with --cache`),
    );
    await generator.close();
    const count = counted();
    await generateOne({ cache });
    expect(count.requests()).toBe(0);
  });
});

describe('a signal that aborts', () => {
  it('ends a pause between two tries at once', async () => {
    endpoint.answerWith(failing(429, { 'retry-after': '300' }));
    const controller = new AbortController();
    let end: (() => void) | undefined;
    onPause = (wake) => {
      end = wake;
      controller.abort();
    };
    const generator = generatorOf();
    const count = counted();
    await expect(generator.generate(request(1), controller.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    end!();
    await generator.close();
    expect(count.requests()).toBe(1);
  });

  it('ends a request, and whoever shares it asks again', async () => {
    const controller = new AbortController();
    const generator = generatorOf();
    const count = counted();
    endpoint.answerWith(() => controller.abort(), reworded());
    const [first, second] = await Promise.allSettled([
      generator.generate(request(1), controller.signal),
      generator.generate(request(1), never),
    ]);
    await generator.close();
    expect(first).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect(second).toEqual({ status: 'fulfilled', value: rewordedPairs(request(1)) });
    expect(count.requests()).toBe(2);
  });
});

describe('a budget', () => {
  it('stops the build before it is passed, and counts what the cache cost before', async () => {
    const cache = newCache();
    endpoint.answerWith(reworded({ tokens: [1000, 200] }));
    const count = counted();
    const make = async (budget: number) => {
      const generator = generatorOf({ cache, budget });
      const seeds = Array.from({ length: 12 }, (_, at) => at);
      const all = await Promise.allSettled(seeds.map((seed) => generator.generate(request(seed), never)));
      await generator.close();
      const failures = all.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
      return { done: 12 - failures.length, failures, tokens: generator.cost().tokens };
    };
    const short = await make(6500);
    expect(short).toMatchObject({ done: 5, tokens: 6000 });
    expect(count.billed()).toBe(5);
    expect(short.failures[0]).toMatchObject({ name: 'GeneratorError' });
    expect(short.failures[0]!.message).toMatch(
      /: the budget is 6,500 tokens, 6,000 are used and the next request may take 1,\d\d\d; go on with --resume and a larger --budget$/,
    );
    // The same budget again pays for nothing.
    expect(await make(6500)).toMatchObject({ done: 5, tokens: 6000 });
    expect(count.billed()).toBe(5);
    expect(await make(20_000)).toMatchObject({ done: 12, tokens: 14_400 });
    expect(count.billed()).toBe(12);
  });
});

describe('check', () => {
  it('tells whether the endpoint is there, without a cost', async () => {
    const count = counted();
    expect(await generatorOf().check(never)).toBeNull();
    endpoint.models = ['other', 'made-model:latest'];
    expect(await generatorOf().check(never)).toBeNull();
    endpoint.models = [];
    expect(await generatorOf().check(never)).toBeNull();
    endpoint.models = 404;
    expect(await generatorOf().check(never)).toBeNull();
    endpoint.models = ['a', 'b'];
    expect(await generatorOf().check(never)).toBe(`${endpoint.url}: it lists no model "made-model" but a, b`);
    endpoint.models = 401;
    await expect(generatorOf().check(never)).rejects.toThrow(
      'it answers 401 no list for you; check OPENAI_API_KEY',
    );
    const refusing = await closedUrl();
    await expect(generatorOf({ baseURL: refusing }).check(never)).rejects.toThrow(
      `${refusing}: the connection fails (ECONNREFUSED); check --base-url and the network`,
    );
    expect([count.requests(), pauses]).toEqual([0, []]);
  });
});
