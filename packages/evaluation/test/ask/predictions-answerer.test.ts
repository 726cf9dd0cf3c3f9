import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mask } from '@prs-med/imaging';
import { encodeMask, writeMask, writePicture, writeProbabilities } from '@prs-med/imaging/node';
import type { DatasetImage } from '@prs-med/posmed';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, choosePairs } from '../../src/index.js';
import {
  type ImageToPredict,
  maskFileOf,
  type PredictionsAnswerer,
  PredictionsError,
  predictionsAnswerer,
} from '../../src/node/index.js';
import { boxes, HEIGHT, madeImage, WIDTH } from './made-images.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const SPOT = boxes([2, 2, 6, 6]);
const LUNGS = boxes([4, 3, 8, 20], [26, 3, 8, 20]);

const toPredict = (image: DatasetImage): ImageToPredict => ({
  image: image.image,
  targets: image.targets,
  chosen: choosePairs(image, null, 0),
});

/** A picture with one target and a further question, and one with two targets. */
const polyp = toPredict(
  madeImage('polyps/a.1', { polyp: SPOT }, [{}, { kind: 'absent-target', target: 'lung', targets: [] }]),
);
const chest = toPredict(
  madeImage('chests/c', { lung: LUNGS, 'lung infection': SPOT }, [
    { targets: ['made/chests/c:lung'] },
    { targets: ['made/chests/c:lung infection'], target: 'lung infection' },
  ]),
);
const [WHOLE, ABSENT] = ['made/polyps/a.1:q1', 'made/polyps/a.1:q2'];
const [LUNG, INFECTION] = ['made/chests/c:q1', 'made/chests/c:q2'];

/** The name that a run gives to the mask of a pair. */
const nameOf = (pairId: string): string => maskFileOf(pairId).slice('masks/'.length);

type Content = Mask | string | ((path: string) => Promise<void>);

/** A folder with masks, texts, or what a function writes. */
async function folderOf(files: Readonly<Record<string, Content>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-predictions-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (typeof content === 'string') await writeFile(path, content);
    else if (typeof content === 'function') await content(path);
    else await writeMask(path, content);
  }
  return folder;
}

const open = async (
  files: Readonly<Record<string, Content>>,
  asked: readonly ImageToPredict[],
  allowMissing = false,
) => predictionsAnswerer(await folderOf(files), asked, { allowMissing });

/** What is wrong with a folder. */
async function problemsOf(
  files: Readonly<Record<string, Content>>,
  asked: readonly ImageToPredict[],
): Promise<readonly string[]> {
  const error: unknown = await open(files, asked).catch((thrown: unknown) => thrown);
  if (!(error instanceof PredictionsError)) throw error;
  const allowed = await open(files, asked, true);
  expect(allowed.problems).toEqual(error.problems);
  return error.problems;
}

/** The answers to all pairs that a folder answers, by the pair's id. */
async function answersOf(
  answerer: PredictionsAnswerer,
  asked: readonly ImageToPredict[],
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const images = asked.map(({ image, chosen }) => ({
    image,
    pairs: chosen.map(({ pair }) => pair).filter(({ id }) => answerer.has(id)),
    picture: async () => {
      throw new Error('a folder of predictions looks at no picture');
    },
  }));
  await answerer.answer(images, new AbortController().signal, async (pair, answer) => {
    answers.set(pair.id, answer);
  });
  return answers;
}

/** Levels of a mask at 0 and 255. */
const levels = (mask: Mask) => ({ ...mask, data: mask.data.map((value) => 255 * value) });

