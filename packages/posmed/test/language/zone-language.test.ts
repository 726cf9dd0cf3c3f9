import { ZONES } from '@prs-med/imaging';
import { describe, expect, it } from 'vitest';
import { parseZones, zoneWords } from '../../src/language/zone-language.js';

describe('parseZones', () => {
  it.each([
    ['The polyp is in the top-left of the image.', ['top-left']],
    ['It lies in the upper-left quadrant.', ['top-left']],
    ['right upper', ['top-right']],
    ['The lesion sits towards the middle.', ['center']],
    ['Centrally located mass.', ['center']],
    ['The upper part of the image, on the left.', ['top-left']],
    ['On the left side, near the bottom.', ['bottom-left']],
    ['superior right portion', ['top-right']],
    ['INFERIOR LEFT', ['bottom-left']],
    ['One is top left and one is bottom right.', ['top-left', 'bottom-right']],
    ['It covers the top left and right of the image.', ['top-left', 'top-right']],
    ['The left lung is in the bottom-right of the image.', ['bottom-right']],
    ['The tumour on the left is in the center of the image.', ['center']],
    ['It is in the top-left, near the center of the image.', ['top-left']],
    ['Near the center of the image.', ['center']],
    ['The polyp is in the top-left; no other lesion is seen.', ['top-left']],
    ['The polyp is visible.', []],
    ['The left lung is seen.', []],
    ['', []],
  ])('reads "%s"', (answer, zones) => {
    expect(parseZones(answer)).toEqual({ zones, negated: false });
  });

  it.each([
    ['No, there is no polyp in the top-left of the image.', []],
    ['No polyp is seen in the center.', []],
    ["There isn't a tumour in the lower right.", []],
    ['There is none.', []],
    ['The image does not show a lesion in the upper left.', []],
    ['No, it is in the bottom-right of the image.', ['bottom-right']],
    ['No, not in the top left, but in the center.', ['center']],
  ])('takes "%s" for a denial', (answer, zones) => {
    expect(parseZones(answer)).toEqual({ zones, negated: true });
  });

  it('reads back every word for every zone', () => {
    for (const zone of ZONES) {
      expect(zoneWords[zone].length).toBeGreaterThan(10);
      for (const words of zoneWords[zone]) {
        expect(parseZones(`It is in the ${words} of the image.`)).toEqual({ zones: [zone], negated: false });
      }
    }
  });
});
