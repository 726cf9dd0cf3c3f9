import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMask } from '@prs-med/imaging/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { closedUrl, sendText, startEndpoint } from '../../../packages/posmed/test/generate/fake-endpoint.js';
import { openJudge } from '../src/score/open-judge.js';
import { expectFailure, prsMed, workFolder } from './command.js';

const golden = fileURLToPath(new URL('../../../packages/evaluation/test/fixtures/', import.meta.url));
const work = await workFolder({ bundle: false });

const score = (...args: string[]) => prsMed(['score', 'segmentation', ...args], work);

describe('prs-med score segmentation', () => {
  beforeEach(async () => {
    for (const name of ['pred', 'gt']) {
      await rm(join(work, name), { recursive: true, force: true });
      await cp(join(golden, 'segmentation', name), join(work, name), { recursive: true });
    }
  });

  it('gives the published figures, per picture too', async () => {
    const stems = Array.from({ length: 24 }, (_, i) => String(i).padStart(2, '0'));
    await writeFile(
      join(work, 'groups.csv'),
      `stem,group\n${stems.map((stem, i) => `${stem},${i % 6}`).join('\n')}\n`,
    );
    const folders = ['--pred', 'pred', '--gt', 'gt'];
    const result = await score(...folders, '--json', '--groups', 'groups.csv', '--per-image', 'table.csv');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const expected = JSON.parse(await readFile(join(golden, 'segmentation.expected.json'), 'utf8'));
    const found = JSON.parse(result.stdout);
    expect(Object.keys(expected.dataset).length).toBe(13);
    for (const [name, value] of Object.entries(expected.dataset)) {
      expect(Math.abs(found[name] - (value as number)), name).toBeLessThan(1e-4);
    }
    expect(found).toMatchObject({ images: 24, groups: 6, emptyTruth: { images: 0, falsePositives: 0 } });
    const [low, high] = found.confidenceInterval.dice;
    expect(low).toBeLessThan(found.dice);
    expect(high).toBeGreaterThan(found.dice);
    const [head, ...rows] = (await readFile(join(work, 'table.csv'), 'utf8')).trim().split('\n');
    const names = head!.split(',');
    expect(rows.length).toBe(24);
    rows.forEach((row, i) => {
      const cells = row.split(',');
      expect([cells[0], cells[3]]).toEqual([stems[i], String(i % 6)]);
      for (const [name, value] of Object.entries(expected.per_image[i])) {
        const ours = Number(cells[names.indexOf(name)]);
        expect(Math.abs(ours - (value as number)), `${name} of ${stems[i]}`).toBeLessThan(1e-4);
      }
    });
  });

  it('names every file that cannot be scored, and scores the rest only when told to', async () => {
    await rm(join(work, 'pred', '00.png'));
    await rm(join(work, 'gt', '01.png'));
    await truncate(join(work, 'pred', '02.png'), 0);
    await truncate(join(work, 'gt', '03.png'), 60);
    await writeMask(join(work, 'pred', '04.png'), { width: 2, height: 1, data: Uint8Array.of(0, 1) });
    const folders = ['--pred', 'pred', '--gt', 'gt', '--json'];
    const refused = await score(...folders);
    const named = [
      ['gt/00.png', 'there is no prediction for it in pred'],
      ['pred/01.png', 'there is no mask for it in gt'],
      ['pred/02.png', 'the file is empty'],
      ['gt/03.png', 'the file is damaged or cut short'],
      ['pred/04.png', 'it has 2 x 1 pixels and its mask gt/04.png 56 x 80'],
    ];
    const lines = refused.stderr.trimEnd().split('\n');
    expect(lines.map((line) => line.split('; ')[0])).toEqual([
      ...named.map(([file, problem]) => `prs-med: ${file}: ${problem}`),
      'prs-med: pred: 5 files cannot be scored',
    ]);
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    const allowed = await score(...folders, '--allow-missing');
    expect(allowed.status).toBe(0);
    const { images, skipped } = JSON.parse(allowed.stdout);
    expect(images).toBe(19);
    expect(skipped).toEqual(named.map(([file, problem]) => ({ file, problem })));
    expect(allowed.stderr.split('\n').slice(0, 5)).toEqual(lines.slice(0, 5));
    expect(allowed.stderr).toContain('prs-med: scored 19 pictures without the 5 files named above\n');
  });

  it('scores on several threads as on one', async () => {
    const [many, manyTruths] = [join(work, 'many', 'pred'), join(work, 'many', 'gt')];
    for (const [from, to] of [
      ['pred', many],
      ['gt', manyTruths],
    ] as const) {
      for (const copy of ['a', 'b', 'c', 'd'])
        await cp(join(work, from), join(to, copy), { recursive: true });
    }
    const one = JSON.parse((await score('--pred', 'pred', '--gt', 'gt', '--json')).stdout);
    const result = await score('--pred', many, '--gt', manyTruths, '--json');
    const four = JSON.parse(result.stdout);
    expect(four.images).toBe(96);
    for (const name of ['meanDic', 'Sm', 'wFm', 'mae', 'hd95', 'dice'])
      expect(four[name]).toBeCloseTo(one[name], 10);
  });

  it('prints a table, stretches maps only when asked to, and takes 1 for the target where nothing is above', async () => {
    const plain = await score('--pred', 'pred', '--gt', 'gt');
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(plain.stdout).toMatch(/^pictures +24\n/);
    expect(plain.stdout).toMatch(/\n {2}dice +0\.\d{3} \(95 % 0\.\d{3} to 0\.\d{3}\)\n/);
    const stretched = await score('--pred', 'pred', '--gt', 'gt', '--json', '--released-normalisation');
    const { dice, mae, meanDic } = JSON.parse(stretched.stdout);
    expect(plain.stdout).toMatch(new RegExp(`\n  dice +${dice.toFixed(3)} `));
    const { dataset } = JSON.parse(await readFile(join(golden, 'segmentation.expected.json'), 'utf8'));
    expect(Math.abs(mae - dataset.mae)).toBeGreaterThan(1e-4);
    expect(Math.abs(meanDic - dataset.meanDic)).toBeGreaterThan(1e-4);
    await mkdir(join(work, 'ones'), { recursive: true });
    // 4 x 1 of 8 bits: 1, 1, 0, 0.
    const bytes =
      'iVBORw0KGgoAAAANSUhEUgAAAAQAAAABCAAAAADcV1ARAAAADUlEQVR4nGNgZGRgAAAADAADnY9AFQAAAABJRU5ErkJggg==';
    await writeFile(join(work, 'ones', 'a.png'), Buffer.from(bytes, 'base64'));
    const binary = await score('--pred', 'ones', '--gt', 'ones', '--json');
    expect(binary.stderr).toBe('prs-med: ones: no value is above 1, so 1 is taken for the target\n');
    expect(JSON.parse(binary.stdout).dice).toBe(1);
  });

  it('refuses calls that cannot be', async () => {
    expectFailure(await score('--pred', 'pred', '--gt', 'none'), 2, 'none: there is no such folder');
    expectFailure(await score('--pred', 'pred'), 2, "required option '--gt <dir>' not specified");
    await writeFile(join(work, 'few.csv'), 'stem,group\n00,a\n');
    const few = await score('--pred', 'pred', '--gt', 'gt', '--groups', 'few.csv');
    expectFailure(few, 2, 'few.csv: it has no group for 23 pictures, such as 01; add a row for each');
  });
});

