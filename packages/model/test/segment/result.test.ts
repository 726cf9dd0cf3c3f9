import { describe, expect, it } from 'vitest';
import { checkQuestion, findingOf } from '../../src/index.js';
import { Recent } from '../../src/segment/recent.js';

/** A map of 20 x 20 with the given boxes [x, y, width, height] at a probability. */
const mapOf = (boxes: readonly (readonly [number, number, number, number])[], probability: number) => {
  const data = new Float32Array(400);
  for (const [x, y, w, h] of boxes) {
    for (let row = y; row < y + h; row++) data.fill(probability, row * 20 + x, row * 20 + x + w);
  }
  return { width: 20, height: 20, data };
};

describe('findingOf', () => {
  it('describes a mask at its own size', () => {
    const finding = findingOf(mapOf([[1, 2, 4, 3]], 0.8), 0.9, 20, 20, 0.5);
    expect(finding.present).toBe(true);
    expect(finding.zones).toEqual(['top-left']);
    expect(finding.confidence).toBeCloseTo(0.9 * 0.8);
    expect(finding.regions).toEqual([
      { zone: 'top-left', nearCenter: false, box: [1, 2, 4, 3], centroid: [2.5, 3], areaFraction: 12 / 400 },
    ]);
  });

  it('resizes probabilities before it cuts them', () => {
    const finding = findingOf(mapOf([[10, 0, 10, 20]], 1), 1, 40, 60, 0.5);
    expect(finding.mask.width).toBe(40);
    expect(finding.mask.height).toBe(60);
    expect(finding.mask.data.reduce((a, b) => a + b, 0)).toBe(20 * 60);
  });

  it('gives a region a part, by the rule for masks, and one zone of them all', () => {
    const { zones, regions } = findingOf(
      mapOf(
        [
          [2, 9, 3, 3],
          [15, 9, 3, 3],
        ],
        1,
      ),
      1,
      20,
      20,
      0.5,
    );
    expect(zones).toEqual(['center']);
    expect(regions.map(({ zone }) => zone)).toEqual(['bottom-left', 'bottom-right']);
  });

  it('leaves tiny parts out of the regions, but never all of them', () => {
    const map = { width: 64, height: 64, data: new Float32Array(64 * 64) };
    map.data[0] = 1;
    expect(findingOf(map, 1, 64, 64, 0.5).regions).toHaveLength(1);
    map.data.fill(1, 64 * 40, 64 * 44);
    expect(findingOf(map, 1, 64, 64, 0.5).regions).toHaveLength(1);
    expect(findingOf(map, 1, 64, 64, 0.5).regions[0]!.box).toEqual([0, 40, 64, 4]);
  });

  it('takes what does not reach the threshold for absent', () => {
    const finding = findingOf(mapOf([[1, 2, 4, 3]], 0.4), 0.2, 20, 20, 0.5);
    expect(finding).toMatchObject({ present: false, zones: [], regions: [] });
    expect(finding.confidence).toBeCloseTo(0.8);
    expect(findingOf(mapOf([[1, 2, 4, 3]], 0.4), 0.2, 20, 20, 0.3).present).toBe(true);
  });
});

describe('checkQuestion', () => {
  it('folds white space and keeps every script', () => {
    expect(checkQuestion('  Where\n\tis\u0000 it?  ')).toBe('Where is it?');
    expect(checkQuestion('病変はどこですか 😀 أين الورم؟')).toBe('病変はどこですか 😀 أين الورم؟');
    expect(checkQuestion('half \ud83d')).toBe('half \ufffd');
    expect(checkQuestion('😀'.repeat(1000))).toHaveLength(2000);
  });

  it('refuses blank and long ones', () => {
    for (const blank of ['', '  \n\t', '\u0000\u0007', '\u3000']) {
      expect(() => checkQuestion(blank)).toThrow('question: it is empty; ask something');
    }
    expect(() => checkQuestion('x'.repeat(10_000))).toThrow(
      'question: it has 10000 characters and at most 1000 are read; ask in fewer words',
    );
  });
});

describe('Recent', () => {
  it('shares work, forgets the oldest and does not keep failures', async () => {
    const made: string[] = [];
    const recent = new Recent<string>(2);
    const get = (key: string) =>
      recent.get(key, async () => {
        made.push(key);
        if (key === 'bad') throw new Error('no');
        return key;
      });
    expect(await Promise.all([get('a'), get('a')])).toEqual(['a', 'a']);
    for (const key of ['b', 'a', 'c', 'a', 'b']) await get(key);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
    await expect(get('bad')).rejects.toThrow('no');
    await expect(get('bad')).rejects.toThrow('no');
    expect(made.slice(4)).toEqual(['bad', 'bad']);
  });
});
