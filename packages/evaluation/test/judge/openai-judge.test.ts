import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JudgedRow } from '../../src/answers/judge-prompt.js';
import { type JudgeOptions, judgeAnswers } from '../../src/node/openai-judge.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-judge-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const row = (id: string, prediction = `In the center, ${id}.`): JudgedRow => ({
  id,
  modality: 'ct',
  answer: 'In the center.',
  prediction,
});
const RIGHT = '{"score": 10, "right": true}';
const WRONG = '{"score": 0, "right": false}';

/** An endpoint that replies in turn, and the last reply from then on; an error is thrown. */
function fake(...replies: readonly (string | Error)[]) {
  const asked: string[] = [];
  const endpoint: JudgeOptions['endpoint'] = {
    async complete({ user }) {
      const reply = replies[Math.min(asked.length, replies.length - 1)]!;
      asked.push(user);
      if (reply instanceof Error) throw reply;
      return { content: reply, finish: 'stop', tokens: 10 };
    },
  };
  return { endpoint, asked };
}

const options = (endpoint: JudgeOptions['endpoint'], changes: Partial<JudgeOptions> = {}): JudgeOptions => ({
  endpoint,
  model: 'made-model',
  replies: join(folder, 'rows.judge.jsonl'),
  concurrency: 1,
  signal: new AbortController().signal,
  ...changes,
});

const linesOf = async (path: string) => (await readFile(path, 'utf8')).trimEnd().split('\n');

describe('a judge', () => {
  it('is asked three times a row, and its raw replies are kept', async () => {
    const { endpoint, asked } = fake(RIGHT, 'Well. {"score": 5, "right": false}', WRONG);
    const { judgements, requests, tokens } = await judgeAnswers([row('a')], options(endpoint));
    expect(judgements.get('a')).toEqual([
      { score: 1, right: true },
      { score: 0.5, right: false },
      { score: 0, right: false },
    ]);
    expect([asked.length, requests, tokens]).toEqual([3, 3, 30]);
    const lines = (await linesOf(options(endpoint).replies)).map((line) => JSON.parse(line));
    expect(lines.map(({ id, attempt, content }) => [id, attempt, content])).toEqual([
      ['a', 1, RIGHT],
      ['a', 2, 'Well. {"score": 5, "right": false}'],
      ['a', 3, WRONG],
    ]);
    expect(lines[0]).toMatchObject({ model: 'made-model', promptVersion: 1, finish: 'stop', tokens: 10 });
    expect(await readdir(folder)).toEqual(['rows.judge.jsonl']);
  });

  it('is not paid twice: not for the same words, and not by a later call', async () => {
    const first = fake(RIGHT);
    const rows = [row('a', 'Same.'), row('b', 'Same.'), row('c')];
    const before = await judgeAnswers(rows, options(first.endpoint, { concurrency: 4 }));
    expect(first.asked.length).toBe(6);
    expect(before.judgements.get('b')).toEqual(before.judgements.get('a'));
    const second = fake(new Error('asked again'));
    const after = await judgeAnswers(rows, options(second.endpoint));
    expect(after).toEqual({ ...before, requests: 0, tokens: 0 });
  });

  it('is asked anew for another model, and where a kill cut its last reply short', async () => {
    await judgeAnswers([row('a')], options(fake(RIGHT).endpoint));
    const other = fake(WRONG);
    await judgeAnswers([row('a')], options(other.endpoint, { model: 'other-model' }));
    expect(other.asked.length).toBe(3);
    const path = options(other.endpoint).replies;
    const { length } = await readFile(path);
    await truncate(path, length - 5);
    const again = fake(WRONG);
    await judgeAnswers([row('a')], options(again.endpoint, { model: 'other-model' }));
    expect(again.asked.length).toBe(1);
    expect((await linesOf(path)).length).toBe(6);
  });

  it('is asked again where a reply cannot be read, and given up after six', async () => {
    const some = fake('I cannot.', RIGHT, '', RIGHT, RIGHT);
    const { judgements } = await judgeAnswers([row('a')], options(some.endpoint));
    expect([some.asked.length, judgements.get('a')!.length]).toEqual([5, 3]);
    const few = fake(RIGHT, RIGHT, 'I cannot.');
    const given = await judgeAnswers([row('b')], options(few.endpoint));
    expect([few.asked.length, given.judgements.get('b')!.length]).toEqual([6, 2]);
  });

  it('that fails stops the work and keeps what it said before', async () => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => row(id));
    const failing = fake(RIGHT, RIGHT, RIGHT, RIGHT, new Error('the endpoint is gone'));
    await expect(judgeAnswers(rows, options(failing.endpoint, { concurrency: 2 }))).rejects.toThrow(
      'is gone',
    );
    expect(failing.asked.length).toBeLessThanOrEqual(6);
    const later = fake(RIGHT);
    const { judgements } = await judgeAnswers(rows, options(later.endpoint));
    expect(judgements.size).toBe(8);
    expect(later.asked.length).toBe(20);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const waiting: JudgeOptions['endpoint'] = { complete: () => new Promise(() => controller.abort()) };
    const judging = judgeAnswers([row('a')], options(waiting, { signal: controller.signal }));
    await expect(judging).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('has its replies to itself, and refuses lines that are none', async () => {
    const { replies } = options(fake(RIGHT).endpoint);
    const controller = new AbortController();
    let judging: Promise<unknown> | undefined;
    await new Promise<void>((begun) => {
      const waiting: JudgeOptions['endpoint'] = { complete: () => new Promise(() => begun()) };
      judging = judgeAnswers([row('a')], options(waiting, { signal: controller.signal }));
    });
    await expect(judgeAnswers([row('b')], options(fake(RIGHT).endpoint))).rejects.toThrow(
      /rows\.judge\.jsonl\.lock: process \d+ on .* has it open; .*--judge-replies/,
    );
    controller.abort();
    await expect(judging).rejects.toMatchObject({ name: 'AbortError' });
    await writeFile(replies, '');
    await appendFile(replies, '{"model":"m"}\n');
    await expect(judgeAnswers([row('a')], options(fake(RIGHT).endpoint))).rejects.toThrow(
      `${replies}:1: this is no reply of a judge: `,
    );
  });
});
