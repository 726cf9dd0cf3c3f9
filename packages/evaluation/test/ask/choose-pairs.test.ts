import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePairs } from '../../src/index.js';
import { boxes, type MadePair, madeImage } from './made-images.js';

const POLYP = boxes([2, 2, 8, 8]);
const ABSENT: MadePair = { kind: 'absent-target', target: 'lung', targets: [] };

const chosen = (pairs: readonly MadePair[], perImage: number | null, seed = 0) =>
  choosePairs(madeImage('a', { polyp: POLYP }, pairs), perImage, seed).map(({ pair, whole }) =>
    whole ? `${pair.id.split(':')[1]} whole` : pair.id.split(':')[1],
  );

describe('choosePairs', () => {
  it('asks for the whole of a target first', () => {
    expect(chosen([ABSENT, {}, {}], 1)).toEqual(['q2 whole']);
    expect(chosen([ABSENT, {}], 2)).toEqual(['q2 whole', 'q1']);
  });

  it('does not take a question that names a place for one about the whole', () => {
    const inZone: MadePair = { kind: 'refer-zone', askedZones: ['top-left'], askedAll: false };
    expect(chosen([inZone, {}], 1)).toEqual(['q2 whole']);
    expect(chosen([inZone], 1)).toEqual(['q1']);
  });

  it('measures by a question that names the target where there is one', () => {
    const indirect: MadePair[] = [{ kind: 'abnormal' }, { kind: 'multiple-choice' }];
    expect(chosen([...indirect, { kind: 'count' }], 1)).toEqual(['q3 whole']);
    expect(chosen(indirect, 1)).toEqual(['q1 whole']);
  });

  it('asks for each target once, even where that makes more than were wanted', () => {
    const lungs = madeImage('b', { lung: boxes([2, 2, 8, 20], [28, 2, 8, 20]), 'lung infection': POLYP }, [
      { targets: ['made/b:lung'] },
      { targets: ['made/b:lung infection'], target: 'lung infection' },
      { targets: ['made/b:lung#1'], askedAll: false },
    ]);
    const pairs = choosePairs(lungs, 1, 0);
    expect(pairs.map(({ pair, whole }) => [pair.target, whole])).toEqual([
      ['lung', true],
      ['lung infection', true],
    ]);
  });

  it('does not ask what a panel turned down', () => {
    expect(chosen([{ status: 'rejected' }, { status: 'undecided' }, { status: 'accepted' }], null)).toEqual([
      'q3 whole',
    ]);
  });

  it('draws the others by the seed, each at most once', () => {
    fc.assert(
      fc.property(fc.nat(12), fc.option(fc.nat(15)), fc.nat(), (others, perImage, seed) => {
        const pairs: MadePair[] = [{}, ...Array.from({ length: others }, () => ABSENT)];
        const names = chosen(pairs, perImage, seed);
        expect(names[0]).toBe('q1 whole');
        expect(names).toHaveLength(Math.max(1, Math.min(perImage ?? pairs.length, pairs.length)));
        expect(new Set(names).size).toBe(names.length);
        expect(chosen(pairs, perImage, seed)).toEqual(names);
      }),
    );
    const many: MadePair[] = [{}, ...Array.from({ length: 9 }, () => ABSENT)];
    const draws = new Set(Array.from({ length: 20 }, (_, seed) => chosen(many, 2, seed)[1]));
    expect(draws.size).toBeGreaterThan(4);
  });
});
