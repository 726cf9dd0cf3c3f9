import { createRandom, type Random } from '../random.js';

/** A pair that can be drawn for review. */
export interface Candidate {
  id: string;
  modality: string;
  kind: string;
}

/** A place in a reviewer's list. */
export interface Showing<Pair> {
  pair: Pair;
  /** 1, or 2 where the pair is shown again to measure self-agreement. */
  occurrence: 1 | 2;
}

/**
 * Draws pairs for a batch, stratified: every modality, and in it every kind of question, gets one pair if there is
 * room, and the rest in proportion to how many there are. The draw depends on the seed and on which candidates there
 * are, and not on their order.
 * @throws Error when there are fewer candidates than that
 */
export function drawBatch<Pair extends Candidate>(
  candidates: readonly Pair[],
  size: number,
  seed: number,
): Pair[] {
  if (size > candidates.length) throw new Error(`drawBatch: ${size} of ${candidates.length} cannot be drawn`);
  const modalities = groupBy(candidates, ({ modality }) => modality);
  const places = allot(
    size,
    modalities.map(({ length }) => length),
  );
  return modalities.flatMap((ofModality, at) => {
    const kinds = groupBy(ofModality, ({ kind }) => kind);
    const shares = allot(
      places[at]!,
      kinds.map(({ length }) => length),
    );
    return kinds.flatMap((ofKind, index) => {
      const share = shares[index]!;
      return share === 0 ? [] : shuffled(ofKind, seed, 'review draw').slice(0, share);
    });
  });
}

/**
 * The order in which a reviewer sees a batch: another one for each reviewer, in which any stretch mixes the
 * modalities as the batch does, with hidden repeats. A repeat comes half a batch after the first showing, so that it
 * is judged afresh.
 * @param repeats how many pairs are shown twice; at most half of the batch is
 */
export function orderBatch<Pair extends Candidate>(
  pairs: readonly Pair[],
  reviewer: string,
  repeats: number,
  seed: number,
): Showing<Pair>[] {
  const offset = createRandom(seed, `review offset ${reviewer}`, 0);
  const order = groupBy(pairs, ({ modality }) => modality)
    .flatMap((ofModality) => {
      const start = offset.next();
      const length = ofModality.length;
      return shuffled(ofModality, seed, `review order ${reviewer}`).map((pair, at) => ({
        pair,
        place: (at + start) / length,
      }));
    })
    .sort((a, b) => a.place - b.place)
    .map(({ pair }) => pair);
  const distance = Math.floor(order.length / 2);
  const early = order.slice(0, distance);
  const again = new Set(shuffled(early, seed, `review repeat ${reviewer}`).slice(0, repeats));
  return order.flatMap((pair, at) => {
    const before = order[at - distance];
    const first: Showing<Pair> = { pair, occurrence: 1 };
    return before && again.has(before) ? [first, { pair: before, occurrence: 2 }] : [first];
  });
}

/**
 * Shares out places among groups: one each if there is room, the rest by largest remainder in proportion to what each
 * has left. No group gets more than it has; of equal remainders the first wins.
 * @returns places per group, `total` together, if the groups have so many
 */
export function allot(total: number, sizes: readonly number[]): number[] {
  const filled = sizes.filter((size) => size > 0).length;
  const floors: number[] = sizes.map((size) => (size > 0 && total >= filled ? 1 : 0));
  const rest = total - floors.reduce((sum, floor) => sum + floor, 0);
  const left = sizes.map((size, at) => size - floors[at]!);
  const all = left.reduce((sum, count) => sum + count, 0);
  if (rest === 0 || all === 0) return floors;
  const quotas = left.map((count) => (rest * count) / all);
  const places = floors.map((floor, at) => floor + Math.floor(quotas[at]!));
  const missing = total - places.reduce((sum, count) => sum + count, 0);
  const byRemainder = quotas
    .map((quota, at) => ({ at, remainder: quota - Math.floor(quota) }))
    .sort((a, b) => b.remainder - a.remainder || a.at - b.at);
  for (const { at } of byRemainder.slice(0, missing)) places[at]!++;
  return places;
}

/** Groups in the order of their names, so that nothing depends on which came first. */
function groupBy<Pair>(pairs: readonly Pair[], nameOf: (pair: Pair) => string): Pair[][] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const name = nameOf(pair);
    const group = groups.get(name);
    if (group) group.push(pair);
    else groups.set(name, [pair]);
  }
  return [...groups].sort(([a], [b]) => compareText(a, b)).map(([, group]) => group);
}

/** In an order that the seed gives to each pair by its id, whatever other pairs there are. */
function shuffled<Pair extends Candidate>(pairs: readonly Pair[], seed: number, stream: string): Pair[] {
  return pairs
    .map((pair) => {
      const random: Random = createRandom(seed, `${stream} ${pair.id}`, 0);
      return { pair, first: random.next(), second: random.next() };
    })
    .sort((a, b) => a.first - b.first || a.second - b.second || compareText(a.pair.id, b.pair.id))
    .map(({ pair }) => pair);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
