import { describe, expect, it } from 'vitest';
import { scoreImage } from '../../src/segmentation/score-image.js';
import { summarizeImage, summarizeSegmentation } from '../../src/segmentation/summarize.js';
import { goldenPairs, goldenSegmentation } from '../golden.js';

const TOLERANCE = 1e-4;

describe('the published figures', () => {
  it('agree with the reference for every picture', async () => {
    const { per_image } = goldenSegmentation();
    const pairs = await goldenPairs();
    expect(pairs.length).toBe(24);
    pairs.forEach(({ prediction, truth }, i) => {
      const score = scoreImage(prediction, truth);
      const ours: Record<string, number> = {
        ...summarizeImage(score),
        Sm: score.structureMeasure,
        wFm: score.weightedFMeasure,
        mae: score.meanAbsoluteError,
      };
      expect(Object.keys(per_image[i]!).length).toBe(6);
      for (const [name, value] of Object.entries(per_image[i]!)) {
        expect(Math.abs(ours[name]! - value), `${name} of picture ${i}`).toBeLessThan(TOLERANCE);
      }
    });
  });

  it('agree with the reference over all pictures', async () => {
    const { dataset } = goldenSegmentation();
    const pairs = await goldenPairs();
    const summary: Record<string, unknown> = {
      ...summarizeSegmentation(pairs.map(({ prediction, truth }) => scoreImage(prediction, truth))),
    };
    expect(Object.keys(dataset).length).toBe(13);
    for (const [name, value] of Object.entries(dataset)) {
      expect(Math.abs((summary[name] as number) - value), name).toBeLessThan(TOLERANCE);
    }
  });

  it('change when maps are stretched, and only then', async () => {
    const pairs = await goldenPairs();
    const narrow = pairs.find(({ prediction: { data } }) => {
      const range = Math.max(...data) - Math.min(...data);
      return range > 0 && range < 255;
    })!;
    const plain = scoreImage(narrow.prediction, narrow.truth);
    const stretched = scoreImage(narrow.prediction, narrow.truth, { releasedNormalisation: true });
    expect(stretched.meanAbsoluteError).not.toBe(plain.meanAbsoluteError);
    expect(stretched.dice).toBe(plain.dice);
  });
});
