/** Values summed by the group that they belong to: a patient, a study, a sequence. */
export interface Clusters {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/**
 * Values of pictures gathered by group, since pictures of one patient are not independent.
 * @throws RangeError when there are none, or not as many groups as values
 */
export function clusterByGroup(values: ArrayLike<number>, groups: readonly string[]): Clusters {
  if (values.length === 0) throw new RangeError('there are no values');
  if (values.length !== groups.length) {
    throw new RangeError(`there are ${values.length} values and ${groups.length} groups`);
  }
  const places = new Map<string, number>();
  for (const group of groups) if (!places.has(group)) places.set(group, places.size);
  const sums = new Float64Array(places.size);
  const counts = new Float64Array(places.size);
  groups.forEach((group, i) => {
    const place = places.get(group)!;
    sums[place]! += values[i]!;
    counts[place]!++;
  });
  return { sums, counts };
}
