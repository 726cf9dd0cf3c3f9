import { describe, expect, it } from 'vitest';
import { templateGenerator } from '../../src/generate/template.js';
import { readTemplateBank } from '../../src/node/template-bank.js';
import { draftPairs } from '../../src/questions/draft-pairs.js';
import { createRandom } from '../../src/random.js';
import { LUNGS, sceneOf } from '../questions/made-scene.js';

describe('templateGenerator', () => {
  it('gives the drafts as they are, in their order', async () => {
    const scene = sceneOf('x-ray', { lung: LUNGS });
    const drafts = draftPairs(scene, {
      bank: await readTemplateBank(),
      perImage: 8,
      use: 'train',
      laterality: 'image',
      random: createRandom(1, 'pairs', 0),
    });
    expect(drafts).toHaveLength(8);
    const generator = templateGenerator();
    expect(generator.name).toBe('template');
    const made = await generator.generate({ image: 'a', scene, drafts }, new AbortController().signal);
    expect(made).toEqual(drafts.map((pair) => ({ pair })));
    await generator.close();
  });
});
