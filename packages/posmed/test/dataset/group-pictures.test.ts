import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealSplits } from '../../src/dataset/deal-splits.js';
import { groupPictures, type UngroupedPicture } from '../../src/dataset/group-pictures.js';
import { perceptualHash } from '../../src/dataset/perceptual-hash.js';
import { createRandom } from '../../src/random.js';

/** A picture that looks like all of the same `look`, and like no other. */
function picture(id: string, look: number, rest: Partial<UngroupedPicture> = {}): UngroupedPicture {
  const random = createRandom(look, 'look', 0);
  const thumbnail = Uint8Array.from({ length: 1024 }, () => random.integer(256));
  const dataset = id.split('/')[0]!;
  return {
    id,
    dataset,
    modality: 'mri',
    group: null,
    split: null,
    sha256: `sha of ${id}`,
    perceptualHash: perceptualHash(thumbnail),
    thumbnail,
    ...rest,
  };
}

const groupsOf = (pictures: readonly UngroupedPicture[]) =>
  groupPictures(pictures, 1).places.map(({ group }) => group);

describe('groups', () => {
  it('are those of the source, after the name of the set', () => {
    const pictures = [
      picture('a/1', 1, { group: 'patient 1' }),
      picture('a/2', 2, { group: 'patient 2' }),
      picture('b/1', 3, { group: 'patient 1' }),
      picture('a/3', 4, { group: 'patient 1' }),
      picture('b/2', 5, { group: 'b:patient 2' }),
    ];
    expect(groupsOf(pictures)).toEqual([
      'a:patient 1',
      'a:patient 2',
      'b:patient 1',
      'a:patient 1',
      'b:patient 2',
    ]);
  });

  it('are near-duplicates where the source gives none', () => {
    const pictures = [picture('a/1', 1), picture('a/2', 2), picture('a/3', 1), picture('a/4', 3)];
    expect(groupsOf(pictures)).toEqual(['a/1', 'a/2', 'a/1', 'a/4']);
  });

  it('take pictures in that look like theirs and have none', () => {
    const pictures = [
      picture('a/1', 1),
      picture('a/2', 1, { group: 'x' }),
      picture('a/3', 2, { group: 'x' }),
    ];
    expect(groupsOf(pictures)).toEqual(['a:x', 'a:x', 'a:x']);
  });

  it('of one set are not joined for looks alone', () => {
    const pictures = [picture('a/1', 1, { group: 'x' }), picture('a/2', 1, { group: 'y' })];
    expect(groupPictures(pictures, 1)).toMatchObject({
      places: [{ group: 'a:x' }, { group: 'a:y' }],
      joinedGroups: [],
    });
  });

  it('of two sets that share a picture are one, and that is told', () => {
    const pictures = [
      picture('a/1', 1, { group: 'x', split: 'train' }),
      picture('a/2', 2, { group: 'x', split: 'train' }),
      picture('b/1', 2, { group: 'y', split: 'test' }),
      picture('b/2', 3, { group: 'y', split: 'test' }),
    ];
    expect(groupPictures(pictures, 1)).toEqual({
      places: Array(4).fill({ group: 'a:x', split: 'train' }),
      joinedGroups: [{ group: 'a:x', groups: ['a:x', 'b:y'] }],
      movedGroups: [{ group: 'a:x', from: 'test', to: 'train', images: 2 }],
    });
  });

  it('of two modalities are not joined', () => {
    expect(groupsOf([picture('a/1', 1), picture('b/1', 1, { modality: 'ct' })])).toEqual(['a/1', 'b/1']);
  });

  it('need more than a near hash: the thumbnails must correlate', () => {
    const first = picture('a/1', 1);
    const second = { ...picture('a/2', 2), perceptualHash: first.perceptualHash };
    expect(groupsOf([first, second])).toEqual(['a/1', 'a/2']);
    expect(groupsOf([first, { ...second, sha256: first.sha256 }])).toEqual(['a/1', 'a/1']);
  });
});

describe('splits', () => {
  it('that are official are kept, and a group in several goes to the least protected', () => {
    const pictures = [
      picture('a/1', 1, { group: 'x', split: 'test' }),
      picture('a/2', 2, { group: 'x', split: 'val' }),
      picture('a/3', 3, { group: 'y', split: 'test' }),
      picture('a/4', 4, { group: 'x', split: 'test' }),
      picture('a/5', 5, { group: 'x' }),
    ];
    const { places, movedGroups } = groupPictures(pictures, 1);
    expect(places.map(({ split }) => split)).toEqual(['val', 'val', 'test', 'val', 'val']);
    expect(movedGroups).toEqual([{ group: 'a:x', from: 'test', to: 'val', images: 2 }]);
  });

  it('never part a group, whatever the pictures', () => {
    const one = fc.record({
      look: fc.nat({ max: 12 }),
      dataset: fc.constantFrom('a', 'b'),
      group: fc.constantFrom(null, 'x', 'y', 'z'),
      split: fc.constantFrom(null, 'train', 'val', 'test'),
    });
    const property = (
      made: { look: number; dataset: string; group: string | null; split: string | null }[],
    ) => {
      const pictures = made.map(({ look, dataset, ...rest }, i) =>
        picture(`${dataset}/${i}`, look, rest as Partial<UngroupedPicture>),
      );
      const { places } = groupPictures(pictures, 1);
      const splitOf = new Map(places.map(({ group, split }) => [group, split]));
      for (const { group, split } of places) expect(split).toBe(splitOf.get(group));
      pictures.forEach((a, i) => {
        pictures.forEach((b, j) => {
          const isSameSet = a.dataset === b.dataset;
          const isGiven = isSameSet && a.group !== null && b.group !== null;
          const mustJoin = isGiven ? a.group === b.group : made[i]!.look === made[j]!.look;
          if (mustJoin) expect(places[i]).toEqual(places[j]);
        });
      });
    };
    fc.assert(fc.property(fc.array(one, { maxLength: 20 }), property));
  });

  it('are dealt 80, 10 and 10 per cent by images, by the names and the seed alone', () => {
    const groups = Array.from({ length: 400 }, (_, i) => ({ name: `g${i}`, images: 1 + (i % 5) }));
    const total = groups.reduce((sum, { images }) => sum + images, 0);
    const splits = dealSplits(groups, 7);
    const share = (split: string) =>
      groups.reduce((sum, { images }, i) => sum + (splits[i] === split ? images : 0), 0) / total;
    expect(share('train')).toBeCloseTo(0.8, 2);
    expect(share('val')).toBeCloseTo(0.1, 2);
    expect(share('test')).toBeCloseTo(0.1, 2);
    const backwards = dealSplits([...groups].reverse(), 7).reverse();
    expect(backwards).toEqual(splits);
    expect(dealSplits(groups, 8)).not.toEqual(splits);
  });

  it('all get something from three groups on, and train everything below that', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.nat(), (images, seed) => {
        const groups = images.map((count, i) => ({ name: `g${i}`, images: count }));
        const used = new Set(dealSplits(groups, seed));
        expect([...used].sort()).toEqual(images.length < 3 ? ['train'] : ['test', 'train', 'val']);
      }),
    );
  });

  it('give a group that is larger than a tenth to train', () => {
    const groups = [
      { name: 'large', images: 60 },
      ...Array.from({ length: 40 }, (_, i) => ({ name: `g${i}`, images: 1 })),
    ];
    for (let seed = 0; seed < 20; seed++) expect(dealSplits(groups, seed)[0]).toBe('train');
  });
});
