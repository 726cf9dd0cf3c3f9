import { createRandom, parseSentence } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import { loosenQuestion } from '../../src/data/loosen-question.js';

const QUESTION = 'Is there a polyp in the upper left of the image?';

describe('a loosened question', () => {
  it('comes in a few forms and asks for the same place', () => {
    const forms = new Set(
      Array.from({ length: 300 }, (_, i) => loosenQuestion(QUESTION, createRandom(1, 'q', i))),
    );
    expect(forms).toEqual(
      new Set([
        QUESTION,
        'Is there a polyp in the upper left?',
        'is there a polyp in the upper left of the image',
        'is there a polyp in the upper left',
      ]),
    );
    for (const form of forms) expect(parseSentence(form).zones, form).toEqual(['top-left']);
  });

  it('keeps a capital that is a name', () => {
    const forms = Array.from({ length: 100 }, (_, i) =>
      loosenQuestion('MRI: where is it?', createRandom(1, 'q', i)),
    );
    expect(forms.every((form) => form.startsWith('MRI'))).toBe(true);
  });
});