describe('prs-med score answers', () => {
  const here = (zone: string) => `The polyp is in the ${zone} of the image.`;
  const rows = [
    {
      id: '1',
      modality: 'mri',
      answer: here('center'),
      prediction: 'In the middle.',
      zones: ['center'],
      group: 'p',
    },
    {
      id: '2',
      modality: 'mri',
      answer: here('center'),
      prediction: here('top-left'),
      question: 'Where is it?',
    },
    { id: '3', modality: 'ct', answer: 'No, there is none.', prediction: 'No.' },
    { id: '4', modality: 'ct', answer: here('top-left'), prediction: here('top-left') },
  ];
  const write = (name: string, some: readonly unknown[]) =>
    writeFile(join(work, name), some.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const answers = (...args: string[]) => prsMed(['score', 'answers', ...args], work);

  it('gives zones, presence and words, by modality and beside baselines', async () => {
    await write('rows.jsonl', rows);
    await write('train.jsonl', [{ modality: 'mri', answer: here('center') }]);
    const result = await answers('--file', 'rows.jsonl', '--train', 'train.jsonl', '--json');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const { overall, modalities, baselines, baselinesLearnedFrom, judge } = JSON.parse(result.stdout);
    expect(overall).toMatchObject({ rows: 4, zoneAccuracy: 2 / 3, exactZoneSet: 0.75, presenceAccuracy: 1 });
    expect(modalities.mri).toMatchObject({ rows: 2, zoneAccuracy: 0.5 });
    expect(modalities.ct).toMatchObject({ rows: 2, zoneAccuracy: 1 });
    expect(Object.keys(baselines)).toEqual(['commonestZone', 'randomAnswer', 'commonestAnswer']);
    expect(baselines.commonestZone.overall.zoneAccuracy).toBeCloseTo(2 / 3);
    expect(baselines.commonestZone.modalities.ct.zoneAccuracy).toBe(0);
    expect([baselinesLearnedFrom, judge]).toEqual(['training', undefined]);
    for (const name of ['bleu1', 'bleu4', 'rouge1', 'rougeL', 'meteor'])
      expect(overall[name]).toBeGreaterThan(0);
  });

  it('gives the golden figures of words', async () => {
    const { pairs } = JSON.parse(await readFile(join(golden, 'text_metrics.json'), 'utf8')) as {
      pairs: Record<string, string & number>[];
    };
    expect(pairs.length).toBe(80);
    await write(
      'golden.jsonl',
      pairs.map(({ reference, hypothesis }, i) => ({
        id: `${i}`,
        modality: 'ct',
        answer: reference,
        prediction: hypothesis,
      })),
    );
    const { overall } = JSON.parse((await answers('--file', 'golden.jsonl', '--json')).stdout);
    for (const name of ['bleu1', 'bleu4', 'rouge1', 'rougeL', 'meteor']) {
      const mean = pairs.reduce((sum, pair) => sum + Number(pair[name]), 0) / pairs.length;
      expect(Math.abs(overall[name] - mean), name).toBeLessThan(1e-4);
    }
  });

  it('prints a table', async () => {
    await write('rows.jsonl', rows);
    const { stdout, status } = await answers('--file', 'rows.jsonl');
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 28).trimEnd())).toEqual([
      '                             rows'.slice(0, 28).trimEnd(),
      'all',
      '  mri',
      '  ct',
      'always the commonest zone',
      'a random answer',
      'always the commonest answer',
    ]);
    expect(lines[1]).toMatch(/^all +4 +66\.7 % +75\.0 % +100\.0 % +0\.\d{3}/);
  });

  it('asks a judge three times an answer, and never again', async () => {
    await write('rows.jsonl', rows);
    const endpoint = await startEndpoint();
    endpoint.answerWith(({ body }, response) => {
      const { reference, answer } = JSON.parse(body.messages[1]!.content);
      const right = answer === reference || answer === 'In the middle.' || answer === 'No.';
      sendText(response, `{"score": ${right ? 9 : 2}, "right": ${right}}`);
    });
    const key = { OPENAI_API_KEY: 'sk-made-0123456789', OPENAI_LOG: 'debug' };
    const call = ['score', 'answers', '--file', 'rows.jsonl', '--json', '--judge-url', endpoint.url];
    const run = () => prsMed([...call, '--judge-model', 'made-model'], work, key);
    const first = await run();
    expect(first).toMatchObject({ status: 0, stderr: 'prs-med: made-model: asked 12 times, 1,440 tokens\n' });
    const found = JSON.parse(first.stdout);
    expect(found.overall.judge).toMatchObject({
      rows: 4,
      unjudged: 0,
      right: 0.75,
      agreement: { unanimous: 1 },
    });
    expect(found.overall.judge.score).toBeCloseTo((3 * 0.9 + 0.2) / 4);
    expect(found.modalities.mri.judge).toMatchObject({ rows: 2, right: 0.5 });
    expect(found.judge).toEqual({
      model: 'made-model',
      promptVersion: 1,
      judgements: 3,
      replies: 'rows.judge.jsonl',
    });
    expect(endpoint.requests.map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 12 }, () => 'Bearer sk-made-0123456789'),
    );
    expect(await readFile(join(work, 'rows.judge.jsonl'), 'utf8')).not.toContain('sk-made');
    const second = await run();
    expect(second).toEqual({ ...first, stderr: '' });
    expect(endpoint.requests.length).toBe(12);
    // Where replies are missing, an endpoint that is not there fails the work.
    await write('rows.jsonl', [...rows, { ...rows[0], id: '5', prediction: 'New.' }]);
    const gone = [...call.slice(0, -1), await closedUrl(), '--judge-model', 'made-model'];
    expectFailure(await prsMed(gone, work, key), 1, 'check --judge-url and the network');
  });

  it('refuses rows that are none', async () => {
    await write('rows.jsonl', [...rows, { id: '5', modality: 'ct', answer: 'a' }]);
    const refused = await answers('--file', 'rows.jsonl');
    expectFailure(refused, 2, 'rows.jsonl:5: this is no row of answers: prediction: ');
  });
});

