import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROMPT_VERSION, promptFor, SYSTEM_PROMPT } from '../../src/generate/openai-prompt.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
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
    const scene = sceneOf('endoscopy', { polyp: [[4, 4, 20, 20]] });
    const { drafts, prompt } = requestFor(scene, 'image');
    const sent = JSON.parse(prompt.user) as Sent;
    expect(sent).toMatchObject({ picture: 'endoscopy', sides: 'picture' });
    expect(sent.drafts.map(({ question, answer }) => ({ question, answer }))).toEqual(
      drafts.map(({ question, answer }) => ({ question, answer })),
    );
    expect(sent.drafts.map(({ id }) => id)).toEqual(drafts.map((_, at) => at + 1));
    const factsOf = (kind: string) => sent.drafts[drafts.findIndex((draft) => draft.kind === kind)]?.facts;
    expect(factsOf('where')).toEqual({ target: 'polyp', present: true, regions: 1, zones: ['top-left'] });
    expect(factsOf('absent-target')).toMatchObject({ present: false });
    expect(factsOf('absent-zone')).toMatchObject({ target: 'polyp', present: false });
  });

  it("speaks of places as the sentences do, which may be the patient's", () => {
    const scene = sceneOf('x-ray', { lung: LUNGS });
    const { drafts, prompt } = requestFor(scene, 'patient');
    const sent = JSON.parse(prompt.user) as Sent;
    expect(sent.sides).toBe('patient');
    const sided = drafts.flatMap((draft, at) =>
      draft.kind === 'refer-side' ? [[draft, sent.drafts[at]!.facts] as const] : [],
    );
    expect(sided.length).toBeGreaterThan(0);
    for (const [draft, facts] of sided) {
      const other = draft.asked.side === 'left' ? 'right' : 'left';
      expect(facts).toMatchObject({ side: other, regions: 1 });
      expect(draft.question.toLowerCase()).toContain(`patient's ${other}`);
    }
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
