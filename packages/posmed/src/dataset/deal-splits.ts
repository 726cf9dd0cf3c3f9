import { createRandom } from '../random.js';
import { SPLITS, type Split } from '../sources/source.js';

/** The share of the pictures that val and test get, each; train gets the rest. */
const HELD_OUT_SHARE = 0.1;

/**
 * Deals groups to train, val and test so that these have about 80, 10 and 10 % of the pictures. The order in which they
 * are dealt depends on the seed and their names alone. A group that fits none of the three goes to train, and of three
 * groups or more none of the splits gets none.
 * @param groups of one set, each with the number of its pictures
 * @returns their splits, in the order given
 */
export function dealSplits(
  groups: readonly { readonly name: string; readonly images: number }[],
  seed: number,
): Split[] {
  const total = groups.reduce((sum, { images }) => sum + images, 0);
  const heldOut = groups.length < 3 ? 0 : Math.max(1, Math.round(total * HELD_OUT_SHARE));
  const room = { train: total - 2 * heldOut, val: heldOut, test: heldOut };
  const dealt = new Array<Split>(groups.length);
  const give = (i: number, split: Split) => {
    dealt[i] = split;
    room[split] -= groups[i]!.images;
  };
  const order = groups
    .map(({ name }, i) => ({ i, name, key: createRandom(seed, `split of ${name}`, 0).next() }))
    .sort((a, b) => a.key - b.key || (a.name < b.name ? -1 : 1))
    .map(({ i }) => i);
  for (const i of order) {
    const roomiest = SPLITS.reduce((best, split) => (room[split] > room[best] ? split : best));
    give(i, groups[i]!.images <= room[roomiest] ? roomiest : 'train');
  }
  if (heldOut === 0) return dealt;
  for (const split of ['val', 'test'] as const) {
    if (dealt.includes(split)) continue;
    const inTrain = order.filter((i) => dealt[i] === 'train');
    give(
      inTrain.reduce((best, i) => (groups[i]!.images < groups[best]!.images ? i : best)),
      split,
    );
  }
  return dealt;
}
