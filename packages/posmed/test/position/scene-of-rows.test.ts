import fc from 'fast-check';
import { expect, it } from 'vitest';
import { targetRow } from '../../src/dataset/schema.js';
import { describeTarget } from '../../src/position/describe-target.js';
import { encodeRle } from '../../src/position/rle.js';
import { rowOfTarget, sceneOfRows } from '../../src/position/scene-of-rows.js';
import { masks } from './masks.js';

it('gives a scene back from the rows that it was written to', () => {
  fc.assert(
    fc.property(masks, (mask) => {
      const { width, height } = mask;
      const targets = [describeTarget('a:1', 'lung', mask), describeTarget('a:2', 'lung infection', mask)];
      const rle = encodeRle(mask);
      const rows = targets.map((target) => rowOfTarget(target, { image: 'a', maskFile: null, rle }));
      for (const row of rows) expect(targetRow.parse(row)).toEqual(row);
      const scene = sceneOfRows({ modality: 'ct', width, height }, rows);
      expect(scene).toEqual({ modality: 'ct', width, height, targets });
    }),
  );
});