describe('the judge that a call names', () => {
  const call = { file: 'rows.jsonl', json: true };
  const url = 'http://127.0.0.1:1/v1';
  const key = { OPENAI_API_KEY: 'sk-made' };

  it('needs a model and a key, and nothing without a judge', () => {
    expect(openJudge(call, {})).toBeNull();
    expect(() => openJudge({ ...call, judgeModel: 'm' }, key)).toThrow(
      '--judge-model: it has no use without --judge-url; ',
    );
    expect(() => openJudge({ ...call, timeout: 3 }, key)).toThrow(
      '--timeout: it has no use without --judge-url; ',
    );
    expect(() => openJudge({ ...call, judgeUrl: url }, key)).toThrow('--judge-url: it needs a model; ');
    expect(() => openJudge({ ...call, judgeUrl: url, judgeModel: 'm' }, {})).toThrow('OPENAI_API_KEY: ');
    expect(() => openJudge({ ...call, judgeUrl: 'http://u:p@h', judgeModel: 'm' }, key)).toThrow(
      '--judge-url: ',
    );
  });

  it('keeps its replies beside the rows, or where the call says', () => {
    const named = { ...call, judgeUrl: url, judgeModel: 'm' };
    expect(openJudge(named, key)!.replies).toBe('rows.judge.jsonl');
    expect(openJudge({ ...named, judgeReplies: 'mine.jsonl' }, key)!.replies).toBe('mine.jsonl');
  });
});
