import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mirrorHalves } from '../../src/language/mirror-halves.js';
import { parseZones, zoneWords } from '../../src/language/zone-language.js';

describe('a text turned upside down', () => {
  it('names the other half in the same case', () => {
    expect(mirrorHalves('Upper left, BOTTOM; the topmost is above. Stop on the stopper.')).toBe(
      'Lower left, TOP; the bottommost is below. Stop on the stopper.',
    );
  });

  it('comes back when it is turned twice', () => {
    const words = fc.constantFrom(
      'the',
      'Upper',
      'lower',
      'TOP',
      'bottom',
      'superior',
      'Inferior',
      'below',
      'above',
      'left',
    );
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        const text = parts.join(' ');
        expect(mirrorHalves(mirrorHalves(text))).toBe(text);
      }),
    );
  });

  it('parses to the zone above or below', () => {
    for (const [zone, phrases] of Object.entries(zoneWords)) {
      const other = mirrorHalves(zone);
      for (const phrase of phrases) {
        expect(parseZones(mirrorHalves(`It is in the ${phrase} of the image.`)).zones, phrase).toEqual([
          other,
        ]);
      }
    }
  });
});
