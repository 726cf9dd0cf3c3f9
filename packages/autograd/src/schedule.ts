/**
 * Learning rate as a share of its peak: a straight rise over `warmup` of the run, then half a cosine down to `floor`.
 * `progress` runs from 0 to 1, so that a run bounded by time can use it as well as one bounded by steps.
 */
export function warmupCosine(progress: number, warmup = 0.03, floor = 0.01): number {
  const at = Math.min(Math.max(progress, 0), 1);
  if (at < warmup) return Math.max(at / warmup, 0.02);
  const share = (at - warmup) / (1 - warmup);
  return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * share));
}
