import { describe, expect, it } from 'vitest';
import { parseSentence } from '../../src/language/sentence.js';

describe('whose sides', () => {
  it.each([
    ['Segment the left lung.', 'image', null, ['left']],
    ['Segment the left lung.', 'patient', null, ['right']],
    ['Segment the left lung in this image.', 'patient', 'image', ['left']],
    ["Segment the patient's left lung in this image.", 'image', 'patient', ['right']],
    ["It is on the patient's left. It is on the left.", 'image', 'patient', ['left', 'right']],
    ["The patient's right lung, on the left of the film.", 'image', 'patient', ['left']],
    ['The lung on the left of the film, the right one of the patient.', 'image', 'image', ['left']],
    ['The image of the patient shows it on the right.', 'image', 'image', ['right']],
    ["On the image's left side.", 'patient', 'image', ['left']],
  ] as const)('of "%s" as the %s means them', (text, laterality, reference, sides) => {
    const parsed = parseSentence(text, laterality);
    expect({ reference: parsed.reference, sides: parsed.sides }).toEqual({ reference, sides });
  });

  it("turns corners, denied ones and relations to the picture's sides", () => {
    const parsed = parseSentence(
      "The larger one is to the left of the smaller, in the patient's upper left and not in the lower right.",
      'patient',
    );
    expect(parsed.relations).toEqual([{ subject: 'larger', relation: 'right-of', object: 'smaller' }]);
    expect(parsed.zones).toEqual(['top-right']);
    expect(parsed.denied.zones).toEqual(['bottom-left']);
  });
});
