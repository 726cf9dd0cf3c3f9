import { readFileSync } from 'node:fs';
import { ZONES, type Zone } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSentence } from '../../src/language/sentence.js';
import { parseZones, zoneWords } from '../../src/language/zone-language.js';

/** Every word of the corpus, and the marks between them. */
const corpusWords = [
  ...new Set(
    readFileSync(new URL('./corpus.json', import.meta.url), 'utf8').match(/[a-z']+|[^\sa-z"]/gi) ?? [],
  ),
];

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

  it('reads any text without failing, made of words that it knows or not', () => {
    const piece = fc.oneof(
      fc.constantFrom(...corpusWords),
      fc.constantFrom('except', '(a)', 'ﬁ', 'İ', '’', '—', '\n'),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom(' ', ', '), (pieces, between) => {
        const { zones } = parseZones(pieces.join(between));
        expect(ZONES.filter((zone) => zones.includes(zone))).toEqual(zones);
      }),
      { numRuns: 3000 },
    );
  });
});

/** What {place} can stand in, and what is said of it. */
const STATEMENTS = [
  'It is in the {place} of the image.',
  'The polyp is located in the {place}.',
  'Yes, there is a breast tumour in the {place} of the ultrasound image.',
  'The {place} contains the lesion.',
  'In this MRI scan, the tumor can be seen in the {place}',
  'I see three infected areas in the {place} of the CT slice.',
  '**Answer:** the {place} of the frame.',
  'The mask covers the lung in the {place}, about 12 % of the image.',
  'Sure! The mole sits in the {place} of the photo; no other lesion is visible.',
  'Findings: mass, {place}. Impression: none.',
] as const;
const DENIALS = [
  'No, there is no polyp in the {place} of the image.',
  'No lesion is visible in the {place}.',
  'The {place} of the scan does not show a tumour.',
  "I can't see any infection in the {place}.",
  'There is nothing suspicious in the {place} of this X-ray.',
  'The {place} is free of polyps.',
] as const;
const QUESTIONS = [
  'Is there a polyp in the {place} of the image?',
  'Segment the tumour in the {place}.',
  'Please outline the lesion in the {place} of the scan',
  'Does the {place} contain a mass?',
  'What about the infection in the {place}?',
  'only the mole in the {place}, pls',
] as const;

const NONE = { zones: [], sides: [], halves: [] };

/** A place of a zone in any of its words, as people write it. */
const placeOf = fc
  .constantFrom(...ZONES)
  .chain((zone) =>
    fc.record({
      zone: fc.constant(zone),
      place: fc.constantFrom(...zoneWords[zone]),
      write: fc.constantFrom<(text: string) => string>(
        (text) => text,
        (text) => text.toUpperCase(),
        (text) => text.replaceAll(' ', '  '),
        (text) => text.replaceAll('-', ' '),
        (text) => text.replaceAll('-', '/'),
      ),
    }),
  )
  .map(({ zone, place, write }) => ({ zone, place: write(place) }));

describe('zoneWords', () => {
  const fill = (template: string, place: string) => template.replace('{place}', place);

  it.each(ZONES)('has words enough for the %s, all of which are read back in any sentence', (zone) => {
    expect(new Set(zoneWords[zone]).size).toBeGreaterThanOrEqual(11);
    for (const place of zoneWords[zone]) {
      for (const template of STATEMENTS) {
        const text = fill(template, place);
        expect(pick(text), text).toEqual({
          zones: [zone],
          sides: [],
          halves: [],
          denied: NONE,
          presence: 'yes',
        });
      }
      for (const template of DENIALS) {
        const text = fill(template, place);
        const denied = { ...NONE, zones: [zone] };
        expect(pick(text), text).toEqual({ ...NONE, denied, presence: 'no' });
      }
      for (const template of QUESTIONS) {
        const text = fill(template, place);
        expect(pick(text), text).toEqual({
          zones: [zone],
          sides: [],
          halves: [],
          denied: NONE,
          presence: null,
        });
      }
    }
  });

  it('are read in pairs, in capitals and with other marks', () => {
    fc.assert(
      fc.property(placeOf, placeOf, (first, second) => {
        const zones = ZONES.filter((zone) => zone === first.zone || zone === second.zone);
        const said = `There is one polyp in the ${first.place} and one in the ${second.place} of the image.`;
        expect(parseZones(said), said).toEqual({ zones, negated: false });
        if (first.zone === second.zone) return;
        const turned = `The polyp is not in the ${first.place} but in the ${second.place}.`;
        const expected: Zone[] = [second.zone];
        expect(parseZones(turned), turned).toEqual({ zones: expected, negated: false });
      }),
      { numRuns: 500 },
    );
  });

  function pick(text: string) {
    const { zones, sides, halves, denied, presence } = parseSentence(text);
    return { zones, sides, halves, denied, presence };
  }
});
