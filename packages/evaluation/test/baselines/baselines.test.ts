import { type Mask, maskOfProbabilities, ZONES } from '@prs-med/imaging';
import type { DatasetImage } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import { type Answer, type BlindBaseline, blindAnswerer, learnTrainingSet } from '../../src/index.js';
import { boxes, HEIGHT, type MadePair, madeImage, WIDTH } from '../ask/made-images.js';

/** An image of the training split whose answers name these zones. */
function trainingImage(
  name: string,
  zones: readonly (typeof ZONES)[number][],
  {
    mask = boxes([0, 0, 4, 4]),
    modality = 'endoscopy',
    ...pair
  }: MadePair & { mask?: Mask; modality?: string } = {},
): DatasetImage {
  const pairs = zones.map((zone) => ({ zones: [zone], answer: `It is in the ${zone}.`, ...pair }));
  return madeImage(name, { polyp: mask }, pairs, { split: 'train', modality });
}

const asked = (images: readonly DatasetImage[]) =>
  images.map(({ image, pairs }) => ({
    image,
    pairs,
    picture: async () => {
      throw new Error('a baseline does not look');
    },
  }));

async function answersOf(
  name: BlindBaseline,
  training: readonly DatasetImage[],
  images: readonly DatasetImage[],
  seed = 0,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const answerer = blindAnswerer(name, await learnTrainingSet(training, true), seed);
  expect(answerer.subject).toEqual({ kind: 'baseline', name });
  await answerer.answer(asked(images), new AbortController().signal, async (_, answer) => {
    answers.push(answer);
  });
  return answers;
}

const maskOf = ({ map }: Answer): Mask =>
  maskOfProbabilities({ ...map!, data: Float32Array.from(map!.data) });

describe('learnTrainingSet', () => {
  it('learns from the training split alone, without what a panel turned down', async () => {
    const images = [
      trainingImage('a', ['top-left']),
      trainingImage('b', ['center'], { status: 'rejected' }),
      { ...madeImage('c', {}, [{}]) },
    ];
    const { answers } = await learnTrainingSet(images, false);
    expect(answers).toEqual([
      { modality: 'endoscopy', answer: 'It is in the top-left.', zones: ['top-left'] },
    ]);
  });

  it('keeps a sample of many answers, drawn from all of them', async () => {
    const images = Array.from({ length: 6000 }, (_, i) =>
      trainingImage(`${i}`, ['center'], { answer: `${i}` }),
    );
    const { answers } = await learnTrainingSet(images, false);
    const numbers = answers.map(({ answer }) => Number(answer));
    expect(new Set(numbers).size).toBe(5000);
    // About a sixth of the last thousand is left out, as of all others.
    const late = numbers.filter((number) => number >= 5000).length;
    expect(late).toBeGreaterThan(780);
    expect(late).toBeLessThan(890);
    expect((await learnTrainingSet(images, false)).answers).toEqual(answers);
  });

  it('averages the masks of a kind of target', async () => {
    const half = boxes([0, 0, WIDTH / 2, HEIGHT]);
    const training = await learnTrainingSet(
      [
        trainingImage('a', [], { mask: half }),
        trainingImage('b', [], { mask: half }),
        trainingImage('c', [], { mask: boxes([0, 0, WIDTH, HEIGHT]) }),
        trainingImage('d', [], { mask: boxes() }),
      ],
      true,
    );
    const mean = training.meanMask('endoscopy', 'polyp')!;
    expect([mean.width, mean.height]).toEqual([64, 64]);
    expect(mean.data[0]).toBeCloseTo(0.75);
    expect(mean.data.at(-1)).toBeCloseTo(0.25);
    expect(training.meanMask('mri', 'polyp')).toBeNull();
    expect(
      (await learnTrainingSet([trainingImage('a', [])], false)).meanMask('endoscopy', 'polyp'),
    ).toBeNull();
  });
});

describe('blindAnswerer', () => {
  const training = [
    trainingImage('a', ['top-right', 'top-right', 'center']),
    trainingImage('b', ['center', 'center', 'bottom-left'], { modality: 'mri' }),
  ];

  it("constant: says the modality's commonest zone, and draws all of it", async () => {
    const images = ['endoscopy', 'mri', 'ct'].map((modality) =>
      madeImage(modality, {}, [{}, { target: 'lung' }], { modality }),
    );
    const answers = await answersOf('constant', training, images);
    // No answer of the training set is about CT; of all together three name the center.
    expect(answers.map(({ zones }) => zones)).toEqual(
      ['top-right', 'top-right', 'center', 'center', 'center', 'center'].map((zone) => [zone]),
    );
    expect(answers[0]).toMatchObject({
      text: 'It is in the top-right of the image.',
      present: true,
      presence: null,
      milliseconds: 0,
    });
    expect(maskOf(answers[0]!)).toEqual(boxes([WIDTH / 2, 0, WIDTH / 2, HEIGHT / 2]));
    expect(maskOf(answers[2]!)).toEqual(boxes([WIDTH / 4, 8, WIDTH / 2, 14]));
  });

  it('random: draws a zone for each pair by the seed', async () => {
    const images = [
      madeImage(
        'a',
        {},
        Array.from({ length: 500 }, () => ({})),
      ),
    ];
    const zonesOf = async (seed: number) =>
      (await answersOf('random', [], images, seed)).map(({ zones }) => zones[0]!);
    const zones = await zonesOf(1);
    for (const zone of ZONES) {
      const share = zones.filter((other) => other === zone).length / zones.length;
      expect(share).toBeGreaterThan(0.14);
      expect(share).toBeLessThan(0.26);
    }
    expect(await zonesOf(1)).toEqual(zones);
    expect(await zonesOf(2)).not.toEqual(zones);
  });

  it('mean-mask: draws the mean mask of the target, and says where it is', async () => {
    const corner = boxes([0, HEIGHT / 2, WIDTH / 4, HEIGHT / 2]);
    const seen = ['a', 'b', 'c'].map((name) => trainingImage(name, ['center'], { mask: corner }));
    const images = [madeImage('x', {}, [{ target: 'polyp' }, { target: 'lung' }])];
    const [polyp, lung] = await answersOf('mean-mask', seen, images);
    expect(polyp).toMatchObject({ text: 'It is in the bottom-left of the image.', present: true });
    expect(maskOf(polyp!)).toEqual(corner);
    expect(lung).toMatchObject({ text: 'No, there is none.', present: false, zones: [] });
    expect(maskOf(lung!)).toEqual(boxes());
  });

  it('mean-mask: denies where no place is covered in half of the masks', async () => {
    const quarters = [boxes([0, 0, 10, 10]), boxes([20, 0, 10, 10]), boxes([0, 20, 10, 10])].map((mask, i) =>
      trainingImage(`${i}`, [], { mask }),
    );
    const [answer] = await answersOf('mean-mask', quarters, [madeImage('x', {}, [{ target: 'polyp' }])]);
    expect(answer).toMatchObject({ text: 'No, there is none.', present: false });
    expect(Math.max(...answer!.map!.data)).toBeCloseTo(1 / 3);
  });
});
