import type { Mask } from '@prs-med/imaging';
import type { Pair } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import { movePair } from '../../src/data/moved-pair.js';
import { maskOf, type Rectangle } from './made-folder.js';

const SIZE = 64;
const STILL = { sides: false, halves: false };

const square = (...rectangles: Rectangle[]): Mask => maskOf(SIZE, SIZE, rectangles);

const lesions = (mask: Mask) => [{ id: 'a', target: 'polyp', mask }];

const LEFT: Rectangle = [6, 6, 16, 12];
const RIGHT: Rectangle = [42, 6, 16, 12];

function refer(zone: 'top-left' | 'top-right', truth: string): Pair {
  const words = zone.replace('top-', 'upper ');
  return {
    kind: 'refer-zone',
    template: 'made',
    question: `Segment the polyp in the ${words} of the image.`,
    answer: `The polyp is in the ${zone} of the image.`,
    laterality: 'image',
    target: 'polyp',
    asked: { zones: [zone], side: null, all: false },
    zones: [zone],
    truth: [truth],
  };
}

describe('a pair in a moved picture', () => {
  it('stays as it is where nothing moved', () => {
    const pair = refer('top-left', 'a#1');
    expect(movePair(pair, 'endoscopy', lesions(square(LEFT, RIGHT)), square(LEFT), STILL)).toEqual(pair);
  });

  it('has its words and its region turned over', () => {
    const moved = movePair(
      refer('top-left', 'a#1'),
      'endoscopy',
      lesions(square(LEFT, RIGHT)),
      square(RIGHT),
      {
        sides: true,
        halves: false,
      },
    );
    expect(moved).toEqual(refer('top-right', 'a#2'));
  });

  it('has top and bottom turned over', () => {
    const low: Rectangle = [6, 46, 16, 12];
    const moved = movePair(refer('top-left', 'a#1'), 'endoscopy', lesions(square(low)), square(low), {
      sides: false,
      halves: true,
    });
    expect(moved!.question).toBe('Segment the polyp in the lower left of the image.');
    expect(moved!.zones).toEqual(['bottom-left']);
    expect(moved!.asked.zones).toEqual(['bottom-left']);
  });

  it.each([
    ['came to lie in another zone', square([28, 28, 12, 12]), square([28, 28, 12, 12])],
    ['left the picture', square(RIGHT), square()],
    ['grew together with another', square([6, 6, 52, 12]), square(LEFT)],
  ])('is no longer true when the region %s', (_, mask, truth) => {
    expect(movePair(refer('top-left', 'a#1'), 'endoscopy', lesions(mask), truth, STILL)).toBeNull();
  });

  it('about what is not there stays true as long as it is not there', () => {
    const absent: Pair = {
      ...refer('top-right', 'a#1'),
      kind: 'absent-zone',
      answer: 'No, there is no polyp in the upper right of the image.',
      zones: [],
      truth: [],
    };
    expect(movePair(absent, 'endoscopy', lesions(square(LEFT)), square(), STILL)).toEqual(absent);
    expect(movePair(absent, 'endoscopy', lesions(square(LEFT, RIGHT)), square(), STILL)).toBeNull();
  });
});
