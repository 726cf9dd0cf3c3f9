import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROMPT_VERSION, promptFor, SYSTEM_PROMPT } from '../../src/generate/openai-prompt.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
import type { Pair } from '../../src/pair.js';
import type { Laterality } from '../../src/position/places.js';
import { draftPairs } from '../../src/questions/draft-pairs.js';
import { createRandom } from '../../src/random.js';
import type { Scene } from '../../src/scene.js';
import { LUNGS, sceneOf, scenes } from '../questions/made-scene.js';

const bank = await readTemplateBank();

function requestFor(scene: Scene, laterality: Laterality, seed = 1) {
  const random = createRandom(seed, 'prompt', 0);
  const drafts = draftPairs(scene, { bank, perImage: 40, use: 'train', laterality, random });
  const request = { image: 'secret-clinic/patient-7', scene, drafts };
  return { drafts, prompt: promptFor(request) };
}

const made = (changes: Partial<Pair>): Pair => ({
  kind: 'where',
  template: 'where-1',
  question: '',
  answer: '',
  laterality: 'image',
  target: 'polyp',
  asked: { zones: [], side: null, all: true },
  zones: [],
  truth: ['made:polyp'],
  ...changes,
});

interface Sent {
  picture: string;
  sides: string;
  drafts: { id: number; question: string; answer: string; facts: Record<string, unknown> }[];
}

describe('promptFor', () => {
  it('has another version when the system prompt is another', () => {
    const sha256 = createHash('sha256').update(SYSTEM_PROMPT).digest('hex');
    expect([PROMPT_VERSION, sha256.slice(0, 16)]).toEqual([1, '85e0651742a45c60']);
  });

  it('sends drafts with the facts that may be said', () => {
    const scene = sceneOf('endoscopy', {
      polyp: [
        [4, 4, 20, 20],
        [4, 30, 1, 1],
      ],
    });
    const drafts = [
      made({ question: 'Where is the polyp?', answer: 'In the top-left of the image.', zones: ['top-left'] }),
      made({
        question: 'Is there a polyp on the right of the image?',
        answer: 'No.',
        asked: { zones: [], side: 'right', all: false },
        truth: [],
      }),
    ];
    const { user } = promptFor({ image: 'a', scene, drafts });
    expect(JSON.parse(user)).toEqual({
      picture: 'endoscopy',
      sides: 'picture',
      drafts: [
        {
          id: 1,
          question: 'Where is the polyp?',
          answer: 'In the top-left of the image.',
          // The other region is a speck.
          facts: { target: 'polyp', present: true, regions: 1, zones: ['top-left'] },
        },
        {
          id: 2,
          question: 'Is there a polyp on the right of the image?',
          answer: 'No.',
          facts: { target: 'polyp', present: false, side: 'right' },
        },
      ],
    });
  });

  it("speaks of places as the sentences do, which may be the patient's", () => {
    const scene = sceneOf('x-ray', { lung: LUNGS });
    const draft = made({
      question: "Where is the patient's left lung?",
      answer: "In the upper part of the patient's left side.",
      laterality: 'patient',
      target: 'lung',
      asked: { zones: [], side: 'right', all: false },
      zones: ['top-right', 'center'],
      truth: ['made:lung#2'],
    });
    const sent = JSON.parse(promptFor({ image: 'a', scene, drafts: [draft] }).user) as Sent;
    expect(sent.sides).toBe('patient');
    expect(sent.drafts[0]!.facts).toEqual({
      target: 'lung',
      present: true,
      regions: 1,
      zones: ['top-left', 'center'],
      side: 'left',
    });
  });

  it('names no picture and no diagnosis, whatever the scene', () => {
    fc.assert(
      fc.property(
        scenes,
        fc.constantFrom<Laterality>('image', 'patient'),
        fc.nat(),
        (scene, laterality, seed) => {
          const { drafts, prompt } = requestFor(scene, laterality, seed);
          expect(prompt.user).not.toMatch(/secret|patient-7|made:|benign|malignan|cancer/i);
          expect((JSON.parse(prompt.user) as Sent).drafts).toHaveLength(drafts.length);
        },
      ),
      { numRuns: 25 },
    );
  });
});
