import type { ChildProcess } from 'node:child_process';
import { cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { maskFileOf } from '@prs-med/evaluation/node';
import { writeMask } from '@prs-med/imaging/node';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  failing,
  type Reply,
  startVisionEndpoint,
} from '../../../packages/evaluation/test/ask/fake-vision-endpoint.js';
import { madeRectangles, makeIndexSource } from '../../../packages/posmed/test/dataset/made-source.js';
import { closedUrl, sendText } from '../../../packages/posmed/test/generate/fake-endpoint.js';
import { expectFailure, prsMed, workFolder } from './command.js';

/** Every fourth six of them are test: eighteen, more than a model is asked about together. */
const IMAGES = 72;
const folder = await workFolder();
const path = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  await makeIndexSource(path('index'), IMAGES);
  const build = ['dataset', 'build', '--source', 'index-csv=index', '--out', 'posmed', '--per-image', '6'];
  expect(await prsMed(build, folder)).toMatchObject({ status: 0, stderr: '' });
});

const evaluate = (
  data: string,
  out: string,
  args: readonly string[],
  onStart?: (child: ChildProcess) => void,
  environment: Readonly<Record<string, string | undefined>> = {},
) => prsMed(['eval', '--data', data, '--out', out, ...args], folder, environment, onStart);

const MODEL = ['--model', 'tiny', '--threads', '1'];

/** A line of predictions.jsonl, as far as the tests look at it. */
interface Row {
  readonly id: string;
  readonly image: string;
  readonly file: string;
  readonly target: string;
  readonly whole: boolean;
  readonly question: string;
  readonly prediction: string | null;
  readonly mask: string | null;
  readonly milliseconds: number;
}

