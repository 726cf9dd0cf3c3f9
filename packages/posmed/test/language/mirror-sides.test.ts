import { readFileSync } from 'node:fs';
import { ZONES } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mirrorSides } from '../../src/language/mirror-sides.js';
import { type NamedPlaces, type ParsedSentence, parseSentence } from '../../src/language/sentence.js';
import { zoneWords } from '../../src/language/zone-language.js';
import { turnSide, turnZone } from '../../src/position/laterality.js';

const corpus: Record<string, { text: string }[]> = JSON.parse(
  readFileSync(new URL('./corpus.json', import.meta.url), 'utf8'),
);

function mirrorPlaces({ zones, sides, halves }: NamedPlaces): NamedPlaces {
  const turned = zones.map(turnZone);
  return {
    zones: ZONES.filter((zone) => turned.includes(zone)),
    sides: (['left', 'right'] as const).filter((side) => sides.map(turnSide).includes(side)),
    halves,
  };
}

function mirrorParsed(parsed: ParsedSentence): ParsedSentence {
  const turn = <Name extends string | null>(name: Name): Name =>
    (name?.replace(/left|right/, (side) => (side === 'left' ? 'right' : 'left')) ?? null) as Name;
  return {
    ...parsed,
    ...mirrorPlaces(parsed),
    denied: mirrorPlaces(parsed.denied),
    relations: parsed.relations.map(({ subject, relation, object }) => ({
      subject: turn(subject),
      relation: turn(relation),
      object: turn(object),
    })),
  };
}

describe('mirrorSides', () => {
  it.each([
    ['The polyp is in the top-left of the image.', 'The polyp is in the top-right of the image.'],
    ['LEFT lung, Right lung, leftmost, right-sided', 'RIGHT lung, Left lung, rightmost, left-sided'],
    ['a leftward shift on the right-hand side', 'a rightward shift on the left-hand side'],
    ['topleft and lowerright', 'topright and lowerleft'],
    ['RUQ mass, LLL opacity', 'LUQ mass, RLL opacity'],
    [
      "to the left of the larger one, on the patient's right",
      "to the right of the larger one, on the patient's left",
    ],
    ['right, left or bilateral', 'left, right or bilateral'],
  ])('turns "%s"', (text, mirrored) => {
    expect(mirrorSides(text)).toBe(mirrored);
  });

  it.each([
    'That is right.',
    'It is right here.',
    'All right, it is in the center.',
    'Right in the middle of the image.',
    'What is left of it?',
    'The right answer is a bright spot.',
    'The lesion was left untreated.',
    'in the center of the image',
  ])('leaves "%s"', (text) => {
    expect(mirrorSides(text)).toBe(text);
  });

  it('gives any text back when applied twice', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'left',
        'right',
        'Left',
        'RIGHT',
        'leFt',
        'leftmost',
        'topright',
        'RUQ',
        'lfet',
        'rigth',
      ),
      fc.constantFrom(
        'the',
        'is',
        'that',
        'upper',
        'here',
        'in',
        'of',
        'next',
        'what',
        'answer',
        'over',
        'all',
      ),
      fc.constantFrom(' ', ' ', ' ', ', ', '. ', '-', '?', "'s "),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        expect(mirrorSides(mirrorSides(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('turns what the parser reads, in every sentence of the corpus', () => {
    for (const { text } of Object.values(corpus).flat()) {
      expect(parseSentence(mirrorSides(text)), text).toEqual(mirrorParsed(parseSentence(text)));
    }
  });

  it('turns what the parser reads, for all words of all zones', () => {
    for (const zone of ZONES) {
      for (const place of zoneWords[zone]) {
        const text = `The larger polyp is in the ${place} of the image, not on the left side.`;
        const { zones, denied } = parseSentence(mirrorSides(text));
        expect({ zones, denied: denied.sides }, text).toEqual({ zones: [turnZone(zone)], denied: ['right'] });
      }
    }
  });
});
