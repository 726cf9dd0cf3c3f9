import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RejectedRow } from '@prs-med/posmed';
import { openPosMed } from '@prs-med/posmed/node';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeFolderPair, makeIndexSource } from '../../../packages/posmed/test/dataset/made-source.js';
import {
  closedUrl,
  failing,
  reworded,
  rewordedText,
  type SentRequest,
  sendError,
  sendText,
  startEndpoint,
} from '../../../packages/posmed/test/generate/fake-endpoint.js';
import type { DatasetBuildOptions } from '../src/commands/dataset-build.js';
import { openGenerator } from '../src/dataset/open-generator.js';
import { type CommandResult, expectFailure, prsMed, workFolder } from './command.js';

const KEY = 'sk-made-0123456789';
const IMAGES = 18;
const CONCURRENCY = 3;
const folder = await workFolder({ bundle: false });
const endpoint = await startEndpoint();
const environment = {
  OPENAI_API_KEY: KEY,
  OPENAI_BASE_URL: endpoint.url,
  // What this library reads besides, and would print on standard output.
  OPENAI_LOG: 'debug',
};

/** A build that nothing disturbs. */
let made: CommandResult;
let requestsForMade: number;
beforeAll(async () => {
  await makeIndexSource(join(folder, 'source'), IMAGES);
  await makeFolderPair(join(folder, 'few'), 2);
  made = await build('made', ['--json']);
  requestsForMade = endpoint.requests.length;
});
beforeEach(() => {
  endpoint.answerWith(reworded());
  endpoint.models = ['made-model'];
});

interface Changes {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly onStart?: (child: ChildProcess) => void;
}

/** A call with all that a language model needs, and these arguments. */
function build(out: string, args: readonly string[] = [], changes: Changes = {}) {
  const call = ['dataset', 'build', '--source', 'index-csv=source', '--out', out, '--per-image', '3'];
  const model = [
    '--generator',
    'openai',
    '--language-model',
    'made-model',
    '--concurrency',
    `${CONCURRENCY}`,
  ];
  const others = { ...environment, ...changes.environment };
  return prsMed([...call, ...model, ...args], folder, others, changes.onStart);
}

