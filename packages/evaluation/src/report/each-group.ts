import { type Block, subheading } from './blocks.js';
import type { RunGroup } from './scored-run.js';

/** The blocks of each group, under the name of its data where there are several. */
export function eachGroup(
  groups: readonly RunGroup[],
  blocksOf: (group: RunGroup) => readonly Block[],
): Block[] {
  return groups.flatMap((group) => {
    const blocks = blocksOf(group);
    const isNamed = groups.length > 1 && blocks.length > 0;
    return isNamed ? [subheading(`Data: ${groupName(group)}`), ...blocks] : blocks;
  });
}

/** Name, split and the beginning of the digest, which tells two data sets of one name apart. */
export const groupName = ({ data: { name, split, sha256 } }: Pick<RunGroup, 'data'>): string =>
  `${name}, ${split} (${sha256.slice(0, 8)})`;
