/**
 * The area under the receiver operating characteristic: how probably a positive has a higher score than a negative, ties
 * counting half. Null where one of the two is missing.
 * Source: the Mann-Whitney statistic (Hanley and McNeil, 1982).
 */
export function areaUnderCurve(scores: ArrayLike<number>, positive: readonly boolean[]): number | null {
  const order = positive.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) return null;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) if (positive[order[i]!]) rankSum += rank;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
