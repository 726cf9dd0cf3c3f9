import {
  type Block,
  type Cell,
  cell,
  heading,
  list,
  paragraph,
  subheading,
  type Table,
  tableBlock,
} from './blocks.js';
import { type Column, isColumn, modalityName, sortColumns } from './columns.js';
import type { ConstantZoneFigures, TableFigures } from './constant-zone.js';
import { eachGroup } from './each-group.js';
import { figure, intervalLines, NOTHING } from './figure-text.js';
import type { PublishedFigures } from './published.js';
import type { RunGroup, ScoredRun } from './scored-run.js';

/** The segmentation table of each group, and what is published, apart. */
export function segmentationBlocks(groups: readonly RunGroup[], published: PublishedFigures): Block[] {
  return [
    heading('Segmentation'),
    paragraph(
      'In each cell: mDice / mIoU, means over 256 thresholds; below it Dice at 0.5 with its 95 % interval by the bootstrap over groups. Each whole target of a picture counts once.',
    ),
    ...eachGroup(groups, (group) => [groupTable(group)]),
    ...publishedBlocks(published),
  ];
}

function groupTable({ runs }: RunGroup): Block {
  const scored = runs.filter(({ scores }) => scores.segmentation !== null);
  if (scored.length === 0) return paragraph('No run has masks.');
  const columns = sortColumns(scored.flatMap(({ scores }) => scores.segmentation!.targets));
  const most = columns.map((column) => Math.max(...scored.map((run) => targetOf(run, column)?.images ?? 0)));
  const all = Math.max(...scored.map(({ scores }) => scores.segmentation!.overall.images));
  const table: Table = {
    caption: 'Segmentation: mDice / mIoU, and Dice at 0.5',
    columns: [
      ['run'],
      ...columns.map(({ modality, target }, i) => [modalityName(modality), target, `n = ${most[i]}`]),
      ['all', '', `n = ${all}`],
    ],
    rows: [
      ...runs.map((run) => ({
        name: run.label,
        cells: [
          ...columns.map((column, i) => figuresCell(targetOf(run, column), most[i]!)),
          figuresCell(run.scores.segmentation?.overall, all),
        ],
      })),
      ...constantZones(scored).map(({ name, figures }) => ({
        name,
        tone: 'baseline' as const,
        cells: [
          ...columns.map((column, i) =>
            figuresCell(
              figures.targets.find((own) => isColumn(own, column)),
              most[i]!,
            ),
          ),
          figuresCell(figures.overall, all),
        ],
      })),
    ],
  };
  return tableBlock(table);
}

const targetOf = ({ scores }: ScoredRun, column: Column): TableFigures | undefined =>
  scores.segmentation?.targets.find((own) => isColumn(own, column));

/** Those of each run, each once: runs over the same pictures share theirs. */
function constantZones(runs: readonly ScoredRun[]): { name: string; figures: ConstantZoneFigures }[] {
  const different = new Map<string, { label: string; figures: ConstantZoneFigures }>();
  for (const { label, constantZone } of runs) {
    const key = JSON.stringify(constantZone);
    if (constantZone && !different.has(key)) different.set(key, { label, figures: constantZone });
  }
  const name = "constant: the modality's commonest zone, all of it";
  return [...different.values()].map(({ label, figures }) => ({
    name: different.size > 1 ? `${name} (of ${label})` : name,
    figures,
  }));
}

function figuresCell(figures: TableFigures | undefined, usual: number): Cell {
  if (!figures) return cell(NOTHING);
  return cell(
    `${figure(figures.meanDic)} / ${figure(figures.meanIoU)}`,
    figure(figures.dice),
    ...intervalLines(figures.confidenceInterval.dice),
    ...(figures.images === usual ? [] : [`n = ${figures.images}`]),
  );
}

function publishedBlocks({ segmentation, segmentationNotes }: PublishedFigures): Block[] {
  const columns = sortColumns(segmentation.flatMap(({ figures }) => figures));
  const table: Table = {
    caption: 'Published segmentation: mDice / mIoU',
    columns: [['published'], ...columns.map(({ modality, target }) => [modalityName(modality), target])],
    rows: segmentation.map(({ method, figures }, i) => ({
      name: `${method} [${i + 1}]`,
      tone: 'published',
      cells: columns.map((column) => {
        const own = figures.find((other) => isColumn(other, column));
        if (!own) return cell(NOTHING);
        return cell(
          own.meanIoU === null ? figure(own.meanDic) : `${figure(own.meanDic)} / ${figure(own.meanIoU)}`,
        );
      }),
    })),
  };
  return [
    subheading('Published by others'),
    paragraph(
      'These figures were measured by others, on the data that the notes name: other splits and in part other sets than those above. They are not ranked with the runs, and neither better nor worse can be read from a row here beside a row above.',
    ),
    tableBlock(table),
    list([
      ...segmentation.map(
        ({ source, data, note }, i) =>
          `[${i + 1}] ${source}. Data: ${data}.${note === null ? '' : ` ${note}.`}`,
      ),
      ...segmentationNotes,
    ]),
  ];
}
