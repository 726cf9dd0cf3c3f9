import {
  createRandom,
  type DatasetImage,
  EXPORTED_STATUSES,
  INDIRECT_KINDS,
  type PairRow,
} from '@prs-med/posmed';

/** A pair that is asked, and whether it measures how well a whole target is segmented. */
export interface ChosenPair {
  readonly pair: PairRow;
  readonly whole: boolean;
}

/**
 * The pairs of a picture that are asked: first, for each of its targets, one that asks for the whole of it wherever it is,
 * which is what segmentation is measured by; then others, drawn by the seed, up to `perImage` in all. Each target is asked
 * for once, even where that makes more. Pairs that a panel turned down are not asked.
 * @param perImage most pairs a picture; null for all
 */
export function choosePairs(
  { image, targets, pairs }: DatasetImage,
  perImage: number | null,
  seed: number,
): ChosenPair[] {
  const usable = pairs.filter(({ status }) => EXPORTED_STATUSES.includes(status));
  const whole = targets.flatMap(({ id }) => {
    const asking = usable.filter(
      (pair) => pair.askedAll && pair.targets.length === 1 && pair.targets[0] === id,
    );
    const pair = asking.find(({ kind }) => !INDIRECT_KINDS.has(kind)) ?? asking[0];
    return pair ? [pair] : [];
  });
  const rest = usable.filter((pair) => !whole.includes(pair));
  const random = createRandom(seed, `asked of ${image.id}`, 0);
  const left = perImage === null ? rest.length : Math.max(0, perImage - whole.length);
  const others: PairRow[] = [];
  while (others.length < left && rest.length > 0) others.push(...rest.splice(random.integer(rest.length), 1));
  return [...whole.map((pair) => ({ pair, whole: true })), ...others.map((pair) => ({ pair, whole: false }))];
}
