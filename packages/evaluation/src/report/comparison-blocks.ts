import type { Compared, CorrectedComparison, RunComparison } from '../run/compare-runs.js';
import {
  type Block,
  type Cell,
  cell,
  heading,
  list,
  paragraph,
  type TableRow,
  tableBlock,
} from './blocks.js';
import { modalityName, sortModalities } from './columns.js';
import { eachGroup } from './each-group.js';
import { difference, intervalLines, NOTHING, probability } from './figure-text.js';
import type { RunGroup } from './scored-run.js';

/** Each later run against the first of its group; nothing where no two runs can be compared. */
export function comparisonBlocks(groups: readonly RunGroup[]): Block[] {
  const blocks = eachGroup(groups, groupBlocks);
  if (blocks.length === 0) return [];
  return [
    heading('Comparison of runs on the same data'),
    paragraph(
      'Each later run is compared with the first that was named, pair by pair. The difference is the first minus the other, with its 95 % interval by the bootstrap over groups; the p-value is of the hypothesis that neither is better, by turning the signs of groups. In the columns of modalities it is corrected by Holm for their number, in "all" it is not, and nowhere for the number of runs.',
    ),
    ...blocks,
  ];
}

function groupBlocks({ comparisons, notCompared }: RunGroup): Block[] {
  const blocks: Block[] = [];
  if (comparisons.length > 0) {
    const modalities = sortModalities(
      comparisons.flatMap(({ dice, zoneAccuracy }) =>
        [dice, zoneAccuracy].flatMap((of) => Object.keys(of.modalities)),
      ),
    );
    const row = (name: string, { overall, modalities: own }: Compared): TableRow[] =>
      overall === null
        ? []
        : [
            {
              name,
              cells: [
                ...modalities.map((modality) =>
                  comparisonCell(own[modality], own[modality]?.correctedPValue),
                ),
                comparisonCell(overall, overall.pValue),
              ],
            },
          ];
    blocks.push(
      tableBlock({
        caption: 'Paired differences: Dice at 0.5 of whole targets, and zone accuracy',
        columns: [['difference'], ...modalities.map((name) => [modalityName(name)]), ['all']],
        rows: comparisons.flatMap(({ labels: [first, second], dice, zoneAccuracy }) => [
          { name: `${first} minus ${second}`, cells: [] },
          ...row('Dice', dice),
          ...row('zone accuracy', zoneAccuracy),
        ]),
      }),
    );
  }
  const remarks = [
    ...comparisons.flatMap(({ labels: [first, second], pairs }) =>
      pairs.onlyFirst + pairs.onlySecond === 0
        ? []
        : [
            `${first} and ${second} are compared over the ${pairs.both} pairs that both answered; ${pairs.onlyFirst} of the first alone and ${pairs.onlySecond} of the other alone are left out.`,
          ],
    ),
    ...notCompared.map((reason) => `Not compared: ${reason}.`),
  ];
  if (remarks.length > 0) blocks.push(list(remarks));
  return blocks;
}

function comparisonCell(
  compared: RunComparison | CorrectedComparison | undefined,
  pValue: number | undefined,
): Cell {
  if (!compared || pValue === undefined) return cell(NOTHING);
  return cell(
    difference(compared.difference),
    ...intervalLines(compared.interval, difference),
    // One group can only turn its sign or not, which tests nothing.
    compared.groups === 1 ? 'one group' : `p ${probability(pValue)}`,
    `n = ${compared.rows}`,
  );
}
