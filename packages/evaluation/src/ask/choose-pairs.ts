import { createRandom, type DatasetImage, type PairRow } from '@prs-med/posmed';

/** Statuses of pairs that a panel turned down. */
const TURNED_DOWN: ReadonlySet<PairRow['status']> = new Set(['rejected', 'undecided']);

/**
 * The pairs of a picture that are asked: first, for each of its targets, one that asks for the whole of it, which is what
 * segmentation is measured by; then others, drawn by the seed, up to `perImage` in all. Each target is asked for once,
 * even where that makes more.
 * @param perImage most pairs a picture; null for all
 */
export function choosePairs(
  { image, targets, pairs }: DatasetImage,
  perImage: number | null,
  seed: number,
): { readonly pair: PairRow; readonly whole: boolean }[] {
  const usable = pairs.filter(({ status }) => !TURNED_DOWN.has(status));
  const whole = targets.flatMap(({ id }) => {
    const pair = usable.find((row) => row.targets.length === 1 && row.targets[0] === id);
    return pair ? [pair] : [];
  });
  const rest = usable.filter((pair) => !whole.includes(pair));
  const random = createRandom(seed, `asked of ${image.id}`, 0);
  const left = perImage === null ? rest.length : Math.max(0, perImage - whole.length);
  const others: PairRow[] = [];
  while (others.length < left && rest.length > 0) others.push(...rest.splice(random.integer(rest.length), 1));
  return [...whole.map((pair) => ({ pair, whole: true })), ...others.map((pair) => ({ pair, whole: false }))];
}
