import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chooseWordings, parseWordings, type Wording } from '../../src/index.js';
import { boxes, type MadePair, madeImage } from './made-images.js';

const POLYP = boxes([2, 2, 8, 8]);
const LEFT: MadePair = { kind: 'refer-zone', askedSide: 'left', askedAll: false };
const TOP_LEFT: MadePair = { kind: 'refer-zone', askedZones: ['top-left'], askedAll: false };
const NOT_TOP: MadePair = {
  kind: 'absent-zone',
  askedZones: ['top-left', 'top-right'],
  askedAll: false,
  targets: [],
};
const NO_LUNG: MadePair = { kind: 'absent-target', target: 'lung', targets: [] };

async function ask(wording: Wording, pairs: readonly (readonly MadePair[])[], most = 9, seed = 0) {
  async function* images() {
    for (const [i, own] of pairs.entries()) yield madeImage(`${i}`, { polyp: POLYP }, own);
  }
  const chosen = await chooseWordings(images(), [wording], most, seed);
  return chosen.flatMap(({ chosen: own }) => own.map(({ pair, whole }) => ({ id: pair.id, whole, pair })));
}

describe('chooseWordings', () => {
  const polyp = (asks: Wording['asks']): Wording => ({ target: 'polyp', asks, question: 'growth?' });

  it('asks in the wording what a pair of the picture asks for, whose truth and answer stand', async () => {
    const [one, ...others] = await ask(polyp('top-left'), [[{}, TOP_LEFT], [{}]]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'made/0:q2w1', whole: false });
    expect(one!.pair).toMatchObject({
      question: 'growth?',
      answer: 'It is in the top-left of the image.',
      targets: ['made/0:polyp'],
    });
  });

  it('tells wholes, sides, halves, zones and absent targets apart', async () => {
    const pairs = [[{}, LEFT, TOP_LEFT, NOT_TOP, NO_LUNG]];
    const idOf = async (wording: Wording) => (await ask(wording, pairs)).map(({ id, whole }) => [id, whole]);
    expect(await idOf(polyp('whole'))).toEqual([['made/0:q1w1', true]]);
    expect(await idOf(polyp('left'))).toEqual([['made/0:q2w1', false]]);
    expect(await idOf(polyp('top-left'))).toEqual([['made/0:q3w1', false]]);
    expect(await idOf(polyp('top'))).toEqual([['made/0:q4w1', false]]);
    expect(await idOf({ target: 'lung', asks: 'absent', question: 'lungs?' })).toEqual([
      ['made/0:q5w1', false],
    ]);
  });

  it('draws as many pictures as were asked for, by the seed', async () => {
    const pairs = Array.from({ length: 12 }, () => [{}]);
    const ids = async (seed: number) => (await ask(polyp('whole'), pairs, 3, seed)).map(({ id }) => id);
    expect(await ids(1)).toHaveLength(3);
    expect(await ids(1)).toEqual(await ids(1));
    expect(await ids(1)).not.toEqual(await ids(2));
  });

  it('names a wording that fits no picture', async () => {
    await expect(ask(polyp('right'), [[{}, LEFT]])).rejects.toThrow(
      'no picture fits "growth?" (polyp, right)',
    );
  });
});

describe('parseWordings', () => {
  it('reads the hundred of ours', async () => {
    const file = fileURLToPath(new URL('../../data/free-wordings.csv', import.meta.url));
    const wordings = parseWordings(await readFile(file, 'utf8'), 'free-wordings.csv');
    expect(wordings).toHaveLength(100);
    expect(new Set(wordings.map(({ question }) => question)).size).toBe(100);
    expect(wordings[0]).toEqual({
      target: 'brain tumour',
      asks: 'whole',
      question: 'Can you outline the brain tumour on this MRI slice?',
    });
  });

  it.each([
    ['target,asks,question\n', 'w.csv: it has no rows'],
    ['target,asks,question\npolyp,whole,\n', 'w.csv: row 2: it has no question'],
    ['target,asks,question\npolyp,corner,Where?\n', 'w.csv: row 2: "corner" is nothing to ask for'],
    ['target,question\npolyp,Where?\n', 'w.csv: row 2: it has no asks'],
    ['target,asks,question\npolyp,"whole\n', 'w.csv: it is no well-formed CSV'],
  ])('says what is wrong with %j', (csv, message) => {
    expect(() => parseWordings(csv, 'w.csv')).toThrow(message);
  });
});