describe('predictionsAnswerer', () => {
  it('finds masks by the names of pictures and targets', async () => {
    const asked = [polyp, chest];
    const answerer = await open(
      { 'a.1.png': SPOT, 'c.lung.png': LUNGS, 'c.lung-infection.png': boxes() },
      asked,
    );
    expect(answerer.problems).toEqual([]);
    expect(answerer.subject).toMatchObject({ kind: 'predictions', name: expect.stringMatching(/^prs-med-/) });
    const answers = await answersOf(answerer, asked);
    expect([...answers.keys()]).toEqual([WHOLE, LUNG, INFECTION]);
    expect(answers.get(WHOLE)).toEqual({
      text: null,
      present: null,
      presence: 1,
      zones: ['top-left'],
      map: levels(SPOT),
      milliseconds: 0,
    });
    expect(answers.get(LUNG)).toMatchObject({ map: levels(LUNGS), zones: ['center'] });
    expect(answers.get(INFECTION)).toMatchObject({ presence: 0, zones: [] });
  });

  it('finds masks by the ids of pairs, those of other questions too, before other names', async () => {
    const files = { [nameOf(WHOLE)]: SPOT, [nameOf(ABSENT)]: boxes() };
    const answers = await answersOf(await open(files, [polyp]), [polyp]);
    expect(answers.get(WHOLE)).toMatchObject({ map: levels(SPOT) });
    expect(answers.get(ABSENT)).toMatchObject({ map: levels(boxes()) });
    expect(await problemsOf({ ...files, 'a.1.png': LUNGS }, [polyp])).toEqual([
      'a.1.png: it is one too many, for it answers no pair that is asked',
    ]);
  });

  it('does not answer questions that ask for something else with the mask of the whole', async () => {
    const answerer = await open({ 'a.1.polyp.png': SPOT }, [polyp]);
    expect([answerer.has(WHOLE), answerer.has(ABSENT)]).toEqual([true, false]);
  });

  it('reads probability maps, and masks of 0 and 1', async () => {
    const map = { width: WIDTH, height: HEIGHT, data: new Float32Array(WIDTH * HEIGHT).fill(0.2) };
    map.data[5] = 0.8;
    const maps = await open({ 'a.1.png': (path) => writeProbabilities(path, map) }, [polyp]);
    const read = (await answersOf(maps, [polyp])).get(WHOLE)!;
    expect(read.map!.data.slice(4, 7)).toEqual(Uint8Array.of(51, 204, 51));
    expect(read).toMatchObject({ presence: 204 / 255, zones: ['top-left'] });

    const zeroOne = (path: string) => writeGrey(path, SPOT.data);
    const ones = await open({ 'a.1.png': zeroOne }, [polyp]);
    expect([ones.areBinary, maps.areBinary]).toEqual([true, false]);
    expect((await answersOf(ones, [polyp])).get(WHOLE)!.map).toEqual(levels(SPOT));
    // Where another file has higher values, 1 is a probability of 1 / 255.
    const mixed = { 'a.1.png': zeroOne, 'c.lung.png': LUNGS, 'c.lung-infection.png': boxes() };
    const answers = await answersOf(await open(mixed, [polyp, chest]), [polyp, chest]);
    expect(answers.get(WHOLE)).toMatchObject({ map: SPOT, presence: 1 / 255, zones: [] });
  });

  it('gives pairs the texts of answers.jsonl', async () => {
    const lines = [
      { id: WHOLE, answer: 'It is in the top-left.' },
      { id: ABSENT, answer: 'No, there is none.' },
    ];
    const files = {
      'a.1.png': SPOT,
      [nameOf(ABSENT)]: boxes(),
      'answers.jsonl': `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`,
    };
    const answers = await answersOf(await open(files, [polyp]), [polyp]);
    expect(answers.get(WHOLE)).toMatchObject({ text: 'It is in the top-left.', present: true });
    expect(answers.get(ABSENT)).toMatchObject({ text: 'No, there is none.', present: false, presence: 0 });
  });

  it('names every file with a problem', async () => {
    const whole = await encodeMask(SPOT);
    const asked = ['missing', 'empty', 'small', 'cut', 'colour', 'text', 'good'].map((name) =>
      toPredict(madeImage(name, { polyp: SPOT })),
    );
    const files: Record<string, Content> = {
      'empty.png': '',
      'small.png': (path) => writeGrey(path, new Uint8Array(12), 4, 3),
      'cut.png': (path) => writeFile(path, whole.subarray(0, whole.length - 20)),
      'colour.png': (path) =>
        writePicture(path, {
          width: WIDTH,
          height: HEIGHT,
          data: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => i % 256),
        }),
      'text.png': 'no picture',
      'good.png': SPOT,
      'extra.png': SPOT,
      '.hidden': 'left out',
      folder: async (path) => void (await mkdir(path)),
    };
    expect(await problemsOf(files, asked)).toEqual([
      'missing.png: there is no such file, and pair made/missing:q1 needs it',
      'extra.png: it is one too many, for it answers no pair that is asked',
      'folder: it is one too many, for it answers no pair that is asked',
      'empty.png: the file is empty',
      'small.png: it has 4 x 3 pixels, and its picture made/small.png has 40 x 30',
      'cut.png: the file is damaged or cut short',
      'colour.png: it is in colour, and maps are grey',
      'text.png: this is not a picture',
    ]);
    const allowed = await open(files, asked, true);
    expect([...(await answersOf(allowed, asked)).keys()]).toEqual(['made/good:q1']);
  });

  it('does not guess what a name means that fits several pairs', async () => {
    const twins = ['x/same', 'y/same'].map((name) => toPredict(madeImage(name, { polyp: SPOT })));
    const [first, second] = ['made/x/same:q1', 'made/y/same:q1'] as const;
    expect(await problemsOf({ 'same.png': SPOT, 'a.1.png': SPOT }, [...twins, polyp])).toEqual([
      `same.png: it could answer ${first} or ${second}; name it ${nameOf(first)} or ${nameOf(second)}`,
    ]);
    expect(await problemsOf({ [nameOf(first)]: SPOT }, twins)).toEqual([
      `${nameOf(second)}: there is no such file, and pair ${second} needs it`,
    ]);
    const clear = await open({ [nameOf(first)]: SPOT, [nameOf(second)]: boxes() }, twins);
    expect([...(await answersOf(clear, twins)).values()].map(({ presence }) => presence)).toEqual([1, 0]);
  });

  it('names lines of answers.jsonl with a problem, and pairs without one', async () => {
    const lines = ['{"id":1}', JSON.stringify({ id: 'made/other:q1', answer: 'No.' })];
    const twice = JSON.stringify({ id: LUNG, answer: 'Yes.' });
    const files = {
      'c.lung.png': LUNGS,
      'c.lung-infection.png': SPOT,
      'answers.jsonl': [...lines, twice, twice].join('\n'),
    };
    const problems = await problemsOf(files, [chest]);
    expect(problems).toHaveLength(4);
    expect(problems[0]).toMatch(/^answers\.jsonl:1: this is no answer: id: /);
    expect(problems.slice(1)).toEqual([
      'answers.jsonl:2: pair made/other:q1 has no mask here',
      `answers.jsonl:4: pair ${LUNG} has an answer already`,
      `answers.jsonl: it has no answer to pair ${INFECTION}`,
    ]);
  });

  it('doubts files of which none reaches one half', async () => {
    const labels = (path: string) =>
      writeGrey(
        path,
        SPOT.data.map((value) => 7 * value),
      );
    expect(await problemsOf({ 'a.1.png': labels }, [polyp])).toEqual([
      'all files: the highest value is 7 of 255, so that nothing in them is a target at one half',
    ]);
  });

  it('refuses a folder that is not there, or has nothing of use', async () => {
    const nowhere = predictionsAnswerer('/nowhere/at/all', [polyp], { allowMissing: true });
    await expect(nowhere).rejects.toThrow('/nowhere/at/all: there is no such folder; check the path');
    await expect(open({}, [polyp], true)).rejects.toThrow(
      'no file in it is a prediction for a pair that is asked; ',
    );
    await expect(open({}, [polyp])).rejects.toThrow(
      'a prediction is missing, one too many or of no use; mend them, or evaluate the rest with --allow-missing',
    );
  });

  it('tells folders with other masks or texts apart', async () => {
    const digests = await Promise.all(
      [
        { 'a.1.png': SPOT },
        { 'a.1.png': SPOT },
        { 'a.1.png': LUNGS },
        { 'a.1.png': SPOT, 'answers.jsonl': JSON.stringify({ id: WHOLE, answer: 'Yes.' }) },
      ].map(async (files) => {
        const { subject } = await open(files, [polyp]);
        return subject.kind === 'predictions' && subject.sha256;
      }),
    );
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });
});

async function writeGrey(path: string, data: Uint8Array, width = WIDTH, height = HEIGHT): Promise<void> {
  await sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(path);
}
