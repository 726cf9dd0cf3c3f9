import { createRandom } from '@prs-med/posmed';
import { expect, it } from 'vitest';
import { makePicture } from '../../src/data/made-picture.js';

it('the same stream draws the same picture, and others draw others', () => {
  const draw = (index: number) => makePicture(createRandom(1, 'made', index));
  expect(draw(3)).toEqual(draw(3));
  const distinct = new Set(
    Array.from({ length: 30 }, (_, i) => Buffer.from(draw(i).data).toString('base64')),
  );
  // Plain ones may repeat.
  expect(distinct.size).toBeGreaterThan(25);
});

it('draws every kind from plain to many colours', () => {
  const colours = Array.from({ length: 60 }, (_, i) => {
    const { data, width, height, channels } = makePicture(createRandom(2, 'made', i));
    expect(data.length).toBe(width * height * channels);
    const seen = new Set<number>();
    for (let at = 0; at < data.length; at += 3)
      seen.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
    return seen.size;
  });
  expect(Math.min(...colours)).toBe(1);
  expect(colours.filter((count) => count > 1 && count < 30).length).toBeGreaterThan(3);
  expect(colours.filter((count) => count > 1000).length).toBeGreaterThan(10);
});