async function rowsOf(out: string): Promise<Row[]> {
  const text = await readFile(path(out, 'predictions.jsonl'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row);
}

/** All that a run keeps, with the time that each answer took left out; masks by name. */
async function keptOf(out: string): Promise<Record<string, unknown>> {
  const masks = (await readdir(path(out, 'masks'))).sort();
  const bytes = await Promise.all(masks.map((name) => readFile(path(out, 'masks', name), 'base64')));
  return {
    rows: (await rowsOf(out)).map(({ milliseconds: _, ...row }) => row),
    record: await readFile(path(out, 'run.json'), 'utf8'),
    training: await readFile(path(out, 'training.jsonl'), 'utf8'),
    masks: Object.fromEntries(masks.map((name, i) => [name, bytes[i]])),
  };
}

/** Ends a process by SIGKILL once its run has so many answers. */
const killAt =
  (out: string, lines: number) =>
  (child: ChildProcess): void => {
    const look = setInterval(async () => {
      const text = await readFile(path(out, 'predictions.jsonl'), 'utf8').catch(() => '');
      if (text.split('\n').length > lines) child.kill('SIGKILL');
    }, 5);
    child.on('exit', () => clearInterval(look));
  };

describe('prs-med eval', () => {
  it('asks a model all questions of a plain folder, keeps everything and prints the main figures', async () => {
    const result = await evaluate('index', 'plain', MODEL);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^plain: model tiny was asked \d+ questions about index, test\n/);
    expect(result.stdout).toMatch(/\nmodality +pictures +mDice +mIoU +Dice +part found +absent empty\n/);
    expect(result.stdout).toMatch(
      /\nmodality +answers +zone right +commonest zone +random answer +commonest answer +fits mask\n/,
    );
    expect((await readdir(path('plain'))).sort()).toEqual([
      'masks',
      'predictions.jsonl',
      'run.json',
      'scores.json',
      'training.jsonl',
    ]);
    const record = JSON.parse(await readFile(path('plain', 'run.json'), 'utf8'));
    const rows = await rowsOf('plain');
    expect(record).toMatchObject({
      subject: { kind: 'model', name: 'tiny', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      data: { name: 'index', sha256: expect.stringMatching(/^[0-9a-f]{64}$/), split: 'test' },
      seed: 0,
      perImage: 2,
      pairs: rows.length,
      images: new Set(rows.map(({ image }) => image)).size,
      missing: [],
    });
    // Two a picture: each target's own, and another where it has one target.
    expect(rows).toHaveLength(36);
    for (const row of rows) {
      expect(row.mask).toBe(maskFileOf(row.id));
      expect(await stat(path('plain', row.mask!))).toBeTruthy();
      expect(await stat(path('plain', row.file))).toBeTruthy();
      expect(row.prediction).toEqual(expect.any(String));
    }
  });

  it('prints the scores and nothing else with --json, and keeps them', async () => {
    const args = ['--baseline', 'constant', '--json', '--split', 'val', '--per-image', '0'];
    const result = await evaluate('posmed', 'json', args);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const scores = JSON.parse(result.stdout);
    expect(JSON.parse(await readFile(path('json', 'scores.json'), 'utf8'))).toEqual(scores);
    expect(scores.record).toMatchObject({
      subject: { kind: 'baseline', name: 'constant' },
      data: { name: 'posmed', split: 'val' },
      perImage: null,
    });
    expect(scores.answered).toBe(scores.record.pairs);
    expect(scores.rows).toHaveLength(scores.answered);
    // A baseline that says the commonest zone is as good as the one that the scores have beside it.
    const { overall, baselines } = scores.answers;
    expect(overall.zoneAccuracy).toBe(baselines.commonestZone.overall.zoneAccuracy);
    expect(scores.answers.baselinesLearnedFrom).toBe('training');
  });

  it.each(['index', 'posmed'])(
    'goes on with a run of %s that was killed, and gives the same',
    async (data) => {
      const [whole, out] = [`whole-${data}`, `killed-${data}`];
      expect(await evaluate(data, whole, MODEL)).toMatchObject({ status: 0 });
      expect(await evaluate(data, out, MODEL, killAt(out, 3))).toMatchObject({ status: null });
      const before = await rowsOf(out);
      expect(before.length).toBeGreaterThanOrEqual(3);
      expect(before.length).toBeLessThan((await rowsOf(whole)).length);
      const refused = await evaluate(data, out, MODEL);
      expectFailure(refused, 2, `${out}: it holds a run; go on with --resume, or name another folder`);
      // As if it had been killed while it wrote the fourth line, so that pictures asked together are torn apart.
      const lines = (await readFile(path(out, 'predictions.jsonl'), 'utf8')).split('\n');
      await writeFile(
        path(out, 'predictions.jsonl'),
        `${lines.slice(0, 3).join('\n')}\n${lines[1]!.slice(0, 99)}`,
      );
      expect(await evaluate(data, out, [...MODEL, '--resume'])).toMatchObject({ status: 0, stderr: '' });
      expect((await rowsOf(out)).slice(0, 3)).toEqual(before.slice(0, 3));
      expect(await keptOf(out)).toEqual(await keptOf(whole));
    },
  );

  it('does not go on with another run, and names what is another', async () => {
    const first = ['--baseline', 'random'];
    expect(await evaluate('index', 'other', first)).toMatchObject({ status: 0 });
    for (const [data, args, difference] of [
      ['posmed', first, 'data is'],
      ['index', [...MODEL, '--split', 'val'], 'subject, data are'],
      ['index', [...first, '--seed', '3', '--per-image', '1'], 'seed, perImage, pairs'],
    ] as const) {
      const result = await evaluate(data, 'other', [...args, '--resume']);
      expectFailure(result, 2, `${join('other', 'run.json')}: the folder holds another run: `, difference);
    }
    const whole = await keptOf('other');
    const lines = (await readFile(path('other', 'predictions.jsonl'), 'utf8')).split('\n');
    await writeFile(path('other', 'predictions.jsonl'), lines.slice(0, 5).join('\n'));
    await writeFile(path('other', 'masks', 'left-by-a-kill.png.1-ab.tmp'), '');
    expect(await evaluate('index', 'other', [...first, '--resume'])).toMatchObject({ status: 0 });
    expect(await keptOf('other')).toEqual(whole);
  });

  it('stops at a picture that cannot be read, and goes on when it is mended', async () => {
    await cp(path('posmed'), path('mended'), { recursive: true });
    const args = ['--baseline', 'constant', '--per-image', '1'];
    expect(await evaluate('mended', 'looks-not', args)).toMatchObject({ status: 0 });
    const { file } = (await rowsOf('looks-not')).at(-1)!;
    const picture = path('looks-not', file);
    const bytes = await readFile(picture);
    await writeFile(picture, bytes.subarray(0, 40));
    const model = [...MODEL, '--per-image', '1'];
    const stopped = await evaluate('mended', 'mended-run', model);
    expectFailure(stopped, 2, 'the file is damaged or cut short');
    await writeFile(picture, bytes);
    expect(await evaluate('mended', 'mended-run', [...model, '--resume'])).toMatchObject({ status: 0 });
    expect((await rowsOf('mended-run')).map(({ id }) => id)).toEqual(
      (await rowsOf('looks-not')).map(({ id }) => id),
    );
  });

  it('asks questions in the words of a file, and says what is wrong with the file', async () => {
    await writeFile(path('words.csv'), 'target,asks,question\nbrain tumour,whole,circle the growth\n');
    const words = ['--baseline', 'constant', '--questions', 'words.csv', '--per-image', '3'];
    expect(await evaluate('index', 'worded', words)).toMatchObject({ status: 0, stderr: '' });
    const rows = await rowsOf('worded');
    expect(rows.map(({ question }) => question)).toEqual(Array(3).fill('circle the growth'));
    expect(rows.every(({ target, whole }) => target === 'brain tumour' && whole)).toBe(true);
    const record = JSON.parse(await readFile(path('worded', 'run.json'), 'utf8')) as { wordings: unknown };
    expect(record.wordings).toMatchObject({ name: 'words.csv', perWording: 3 });
    expectFailure(
      await evaluate('index', 'x', [...words.slice(0, 3), 'none.csv']),
      2,
      'none.csv: there is no',
    );
    await writeFile(path('words.csv'), 'target,asks,question\npolyp,corner,Where?\n');
    expectFailure(await evaluate('index', 'x', words), 2, 'words.csv: row 2: "corner" is nothing to ask for');
  });

  it('says what is wrong with a call', async () => {
    const random = ['--baseline', 'random'];
    expectFailure(await evaluate('nowhere', 'x', random), 2, 'nowhere');
    expectFailure(await evaluate('index', 'x', [...random, ...MODEL]), 2, '--baseline', '--model');
    expectFailure(await evaluate('index', 'x', ['--model', 'nowhere']), 2, 'nowhere');
    const index = await readFile(path('index', 'index.csv'), 'utf8');
    await cp(path('index'), path('no-test'), { recursive: true });
    await writeFile(path('no-test', 'index.csv'), index.replaceAll(',test,', ',val,'));
    expectFailure(await evaluate('no-test', 'x', random), 2, 'no-test: its split test has no pairs; ');
    expectFailure(await evaluate('index', 'index', random), 2, 'index: it holds other files, such as ');
    expectFailure(
      await evaluate('index', 'x', [...random, '--allow-missing']),
      2,
      '--allow-missing: it has no use without --predictions; ',
    );
    expectFailure(
      await evaluate('index', 'x', ['--timeout', '9']),
      2,
      '--timeout: it has no use without --endpoint',
    );
    expect(await readdir(folder)).not.toContain('x');
  });
});

describe('prs-med eval --predictions', () => {
  /** Masks for all questions that a baseline was asked, by the names that it gave its own. */
  async function predict(out: string, asked: readonly Row[]): Promise<void> {
    await cp(path('asked', 'masks'), path(out), { recursive: true });
    for (const [number, { mask }] of asked.entries()) {
      await writeMask(path(out, mask!.slice('masks/'.length)), madeRectangles(number + 1));
    }
  }

  it('scores masks of any segmenter that answers what another run asked', async () => {
    expect(await evaluate('posmed', 'asked', ['--baseline', 'constant'])).toMatchObject({ status: 0 });
    const asked = await rowsOf('asked');
    await predict('masks', asked);
    const result = await evaluate('posmed', 'predicted', ['--predictions', 'masks', '--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const scores = JSON.parse(result.stdout);
    expect(scores).toMatchObject({
      record: { subject: { kind: 'predictions', name: 'masks' }, missing: [] },
      answered: asked.length,
      answers: null,
    });
    const [row] = await rowsOf('predicted');
    expect(row).toMatchObject({ id: asked[0]!.id, prediction: null });
    // Other masks under the same names are another subject.
    await writeMask(path('masks', asked[0]!.mask!.slice('masks/'.length)), madeRectangles(99));
    const changed = await evaluate('posmed', 'predicted', ['--predictions', 'masks', '--resume']);
    expectFailure(changed, 2, 'another run: subject');
  });

  it('names all that is missing, and leaves it out only when told to', async () => {
    const asked = await rowsOf('asked');
    await predict('lacking', asked);
    const whole = asked.filter((row) => row.whole);
    const name = (row: Row) => row.mask!.slice('masks/'.length);
    await rm(path('lacking', name(whole[0]!)));
    await writeFile(path('lacking', name(whole[1]!)), '');
    await rename(path('lacking', name(asked.find((row) => !row.whole)!)), path('lacking', 'odd.png'));
    const refused = await evaluate('posmed', 'lacking-run', ['--predictions', 'lacking']);
    expect(refused.status).toBe(2);
    expect(refused.stdout).toBe('');
    const lines = refused.stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain(`there is no such file, and pair ${whole[0]!.id} needs it`);
    expect(lines[1]).toBe('prs-med: odd.png: it is one too many, for it answers no pair that is asked');
    expect(lines[2]).toBe(`prs-med: ${name(whole[1]!)}: the file is empty`);
    expect(lines[3]).toBe(
      'prs-med: lacking: 3 predictions are missing, one too many or of no use; mend them, or evaluate the rest with --allow-missing',
    );
    expect(await readdir(folder)).not.toContain('lacking-run');
    const allowed = await evaluate('posmed', 'lacking-run', ['--predictions', 'lacking', '--allow-missing']);
    expect(allowed.status).toBe(0);
    expect(allowed.stderr.trimEnd().split('\n')).toEqual(lines.slice(0, 3));
    expect(allowed.stdout).toContain('3 predictions were missing or of no use; the figures leave them out');
    const record = JSON.parse(await readFile(path('lacking-run', 'run.json'), 'utf8'));
    expect(record).toMatchObject({
      pairs: asked.length - 3,
      missing: lines.slice(0, 3).map((line) => line.slice(9)),
    });
  });
});

describe('prs-med eval --endpoint', async () => {
  const KEY = 'sk-made-0123456789';
  const telling: Reply = (_, response) => sendText(response, 'It is in the top-left of the image.');
  const endpoint = await startVisionEndpoint(telling);
  const environment = { OPENAI_API_KEY: KEY, OPENAI_LOG: 'debug' };
  const ask = (out: string, args: readonly string[] = [], onStart?: (child: ChildProcess) => void) =>
    evaluate(
      'posmed',
      out,
      ['--endpoint', endpoint.url, '--endpoint-model', 'made-model', ...args],
      onStart,
      environment,
    );

  it('keeps the answers of a model that gives text alone', async () => {
    const result = await ask('spoken', ['--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const scores = JSON.parse(result.stdout);
    expect(scores).toMatchObject({
      record: { subject: { kind: 'endpoint', name: 'made-model' } },
      segmentation: null,
      answered: endpoint.requests.length,
    });
    for (const row of await rowsOf('spoken')) {
      expect(row).toMatchObject({ prediction: 'It is in the top-left of the image.', mask: null });
    }
    for (const file of ['run.json', 'predictions.jsonl', 'scores.json']) {
      const text = await readFile(path('spoken', file), 'utf8');
      expect(text).not.toContain(KEY);
      expect(text).not.toContain('127.0.0.1');
    }
    expect((await ask('spoken', ['--resume'])).stdout).toMatch(/^spoken: endpoint made-model was asked /);
    expect(endpoint.requests).toHaveLength(scores.answered);
  });

  it('asks nothing twice when it is killed and resumed', async () => {
    endpoint.requests.length = 0;
    let child: ChildProcess | undefined;
    let unanswered = 0;
    endpoint.replyWith(...Array.from({ length: 5 }, () => telling), () => {
      // Who has kept an answer asks the next question, so with two of two unanswered all answers are kept.
      unanswered++;
      if (unanswered === 2) child!.kill('SIGKILL');
    });
    const killed = await ask('spoken-killed', ['--concurrency', '2'], (started) => {
      child = started;
    });
    expect(killed.status).toBeNull();
    expect(await rowsOf('spoken-killed')).toHaveLength(5);
    endpoint.replyWith(telling);
    const first = endpoint.requests.splice(0).map(({ question }) => question);
    expect(await ask('spoken-killed', ['--resume', '--concurrency', '2'])).toMatchObject({ status: 0 });
    const rows = await rowsOf('spoken-killed');
    expect(endpoint.requests).toHaveLength(rows.length - 5);
    expect([...first.slice(0, 5), ...endpoint.requests.map(({ question }) => question)].sort()).toEqual(
      rows.map(({ question }) => question).sort(),
    );
    expect(rows.map(({ id }) => id).sort()).toEqual((await rowsOf('spoken')).map(({ id }) => id).sort());
  });

  it('ends at once when it is interrupted while it waits to try again', async () => {
    let child: ChildProcess | undefined;
    endpoint.replyWith((request, response) => {
      response.on('close', () => setImmediate(() => child!.kill('SIGINT')));
      failing(429, { 'retry-after': '300' })(request, response);
    });
    const interrupted = await ask('spoken-stopped', ['--concurrency', '1'], (started) => {
      child = started;
    });
    expect(interrupted).toMatchObject({
      status: 130,
      stderr: 'prs-med: eval: interrupted; go on with --resume\n',
    });
  });

  it('says what the endpoint or the call lacks', async () => {
    endpoint.replyWith(failing(401));
    expectFailure(await ask('refused'), 1, `${endpoint.url}: it answers 401 not now; check OPENAI_API_KEY, `);
    endpoint.models = ['other'];
    endpoint.replyWith(failing(404));
    const { status, stderr } = await ask('no-model');
    expect(status).toBe(1);
    expect(stderr).toBe(
      `prs-med: ${endpoint.url}: it lists no model "made-model" but other\n` +
        `prs-med: ${endpoint.url}: it answers 404 not now; check --endpoint and --endpoint-model\n`,
    );
    const url = await closedUrl();
    const call = (args: readonly string[], others = environment as Record<string, string | undefined>) =>
      evaluate('posmed', 'x', args, undefined, others);
    const model = ['--endpoint-model', 'made-model'];
    expectFailure(
      await call(['--endpoint', url, ...model]),
      1,
      `${url}: the connection fails (ECONNREFUSED); `,
    );
    expectFailure(await call(['--endpoint', url]), 2, '--endpoint: it needs a model; ');
    const unset = { OPENAI_API_KEY: undefined };
    expectFailure(await call(['--endpoint', url, ...model], unset), 2, 'OPENAI_API_KEY: it is not set; ');
    const secret = await call(['--endpoint', 'http://me:secret@host/v1', ...model]);
    expectFailure(secret, 2, '--endpoint: it has more in it than an address; ');
    expect(secret.stderr).not.toContain('secret');
    expect(await readdir(folder)).not.toContain('x');
  });
});
