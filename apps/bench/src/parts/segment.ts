import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeRuntime } from '@prs-med/autograd/node';
import type { Picture } from '@prs-med/imaging';
import { readPicture } from '@prs-med/imaging/node';
import { loadModel, type Model, type PhaseTimes } from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';
import { mostMemory, summarize } from '../measure.js';
import { examplePicture } from '../places.js';
import type { Part } from '../row.js';
import { questions } from './questions.js';

/**
 * A model in use: how long until it is loaded, until a mask is there, and a token of the answer takes. Two questions are
 * asked for each repetition, up to all of them.
 */
export const segment: Part = async ({ model: folder, repetitions }, note) => {
  if (!existsSync(join(folder, 'config.json'))) {
    note(`segment: left out, ${folder} holds no bundle`);
    return [];
  }
  const start = performance.now();
  const model = await loadModel(await bundleFolder(folder), nodeRuntime());
  const load = performance.now() - start;
  const { picture } = await readPicture(examplePicture);
  await askOnce(model, picture, 'What do you see?');
  await askOnce(model, shifted(picture, 1), 'Segment what is there.');
  const runs: Times[] = [];
  for (const [index, question] of questions.slice(0, 2 * repetitions).entries())
    runs.push(await askOnce(model, shifted(picture, 1000 * (index + 2)), question));
  const resident = process.memoryUsage.rss() / 2 ** 20;
  await model.close();
  const row = (what: string, values: readonly number[], target?: string) => ({
    part: 'segment',
    what,
    unit: 'ms' as const,
    ...summarize(values),
    ...(target === undefined ? {} : { target }),
  });
  const tokens = runs.flatMap(({ token }) => (token === undefined ? [] : [token]));
  if (tokens.length === 0) note('segment: no answer was long enough to time a token');
  return [
    { part: 'segment', what: 'load the bundle', unit: 'ms', value: load },
    row(
      'picture and question to mask',
      runs.map((run) => run.encode + run.language + run.mask),
      '100 ms',
    ),
    ...(['encode', 'language', 'mask'] as const).map((phase) =>
      row(
        `  of which ${phase}`,
        runs.map((run) => run[phase]),
      ),
    ),
    row(
      'the whole answer, after the mask',
      runs.map((run) => run.answer),
    ),
    ...(tokens.length === 0 ? [] : [row('a token of the answer', tokens, '6 ms')]),
    { part: 'segment', what: 'memory of the process afterwards', unit: 'MB', value: resident },
    {
      part: 'segment',
      what: 'most memory of the process',
      unit: 'MB',
      value: mostMemory(),
      target: '900 MB',
    },
  ];
};

/** The times of one call's phases and, where the answer has several pieces, of a token. */
interface Times extends PhaseTimes {
  readonly token: number | undefined;
}

async function askOnce(model: Model, picture: Picture, question: string): Promise<Times> {
  const at: number[] = [];
  const { milliseconds } = await model.segment(picture, question, {
    onToken: () => at.push(performance.now()),
  });
  const token = at.length < 4 ? undefined : (at.at(-1)! - at[0]!) / (at.length - 1);
  return { ...milliseconds, token };
}

/** Another picture of the same size: its pixels moved round, so that nothing is remembered of it. */
function shifted(picture: Picture, pixels: number): Picture {
  const by = (3 * pixels) % picture.data.length;
  const data = new Uint8Array(picture.data.length);
  data.set(picture.data.subarray(by));
  data.set(picture.data.subarray(0, by), picture.data.length - by);
  return { ...picture, data };
}