/** All files below a folder, by their path. */
async function contentOf(path: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(join(folder, path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files
    .sort()
    .map(async (file) => [file.slice(join(folder, path).length + 1), await readFile(file)]);
  return new Map((await Promise.all(contents)) as [string, Buffer][]);
}

async function rejectedOf(out: string): Promise<RejectedRow[]> {
  const text = await readFile(join(folder, out, 'rejected.jsonl'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RejectedRow);
}

const contentsOf = (requests: readonly SentRequest[]) =>
  requests.map(({ body }) => body.messages[1]!.content);

describe('prs-med dataset build --generator openai', () => {
  it('makes a data set in the words of the model', async () => {
    const { status, stdout, stderr } = made;
    expect([status, stderr]).toEqual([0, '']);
    const record = JSON.parse(stdout);
    expect(record).toEqual(await openPosMed(join(folder, 'made')));
    expect(record.generator).toEqual({ name: 'openai', model: 'made-model', promptVersion: 1 });
    expect(record.counts).toMatchObject({ images: IMAGES, pairs: 3 * IMAGES, rejected: 0 });
    expect(requestsForMade).toBe(IMAGES);
    const files = await contentOf('made');
    expect([...files.keys()].sort()).toEqual([
      'dataset.json',
      'images.parquet',
      'qa.parquet',
      'rejected.jsonl',
      'targets.parquet',
    ]);
    for (const bytes of files.values()) {
      expect(bytes.includes(KEY)).toBe(false);
      expect(bytes.includes('127.0.0.1')).toBe(false);
    }
    expect(files.get('qa.parquet')!.includes('Hello. ')).toBe(true);
  });

  it('throws away, with the reason, what the masks contradict and what has no words', async () => {
    const turned: Readonly<Record<string, string>> = {
      'top-left': 'bottom-right',
      'bottom-right': 'top-left',
    };
    endpoint.answerWith(({ drafts }, response) => {
      const wrong = drafts.map((draft) => ({
        ...draft,
        answer: draft.answer.replace(/top-left|bottom-right/g, (zone) => turned[zone]!),
      }));
      sendText(response, rewordedText(wrong.slice(0, 2)));
    });
    const { status, stdout } = await build('wrong');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`  language model: ${IMAGES} replies, ${(120 * IMAGES).toLocaleString('en')} tokens\n$`),
    );
    const rejected = await rejectedOf('wrong');
    const unworded = rejected.filter(({ reason }) => reason === 'the reply has no item for this draft');
    const contradicted = rejected.filter((row) => !unworded.includes(row));
    expect(unworded).toHaveLength(IMAGES);
    expect(contradicted.length).toBeGreaterThan(2);
    for (const { reason, answer } of contradicted) {
      expect(reason).toMatch(/^the answer /);
      expect(answer).toMatch(/(?:top-left|bottom-right).* Hope this helps\.$/s);
    }
    const { counts } = await openPosMed(join(folder, 'wrong'));
    expect(counts.pairs + counts.rejected).toBe(3 * IMAGES);
    expect(counts.rejected).toBe(rejected.length);
  });

  it('pays for nothing twice when it is killed and resumed, and makes the same folder', async () => {
    const wanted = contentsOf(endpoint.billed.slice(0, IMAGES)).sort();
    const before = endpoint.billed.length;

    // First with requests that are not answered yet, so that all that was paid for is on the disk.
    let child: ChildProcess | undefined;
    const onStart = (started: ChildProcess) => {
      child = started;
    };
    const unanswered: SentRequest[] = [];
    endpoint.answerWith(...Array.from({ length: 5 }, () => reworded()), (request) => {
      unanswered.push(request);
      if (unanswered.length === CONCURRENCY) child!.kill('SIGKILL');
    });
    expect(await build('killed', [], { onStart })).toMatchObject({ status: null, stdout: '', stderr: '' });
    expect(endpoint.billed.length - before).toBe(5);
    const refused = await build('killed');
    expectFailure(refused, 2, 'an unfinished build is in it', '--resume');

    // Then as soon as an answer has been sent.
    endpoint.answerWith(...Array.from({ length: 4 }, () => reworded()), async (request, response) => {
      await reworded()(request, response);
      child!.kill('SIGKILL');
    });
    expect(await build('killed', ['--resume'], { onStart })).toMatchObject({ status: null });
    const paid = contentsOf(endpoint.billed.slice(before));
    expect(paid.length).toBeGreaterThanOrEqual(10);
    expect(new Set(paid).size).toBe(paid.length);

    endpoint.answerWith(reworded());
    expect(await build('killed', ['--resume'])).toMatchObject({ status: 0, stderr: '' });
    const all = contentsOf(endpoint.billed.slice(before));
    expect([...new Set(all)].sort()).toEqual(wanted);
    // What was on its way at the second kill.
    expect(all.length - IMAGES).toBeLessThanOrEqual(CONCURRENCY);
    expect(await contentOf('killed')).toEqual(await contentOf('made'));
  });

  it('stops at the budget, keeps everything, and goes on with a larger one', async () => {
    const before = endpoint.billed.length;
    endpoint.answerWith(reworded({ tokens: [1000, 500] }));
    const short = await build('budget', ['--budget', '10000']);
    expectFailure(
      short,
      1,
      `${endpoint.url}: the budget is 10,000 tokens, 9,000 are used`,
      '--resume',
      '--budget',
    );
    expect(endpoint.billed.length - before).toBe(6);
    expectFailure(await build('budget', ['--resume', '--budget', '10000']), 1, '9,000 are used');
    expect(endpoint.billed.length - before).toBe(6);
    expect(await build('budget', ['--resume', '--budget', '30000'])).toMatchObject({ status: 0 });
    expect(endpoint.billed.length - before).toBe(IMAGES);
  });

  it('takes replies from a cache that another build filled', async () => {
    expect(await build('first', ['--cache', 'cache'])).toMatchObject({ status: 0 });
    const before = endpoint.requests.length;
    const second = await build('second', ['--cache', 'cache', '--source', 'folder-pair=few']);
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(endpoint.requests.length - before).toBe(2);
    expect(await readdir(join(folder, 'cache'))).toEqual(['replies.jsonl']);
  });

  it('ends at once when it is interrupted while it waits to try again', async () => {
    let child: ChildProcess | undefined;
    endpoint.answerWith((request, response) => {
      response.on('close', () => setImmediate(() => child!.kill('SIGINT')));
      failing(429, { 'retry-after': '300' })(request, response);
    });
    const onStart = (started: ChildProcess) => {
      child = started;
    };
    expect(await build('interrupted', ['--concurrency', '1'], { onStart })).toMatchObject({
      status: 130,
      stderr: 'prs-med: dataset build: interrupted; go on with --resume\n',
    });
  });

  it('says what the endpoint has against a call', async () => {
    endpoint.models = 401;
    expectFailure(await build('x'), 1, `${endpoint.url}: it answers 401 no list for you`, 'OPENAI_API_KEY');
    const url = await closedUrl();
    const unreachable = await build('x', [], { environment: { OPENAI_BASE_URL: url } });
    expectFailure(unreachable, 1, `${url}: the connection fails (ECONNREFUSED)`, '--base-url');
    expect(await readdir(folder)).not.toContain('x');
    endpoint.models = ['some-model'];
    endpoint.answerWith((_, response) => sendError(response, 404, 'The model "made-model" does not exist'));
    const { status, stderr } = await build('no-model');
    expect(status).toBe(1);
    expect(stderr).toBe(
      `prs-med: ${endpoint.url}: it lists no model "made-model" but some-model\n` +
        `prs-med: ${endpoint.url}: it answers 404 The model "made-model" does not exist; check --base-url and --language-model\n`,
    );
  });

  it('refuses a call that lacks something, and tells no secret', async () => {
    const unset = { OPENAI_API_KEY: undefined };
    expectFailure(await build('x', [], { environment: unset }), 2, 'OPENAI_API_KEY: it is not set');
    expectFailure(await build('x', ['--concurrency', '65']), 2, 'from 1 to 64');
    const template = await build('x', ['--generator', 'template']);
    expectFailure(template, 2, '--language-model: the template generator has no use for it');
    expect(await readdir(folder)).not.toContain('x');
  });
});

describe('openGenerator', () => {
  const options: DatasetBuildOptions = {
    source: [],
    out: 'x',
    generator: 'openai',
    languageModel: 'made-model',
    perImage: 8,
    seed: 0,
    laterality: 'image',
    zoneRule: 'box',
    resume: false,
    allowProblems: false,
    json: false,
  };
  const { languageModel: _, ...withoutModel } = options;
  const HOST = 'https://host/v1';

  it('takes what a call and the environment give', () => {
    const { languageModel } = openGenerator(options, {
      OPENAI_API_KEY: 'none\n',
      OPENAI_BASE_URL: ` ${HOST}/ `,
    });
    expect(languageModel).toMatchObject({ name: 'openai', model: 'made-model' });
    const template = openGenerator(
      { ...withoutModel, generator: 'template' },
      { OPENAI_BASE_URL: 'nonsense' },
    );
    expect(template).toMatchObject({ generator: { name: 'template' }, languageModel: null });
  });

  it.each<[string, DatasetBuildOptions, string | undefined, string | undefined]>([
    ['OPENAI_API_KEY: it is not set; set it to', options, HOST, ' '],
    ['OPENAI_API_KEY: it has characters in it that no key has;', options, HOST, 'secret secret'],
    ['OPENAI_API_KEY: it has characters in it that no key has;', options, HOST, 'secrét'],
    ['--base-url: it is missing, and OPENAI_BASE_URL is not set; name', options, ' ', KEY],
    ['OPENAI_BASE_URL: it is no URL that begins with http', options, 'secret/v1', KEY],
    ['--base-url: it is no URL that begins with http', { ...options, baseUrl: 'ftp://secret/v1' }, HOST, KEY],
    ['--base-url: it has more in it', { ...options, baseUrl: 'https://me:secret@host/v1' }, HOST, KEY],
    ['--base-url: it has more in it', { ...options, baseUrl: `${HOST}?key=secret` }, HOST, KEY],
    ['--language-model: it is missing; name', withoutModel, HOST, KEY],
    ['--budget: the template generator', { ...withoutModel, generator: 'template', budget: 5 }, HOST, KEY],
  ])('says "%s"', (message, call, url, key) => {
    const open = () => openGenerator(call, { OPENAI_BASE_URL: url, OPENAI_API_KEY: key });
    expect(open).toThrow(message);
    expect(open).toThrow(
      expect.objectContaining({ status: 2, message: expect.not.stringContaining('secret') }),
    );
  });
});
