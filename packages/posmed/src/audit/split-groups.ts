import type { ImageRow } from '../dataset/schema.js';
import { SPLITS, type Split } from '../sources/source.js';
import { type Finding, Found } from './finding.js';

/** Groups (patients, studies, sequences) of which a split knows what another one tests. */
export function findTornGroups(images: readonly Pick<ImageRow, 'group' | 'split'>[]): Finding[] {
  const splits = new Map<string, Map<Split, number>>();
  for (const { group, split } of images) {
    const counts = splits.get(group) ?? new Map<Split, number>();
    counts.set(split, (counts.get(split) ?? 0) + 1);
    splits.set(group, counts);
  }
  const found = new Found();
  for (const [group, counts] of splits) {
    if (counts.size < 2) continue;
    const parts = SPLITS.filter((split) => counts.has(split)).map(
      (split) => `${counts.get(split)} in ${split}`,
    );
    found.add(`${group}: ${parts.join(', ')}`);
  }
  return found.findings(
    'group-in-two-splits',
    'leak',
    'a group has images in more than one split; keep it whole in one',
  );
}
