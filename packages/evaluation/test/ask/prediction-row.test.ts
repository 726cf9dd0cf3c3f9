import type { DatasetImage } from '@prs-med/posmed';
import { decodeRle } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import { type Answer, makePredictionRow, predictionRow } from '../../src/index.js';
import { boxes, HEIGHT, madeImage, WIDTH } from './made-images.js';

const LEFT = [2, 2, 8, 20] as const;
const RIGHT = [28, 2, 8, 20] as const;
const SPOT = [3, 4, 2, 2] as const;

const image = madeImage('a', { lung: boxes(LEFT, RIGHT), 'lung infection': boxes(SPOT) }, [
  { kind: 'refer-side', targets: ['made/a:lung#2'], askedSide: 'right', askedAll: false },
  { targets: ['made/a:lung'] },
  { kind: 'absent-zone', targets: [], zones: [], askedZones: ['center'], askedAll: false },
  { kind: 'absent-target', target: 'polyp', targets: [], zones: [] },
]);

const answer: Answer = {
  text: 'On the right.',
  present: true,
  presence: 0.75,
  zones: ['top-right'],
  map: null,
  milliseconds: 12.345,
};

const rowOf = (number: number, from: DatasetImage = image) =>
  makePredictionRow(from, { pair: from.pairs[number - 1]!, whole: number === 2 }, answer, {
    file: '../data/a.png',
    mask: null,
  });

const masksOf = (number: number) => {
  const { truth, rest } = rowOf(number);
  return [truth, rest].map((rle) => decodeRle(rle, WIDTH, HEIGHT));
};

describe('makePredictionRow', () => {
  it('keeps the pair, its picture and its answer', () => {
    const row = rowOf(2);
    expect(predictionRow.parse(JSON.parse(JSON.stringify(row)))).toEqual(row);
    expect(row).toMatchObject({
      id: 'made/a:q2',
      image: 'made/a',
      file: '../data/a.png',
      group: 'made:a',
      modality: 'endoscopy',
      target: 'lung',
      kind: 'where',
      whole: true,
      width: WIDTH,
      height: HEIGHT,
      question: 'Where is it?',
      answer: 'It is in the top-left of the image.',
      zones: ['top-left'],
      prediction: 'On the right.',
      predictedPresent: true,
      presence: 0.75,
      predictedZones: ['top-right'],
      mask: null,
      milliseconds: 12.3,
    });
  });

  it('tells what is right from the rest of the target, and leaves other targets out', () => {
    expect(masksOf(1)).toEqual([boxes(RIGHT), boxes(LEFT)]);
    expect(masksOf(2)).toEqual([boxes(LEFT, RIGHT), boxes()]);
  });

  it('takes all of a target that is not where it was asked for as the rest', () => {
    expect(masksOf(3)).toEqual([boxes(), boxes(LEFT, RIGHT)]);
    expect(masksOf(4)).toEqual([boxes(), boxes()]);
  });
});
