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
import { expectFailure, prsMed, workFolder } from './command.js';

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

beforeAll(async () => {
  await makeIndexSource(join(folder, 'source'), IMAGES);
  await makeFolderPair(join(folder, 'few'), 2);
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
    const before = endpoint.requests.length;
    const { status, stdout, stderr } = await build('made', ['--json']);
    expect([status, stderr]).toEqual([0, '']);
    const record = JSON.parse(stdout);
    expect(record).toEqual(await openPosMed(join(folder, 'made')));
    expect(record.generator).toEqual({ name: 'openai', model: 'made-model', promptVersion: 1 });
    expect(record.counts).toMatchObject({ images: IMAGES, pairs: 3 * IMAGES, rejected: 0 });
    expect(endpoint.requests.length - before).toBe(IMAGES);
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
    const whole = await build('unkilled');
    expect(whole).toMatchObject({ status: 0, stderr: '' });
    const before = endpoint.billed.length;
    const wanted = contentsOf(endpoint.billed.slice(before - IMAGES)).sort();

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
    expect(await contentOf('killed')).toEqual(await contentOf('unkilled'));
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
    const withUrl = (url: string) => build('x', ['--base-url', url]);
    const calls: [ReturnType<typeof build>, ...string[]][] = [
      [build('x', [], { environment: { OPENAI_API_KEY: undefined } }), 'OPENAI_API_KEY: it is not set'],
      [build('x', [], { environment: { OPENAI_API_KEY: 'a b' } }), 'OPENAI_API_KEY: it has characters in it'],
      [
        build('x', [], { environment: { OPENAI_BASE_URL: ' ' } }),
        '--base-url: it is missing',
        'https://HOST/v1',
      ],
      [build('x', [], { environment: { OPENAI_BASE_URL: 'host/v1' } }), 'OPENAI_BASE_URL: it is no URL'],
      [withUrl('ftp://host/v1'), '--base-url: it is no URL that begins with http'],
      [withUrl('https://me:secret@host/v1'), '--base-url: it has more in it', 'OPENAI_API_KEY'],
      [withUrl('https://host/v1?key=secret'), '--base-url: it has more in it'],
      [build('x', ['--concurrency', '65']), 'from 1 to 64'],
      [build('x', ['--timeout', '301']), 'from 1 to 300'],
      [build('x', ['--budget', '0']), 'whole number from 1'],
      [build('x', ['--generator', 'template']), '--language-model: the template generator has no use for it'],
      [
        prsMed(
          ['dataset', 'build', '--source', 'index-csv=source', '--out', 'x', '--generator', 'openai'],
          folder,
          environment,
        ),
        '--language-model: it is missing',
      ],
    ];
    for (const [result, ...parts] of calls) {
      expectFailure(await result, 2, ...parts);
      expect((await result).stderr).not.toContain('secret');
    }
    expect(await readdir(folder)).not.toContain('x');
  });
});
